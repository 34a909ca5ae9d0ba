//! Where an error began, and the way it took.
//!
//! A function that returns an error is its *origin*, unless the error came to it from one that it called. That is
//! known when the two say the same, and guessed when nothing else was called in between (a `map_err` may change all that an
//! error says). An error that passes is not repeated: its path gets one more step. What it became by a guess may be another
//! error: whether it counts is asked of that as well.

use crate::vocabulary::{CallSite, ErrorSeen, ErrorText, Location};

use super::record::{NO_SPAN, ROOT, SpanRef};

/// An error or a panic, and every span that it passed.
#[derive(Debug)]
pub(crate) struct ErrorRecord {
    pub(crate) text: ErrorText,
    /// The messages of what caused it, outermost first.
    pub(crate) causes: Vec<String>,
    /// From the origin outwards; never empty.
    pub(crate) path: Vec<Passage>,
    /// The latest step at which it became something else.
    changed: Option<usize>,
    /// What may be other errors, in the order of the path.
    guessed: Vec<Guess>,
    /// So many of its [forms](Self::forms), from the first, are no reason to keep a flow: a function that it left says so.
    ignored: usize,
}

/// What an error became without quoting what it was.
#[derive(Debug)]
struct Guess {
    /// The step of its path.
    step: usize,
    causes: Vec<String>,
}

/// What an error was, where it began or where it may be another one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form<'a> {
    /// The span that it left first.
    pub(crate) span: SpanRef,
    pub(crate) text: &'a ErrorText,
    causes: &'a [String],
    escapes: bool,
}

impl ErrorRecord {
    fn new(facts: ErrorFacts, origin: Passage) -> Self {
        let ErrorFacts { text, causes, ignored } = facts;
        let (path, guessed) = (vec![origin], Vec::new());
        Self { text, causes, path, changed: None, guessed, ignored: usize::from(ignored) }
    }

    /// It leaves one more span.
    fn pass(&mut self, facts: ErrorFacts, link: Link, left: Passage) {
        let ErrorFacts { text, causes, ignored } = facts;
        let step = self.path.len();
        let became = (*self.latest_text() != text).then_some(text);
        if became.is_some() {
            self.changed = Some(step);
            if link == Link::Guessed {
                self.guessed.push(Guess { step, causes });
            }
        }
        if ignored {
            self.ignored = 1 + self.guessed.len();
        }
        self.path.push(Passage { became, ..left });
    }

    fn latest_text(&self) -> &ErrorText {
        self.changed.and_then(|step| self.path[step].became.as_ref()).unwrap_or(&self.text)
    }

    /// The span that it began in.
    fn origin(&self) -> SpanRef {
        self.path.first().map_or(NO_SPAN, |passage| passage.span)
    }

    /// What it was, from its origin outwards, in so far as it may count.
    pub(crate) fn forms(&self) -> impl Iterator<Item = Form<'_>> {
        let escapes = self.path.last().is_some_and(|passage| passage.span == ROOT);
        let first = Form { span: self.origin(), text: &self.text, causes: &self.causes, escapes };
        let later = self.guessed.iter().filter_map(move |Guess { step, causes }| {
            let Passage { span, became, .. } = &self.path[*step];
            Some(Form { span: *span, text: became.as_ref()?, causes, escapes })
        });
        std::iter::once(first).chain(later).skip(self.ignored)
    }
}

impl<'a> Form<'a> {
    /// As a rule sees it that says which errors count. `site`: of the span that it left first.
    pub(crate) fn seen(&self, site: &'static CallSite) -> ErrorSeen<'a> {
        let Self { text, causes, escapes, .. } = *self;
        ErrorSeen { text, causes, function: site.function(), escapes }
    }
}

/// A span that an error left.
#[derive(Debug)]
pub(crate) struct Passage {
    pub(crate) span: SpanRef,
    /// The `?` that it left by, or where it panicked.
    pub(crate) location: Option<Location>,
    /// What it said then, where that was something else than before.
    pub(crate) became: Option<ErrorText>,
}

/// What an error says of itself.
#[derive(Debug)]
pub(crate) struct ErrorFacts {
    pub(crate) text: ErrorText,
    pub(crate) causes: Vec<String>,
    /// Whether the function that it leaves says that it is no reason to keep a flow.
    pub(crate) ignored: bool,
}

impl ErrorFacts {
    /// What it costs to keep, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let causes: usize = self.causes.iter().map(|cause| cause.len() + size_of::<String>()).sum();
        size_of::<ErrorRecord>() + size_of::<Passage>() + self.text.message.len() + causes
    }
}

/// An error leaves a span.
#[derive(Debug)]
pub(crate) struct Departure {
    /// The span that it leaves, and the record that this span has.
    pub(crate) span: SpanRef,
    pub(crate) record: SpanRef,
    /// The span that called that one.
    pub(crate) caller: SpanRef,
    /// How many spans have begun in the flow so far.
    pub(crate) opened: u64,
    pub(crate) facts: ErrorFacts,
    /// The `?` that it leaves by, if it was one.
    pub(crate) mark: Option<Location>,
    pub(crate) way: Way,
}

/// By which way an error leaves a span.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    /// It is returned.
    Returned,
    /// The thread unwinds, because of a panic here, if that is known.
    Unwound { from: Option<Location> },
}

/// An error on its way: it left a span, and the caller of that span has not ended yet.
#[derive(Clone, Copy, Debug)]
struct Flight {
    error: usize,
    /// The span that called the one it left.
    caller: SpanRef,
    /// How many spans had begun in the flow when it left.
    opened: u64,
}

/// How it is known that an error which leaves a span is one that arrived there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    /// It says so.
    Known,
    /// Nothing was called in between: it may be another one.
    Guessed,
}

impl Link {
    /// Of an error that quotes another. Who panics over an error does not pass it on, whatever the panic says.
    const fn quoted(way: Way) -> Self {
        if matches!(way, Way::Returned) { Self::Known } else { Self::Guessed }
    }
}

/// A `?` that met an error.
#[derive(Clone, Copy, Debug)]
struct Mark {
    span: SpanRef,
    location: Location,
}

/// All that went wrong in one flow.
#[derive(Debug, Default)]
pub(crate) struct Errors {
    records: Vec<ErrorRecord>,
    /// The last few, for a caller that joins several calls may return any of their errors.
    flights: Vec<Flight>,
    mark: Option<Mark>,
    /// Errors whose facts were not taken down for want of memory.
    dropped: u64,
    /// Whether something failed without an error to say why.
    untold: bool,
}

/// As many errors of one caller's calls are told apart as a `join!` commonly has branches.
const FLIGHTS: usize = 8;

impl Errors {
    /// `span` met an error at a `?`.
    pub(crate) fn mark(&mut self, span: SpanRef, location: Location) {
        self.mark = Some(Mark { span, location });
    }

    /// Where the `?` is that met the error which leaves `span`. Told once: a span leaves once.
    pub(crate) fn take_mark(&mut self, span: SpanRef) -> Option<Location> {
        self.mark.take_if(|mark| mark.span == span).map(|mark| mark.location)
    }

    /// An error left a span. Returns whether it began there.
    pub(crate) fn left(&mut self, departure: Departure) -> bool {
        let Departure { span, record, caller, opened, facts, mark, way } = departure;
        if self.has_left_already(record, opened, &facts) {
            return false;
        }
        let arrived = self.arrived(span, opened, &facts, way);
        let error = if let Some((error, link)) = arrived {
            let location = if matches!(way, Way::Returned) { mark } else { None };
            self.records[error].pass(facts, link, Passage { span: record, location, became: None });
            error
        } else {
            let location = if let Way::Unwound { from } = way { from } else { mark };
            self.records.push(ErrorRecord::new(facts, Passage { span: record, location, became: None }));
            self.records.len() - 1
        };
        self.take_off(Flight { error, caller, opened });
        arrived.is_none()
    }

    /// Whether this error is known to have left this span: the program said so before it returned the error.
    fn has_left_already(&mut self, span: SpanRef, opened: u64, facts: &ErrorFacts) -> bool {
        let left = |&error: &usize| {
            let is_last = self.records[error].path.last().is_some_and(|passage| passage.span == span);
            is_last && self.records[error].latest_text().message == facts.text.message
        };
        let recent = (0..self.records.len()).rev().take(FLIGHTS);
        let Some(error) = recent.into_iter().find(left) else { return false };
        self.flights.iter_mut().filter(|flight| flight.error == error).for_each(|it| it.opened = opened);
        true
    }

    /// `span` has ended well: what its calls failed with was handled, and its reference may be used again.
    pub(crate) fn handled_in(&mut self, span: SpanRef) {
        self.flights.retain(|flight| flight.caller != span);
    }

    /// An error left `span`, for which there is no room. Where it is one that arrived there it goes on to `caller`;
    /// otherwise it is lost, and this is `false`.
    pub(crate) fn passed_unseen(&mut self, span: SpanRef, caller: SpanRef, opened: u64) -> bool {
        let arrived = self.flights.iter().rposition(|flight| flight.caller == span);
        if let Some(place) = arrived {
            let flight = Flight { caller, opened, ..self.flights[place] };
            self.handled_in(span);
            self.take_off(flight);
        }
        arrived.is_some()
    }

    /// `span` has ended, and is no call that could return an error: what it met goes on to `caller`.
    pub(crate) fn pass_on(&mut self, span: SpanRef, caller: SpanRef) {
        let flights = self.flights.iter_mut().filter(|flight| flight.caller == span);
        flights.for_each(|flight| flight.caller = caller);
        if let Some(mark) = self.mark.as_mut().filter(|mark| mark.span == span) {
            mark.span = caller;
        }
    }

    /// An error left a span, and there was no room for what it said.
    pub(crate) fn count_dropped(&mut self) {
        self.dropped += 1;
    }

    /// Something failed, and there is no error to say why.
    pub(crate) fn note_untold(&mut self) {
        self.untold = true;
    }

    /// Whether something went wrong of which it is not known what.
    pub(crate) fn any_unknown(&self) -> bool {
        self.dropped > 0 || self.untold
    }

    /// Whether anything went wrong, or was met that was not returned then: something to forget with the flow.
    pub(crate) fn any(&self) -> bool {
        !self.records.is_empty() || self.any_unknown() || self.mark.is_some()
    }

    /// The errors of which it is known what they said.
    pub(crate) fn records(&self) -> &[ErrorRecord] {
        &self.records
    }

    /// Takes out what went wrong, and how many errors are not in it, and starts anew.
    pub(crate) fn take(&mut self) -> (Vec<ErrorRecord>, u64) {
        let Self { records, dropped, .. } = std::mem::take(self);
        (records, dropped)
    }

    /// The error in flight that is the one which now leaves `span`, if there is one, and how that is known.
    fn arrived(&mut self, span: SpanRef, opened: u64, facts: &ErrorFacts, way: Way) -> Option<(usize, Link)> {
        let candidates = || self.flights.iter().rev().filter(|flight| flight.caller == span);
        let latest = |flight: &Flight| self.records[flight.error].latest_text();
        let same = candidates().find(|flight| *latest(flight) == facts.text);
        let wrapped = || {
            candidates()
                .find(|flight| quotes(&facts.text.message, &facts.causes, &latest(flight).message))
                .map(|flight| (flight, Link::quoted(way)))
        };
        let directly = || {
            let flight = candidates().next().filter(|flight| flight.opened == opened)?;
            let says_the_same = latest(flight).message == facts.text.message;
            Some((flight, if says_the_same { Link::quoted(way) } else { Link::Guessed }))
        };
        let arrived = same.map(|flight| (flight, Link::Known)).or_else(wrapped).or_else(directly);
        let arrived = arrived.map(|(flight, link)| (flight.error, link));
        self.handled_in(span);
        arrived
    }

    fn take_off(&mut self, flight: Flight) {
        if flight.caller == NO_SPAN {
            return;
        }
        if self.flights.len() == FLIGHTS {
            self.flights.remove(0);
        }
        self.flights.push(flight);
    }
}

/// A message that is shorter than this stands in another by chance.
const QUOTABLE: usize = 6;

/// Whether an error quotes `message`, in what it says or in what it names as its causes.
pub(crate) fn quotes(says: &str, causes: &[String], message: &str) -> bool {
    causes.iter().any(|cause| cause == message) || (message.len() >= QUOTABLE && says.contains(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(message: &str) -> ErrorFacts {
        let text = ErrorText { error_type: "E".into(), message: message.into() };
        ErrorFacts { text, causes: Vec::new(), ignored: false }
    }

    fn leave(errors: &mut Errors, span: SpanRef, caller: SpanRef, opened: u64, message: &str) {
        let mark = errors.take_mark(span);
        let facts = facts(message);
        errors.left(Departure { span, record: span, caller, opened, facts, mark, way: Way::Returned });
    }

    /// The spans of each error's path, from the origin outwards.
    fn paths(errors: &mut Errors) -> Vec<Vec<SpanRef>> {
        let (records, _) = errors.take();
        records.iter().map(|record| record.path.iter().map(|passage| passage.span).collect()).collect()
    }

    #[test]
    fn whatever_was_noted_is_something_to_forget() {
        let mut errors = Errors::default();
        assert!(!errors.any());
        errors.mark(1, Location { file: "a.rs", line: 1 });
        assert!(errors.any());
        let mut errors = Errors::default();
        errors.note_untold();
        assert!(errors.any());
    }

    #[test]
    fn an_error_that_is_passed_on_has_one_path() {
        let mut errors = Errors::default();
        leave(&mut errors, 2, 1, 3, "no item");
        leave(&mut errors, 1, 0, 3, "no item");
        leave(&mut errors, 0, NO_SPAN, 3, "no item");
        assert_eq!(paths(&mut errors), [[2, 1, 0]]);
    }

    #[test]
    fn an_error_that_is_mapped_stays_the_same_error_and_tells_what_it_became() {
        let mut errors = Errors::default();
        leave(&mut errors, 1, 0, 2, "no item");
        leave(&mut errors, 0, NO_SPAN, 2, "order failed");
        let (records, _) = errors.take();
        assert_eq!(records.len(), 1);
        assert_eq!(records[0].path[1].became.as_ref().unwrap().message, "order failed");
    }

    #[test]
    fn an_error_that_was_handled_before_another_call_failed_is_another() {
        let mut errors = Errors::default();
        leave(&mut errors, 1, 0, 2, "cache is cold");
        // Span 2 went well in between; then the caller fails by itself.
        leave(&mut errors, 0, NO_SPAN, 3, "no item");
        assert_eq!(paths(&mut errors), [vec![1], vec![0]]);
    }

    #[test]
    fn cleaning_up_in_between_does_not_cut_a_path_when_the_error_says_the_same_or_quotes_it() {
        for later in ["no item", "order failed: no item"] {
            let mut errors = Errors::default();
            leave(&mut errors, 1, 0, 2, "no item");
            leave(&mut errors, 0, NO_SPAN, 3, later);
            assert_eq!(paths(&mut errors), [[1, 0]], "{later}");
        }
    }

    #[test]
    fn of_several_failed_branches_the_one_that_is_returned_goes_on() {
        let mut errors = Errors::default();
        leave(&mut errors, 1, 0, 3, "first");
        leave(&mut errors, 2, 0, 3, "second");
        leave(&mut errors, 0, NO_SPAN, 3, "first");
        assert_eq!(paths(&mut errors), [vec![1, 0], vec![2]]);
    }

    #[test]
    fn an_error_that_is_told_and_then_returned_left_once() {
        let mut errors = Errors::default();
        leave(&mut errors, 1, 0, 2, "no item");
        leave(&mut errors, 1, 0, 3, "no item");
        leave(&mut errors, 0, NO_SPAN, 3, "order failed");
        leave(&mut errors, 0, NO_SPAN, 3, "order failed");
        assert_eq!(paths(&mut errors), [[1, 0]]);
    }

    #[test]
    fn a_mark_counts_only_for_the_span_it_was_met_in() {
        let here = Location { file: "a.rs", line: 7 };
        let mut errors = Errors::default();
        errors.mark(1, here);
        leave(&mut errors, 1, 0, 2, "no item");
        leave(&mut errors, 0, NO_SPAN, 2, "no item");
        let (records, _) = errors.take();
        let places: Vec<_> = records[0].path.iter().map(|passage| passage.location).collect();
        assert_eq!(places, [Some(here), None]);
    }

    /// What counts of the one error that there is.
    fn counting(errors: &mut Errors) -> Vec<String> {
        let (records, _) = errors.take();
        assert_eq!(records.len(), 1);
        records[0].forms().map(|form| form.text.message.clone()).collect()
    }

    fn leave_ignored(errors: &mut Errors, span: SpanRef, caller: SpanRef, message: &str) {
        let facts = ErrorFacts { ignored: true, ..facts(message) };
        let (mark, way) = (None, Way::Returned);
        errors.left(Departure { span, record: span, caller, opened: 3, facts, mark, way });
    }

    #[test]
    fn an_error_that_is_ignored_hides_none_that_does_not_quote_it() {
        for (then, counting_then) in [
            (vec!["connection refused"], vec!["connection refused"]),
            (vec!["no price: the cache is cold"], vec![]),
            (vec!["no price: the cache is cold", "status 500"], vec!["status 500"]),
            (vec!["connection refused", "status 500"], vec!["connection refused", "status 500"]),
        ] {
            let mut errors = Errors::default();
            leave_ignored(&mut errors, 3, 2, "the cache is cold");
            for (span, message) in [2, 1].into_iter().zip(&then) {
                leave(&mut errors, span, span - 1, 3, message);
            }
            assert_eq!(counting(&mut errors), counting_then, "{then:?}");
        }
    }

    #[test]
    fn a_function_that_ignores_what_it_returns_ignores_what_that_was() {
        let mut errors = Errors::default();
        leave(&mut errors, 3, 2, 3, "no row");
        leave_ignored(&mut errors, 2, 1, "no item 12");
        assert!(counting(&mut errors).is_empty());
    }

    #[test]
    fn a_panic_is_not_ignored_with_the_error_that_it_quotes() {
        let mut errors = Errors::default();
        leave_ignored(&mut errors, 3, 2, "the cache is cold");
        let way = Way::Unwound { from: None };
        for span in [2, 1] {
            let facts = facts("the cache is cold: on purpose");
            let caller = span - 1;
            errors.left(Departure { span, record: span, caller, opened: 3, facts, mark: None, way });
        }
        assert_eq!(counting(&mut errors), ["the cache is cold: on purpose"]);
    }
}
