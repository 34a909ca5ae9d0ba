//! The errors of a flow, matched with those that they came from.
//!
//! A function that returns an error is the error's *origin*, unless the error came from one of its
//! calls. The match is known if both have the same text. It is guessed if nothing else was called
//! in between, because a `map_err` may change the whole text. An error that passes a span gets one
//! more step in its path. A guessed text may belong to another error, so it may count on its own.

use crate::vocabulary::{ErrorText, Location};

use crate::recording::data::error_paths::{ErrorFacts, ErrorRecord, Exit, Match, PassedError, Step, quotes};
use crate::recording::data::record::{NO_SPAN, SpanRef};

/// An error that leaves a span.
#[derive(Debug)]
pub(crate) struct LeavingError {
    /// The span that it leaves, and that span's record.
    pub(crate) span: SpanRef,
    pub(crate) record: SpanRef,
    /// The caller of that span.
    pub(crate) caller: SpanRef,
    /// The number of spans that have begun in the flow.
    pub(crate) opened: u64,
    pub(crate) facts: ErrorFacts,
    /// The `?` through which it leaves, if there is one.
    pub(crate) question_mark: Option<Location>,
    pub(crate) exit: Exit,
}

/// An error in flight: it left a span, and the caller of that span has not ended yet.
#[derive(Clone, Copy, Debug)]
struct InFlight {
    error: usize,
    /// The caller of the span that it left.
    caller: SpanRef,
    /// The number of spans that had begun in the flow when it left.
    opened: u64,
}

/// A `?` that met an error.
#[derive(Clone, Copy, Debug)]
struct QuestionMark {
    span: SpanRef,
    location: Location,
}

/// An error of a turn of a loop, which ended in the turn or left the loop's function through it.
#[derive(Debug)]
struct TurnError {
    /// The span of the function.
    span: SpanRef,
    /// The number of spans that had begun in the flow when the turn ended.
    opened: u64,
    /// Its text, if it may have ended in the turn.
    text: Option<ErrorText>,
}

impl TurnError {
    /// Returns whether the error that leaves `span` is this one.
    fn is(&self, span: SpanRef, opened: u64, facts: &ErrorFacts) -> bool {
        let says_the_same = |text: &ErrorText| {
            opened == self.opened
                && (*text == facts.text || quotes(&facts.text.message, &facts.causes, &text.message))
        };
        span == self.span && self.text.as_ref().is_none_or(says_the_same)
    }
}

/// All errors of a segment.
#[derive(Debug, Default)]
pub(crate) struct Errors {
    records: Vec<ErrorRecord>,
    /// The last few: a caller that joins several calls may return any of their errors.
    in_flight: Vec<InFlight>,
    /// The latest `?` that met an error, until that error leaves its span.
    question_mark: Option<QuestionMark>,
    /// The error of the latest turn, until an error leaves the loop's function.
    turn: Option<TurnError>,
    /// The number of errors without a description, for want of memory.
    dropped: u64,
    /// The first spans that failed without an error.
    undescribed: Vec<SpanRef>,
    /// True if more failed than are remembered.
    more_undescribed: bool,
}

/// The most spans that failed without an error and are remembered.
const UNDESCRIBED: usize = 64;

/// The most errors in flight, and the number of recent errors that are compared: a `join!` seldom
/// has more branches.
const REMEMBERED: usize = 8;

impl Errors {
    /// Notes the `?` at which `span` met an error.
    pub(crate) fn note_question_mark(&mut self, span: SpanRef, location: Location) {
        self.question_mark = Some(QuestionMark { span, location });
    }

    /// Returns the `?` that met the error which leaves `span`. Returns it once: an error leaves a
    /// span once.
    pub(crate) fn take_question_mark(&mut self, span: SpanRef) -> Option<Location> {
        self.question_mark.take_if(|mark| mark.span == span).map(|mark| mark.location)
    }

    /// Returns the `?` that met an error in `span`.
    pub(crate) fn question_mark(&self, span: SpanRef) -> Option<Location> {
        self.question_mark.filter(|mark| mark.span == span).map(|mark| mark.location)
    }

    /// Notes an error of a turn of `span`: see [`TurnError`].
    pub(crate) fn note_turn(&mut self, span: SpanRef, opened: u64, text: Option<ErrorText>) {
        self.turn = Some(TurnError { span, opened, text });
    }

    /// Forgets the error of the latest turn, because the next one begins.
    pub(crate) fn forget_turn(&mut self) {
        self.turn = None;
    }

    /// Returns the text of the latest error that arrived in `span`.
    pub(crate) fn latest_in(&self, span: SpanRef) -> Option<&ErrorText> {
        let entry = self.in_flight.iter().rfind(|entry| entry.caller == span)?;
        Some(self.records[entry.error].latest_text())
    }

    /// Records an error that left a span. Returns whether it began there.
    pub(crate) fn left(&mut self, leaving: LeavingError) -> bool {
        let LeavingError { span, record, caller, opened, facts, question_mark, exit } = leaving;
        if self.has_left_already(record, opened, &facts) {
            return false;
        }
        let arrived = self.arrived(span, opened, &facts, exit);
        let error = if let Some((error, matched)) = arrived {
            let location = if matches!(exit, Exit::Returned) { question_mark } else { None };
            self.records[error].pass(facts, matched, Step { span: record, location, became: None });
            error
        } else {
            let location = if let Exit::Unwound { from } = exit { from } else { question_mark };
            let began_in_turn = self.turn.take_if(|turn| turn.is(span, opened, &facts)).is_some();
            let origin = Step { span: record, location, became: None };
            let mut record = ErrorRecord::new(facts, origin);
            record.began_in_turn = began_in_turn;
            self.records.push(record);
            self.records.len() - 1
        };
        self.add_in_flight(InFlight { error, caller, opened });
        arrived.is_none()
    }

    /// Returns whether this error has left this span already: the program reported it before it
    /// returned it.
    fn has_left_already(&mut self, span: SpanRef, opened: u64, facts: &ErrorFacts) -> bool {
        let left = |&error: &usize| {
            let is_last = self.records[error].path.last().is_some_and(|step| step.span == span);
            is_last && self.records[error].latest_text().message == facts.text.message
        };
        let recent = (0..self.records.len()).rev().take(REMEMBERED);
        let Some(error) = recent.into_iter().find(left) else { return false };
        self.in_flight.iter_mut().filter(|entry| entry.error == error).for_each(|it| it.opened = opened);
        true
    }

    /// Forgets the errors in flight in `span`: it has ended, and its reference may be used again.
    pub(crate) fn handled_in(&mut self, span: SpanRef) {
        self.in_flight.retain(|entry| entry.caller != span);
    }

    /// Passes an error on to `caller` if it arrived in `span`, which has no record. Returns `false`
    /// if the error did not arrive there: it is lost.
    pub(crate) fn passed_unseen(&mut self, span: SpanRef, caller: SpanRef, opened: u64) -> bool {
        let arrived = self.in_flight.iter().rposition(|entry| entry.caller == span);
        if let Some(place) = arrived {
            let entry = InFlight { caller, opened, ..self.in_flight[place] };
            self.handled_in(span);
            self.add_in_flight(entry);
        }
        arrived.is_some()
    }

    /// Passes the errors in `span` on to `caller`: the span has ended, and is no call that could
    /// return them.
    pub(crate) fn pass_on(&mut self, span: SpanRef, caller: SpanRef) {
        let in_flight = self.in_flight.iter_mut().filter(|entry| entry.caller == span);
        in_flight.for_each(|entry| entry.caller = caller);
        if let Some(mark) = self.question_mark.as_mut().filter(|mark| mark.span == span) {
            mark.span = caller;
        }
    }

    /// Takes an error of another flow, which left a child of `caller`.
    pub(crate) fn arrive(&mut self, passed: PassedError, caller: SpanRef, opened: u64) {
        self.records.push(ErrorRecord::continued(passed));
        self.add_in_flight(InFlight { error: self.records.len() - 1, caller, opened });
    }

    /// Takes the errors out that began in spans which become parts of their own, each with the
    /// number of its part. An error that goes on, or may still go on, in a span that stays leaves
    /// its rest here.
    pub(crate) fn split_off(
        &mut self,
        part: impl Fn(SpanRef) -> Option<usize>,
        passed: impl Fn(&ErrorRecord) -> PassedError,
    ) -> Vec<(usize, ErrorRecord)> {
        self.in_flight.retain(|entry| part(entry.caller).is_none());
        let (mut taken, mut stay) = (Vec::new(), Vec::new());
        for (error, mut record) in std::mem::take(&mut self.records).into_iter().enumerate() {
            let is_in_flight = self.in_flight.iter().any(|entry| entry.error == error);
            let of = record.path.first().and_then(|step| part(step.span));
            let stays = if let Some(of) = of {
                let steps = record.path.iter().take_while(|step| part(step.span) == Some(of)).count();
                let rest = record.split_off(steps, &passed);
                taken.push((of, record));
                Some(rest)
            } else {
                Some(record)
            };
            if let Some(record) = stays.filter(|record| is_in_flight || !record.path.is_empty()) {
                let place = stay.len();
                self.in_flight
                    .iter_mut()
                    .filter(|entry| entry.error == error)
                    .for_each(|entry| entry.error = place);
                stay.push(record);
            }
        }
        self.records = stay;
        self.undescribed.retain(|span| part(*span).is_none());
        taken
    }

    /// Takes out that there were failures of which nothing is known. Returns the number of those
    /// for want of memory.
    pub(crate) fn take_unseen(&mut self) -> u64 {
        self.more_undescribed = false;
        std::mem::take(&mut self.dropped)
    }

    /// Counts an error whose description did not fit.
    pub(crate) fn count_dropped(&mut self) {
        self.dropped += 1;
    }

    /// Notes that the span with this record failed without an error.
    pub(crate) fn note_undescribed(&mut self, record: SpanRef) {
        if self.undescribed.contains(&record) {
            return;
        }
        match self.undescribed.len() {
            UNDESCRIBED => self.more_undescribed = true,
            _ => self.undescribed.push(record),
        }
    }

    /// Returns the spans that failed without an error, but those that an error left as well.
    pub(crate) fn undescribed(&self) -> impl Iterator<Item = SpanRef> {
        let has_left =
            |span: SpanRef| self.records.iter().any(|error| error.path.iter().any(|step| step.span == span));
        self.undescribed.iter().copied().filter(move |span| !has_left(*span))
    }

    /// Returns whether there was a failure of which nothing is known.
    pub(crate) fn any_unseen(&self) -> bool {
        self.dropped > 0 || self.more_undescribed
    }

    /// Returns whether there was a failure without a description.
    pub(crate) fn any_unknown(&self) -> bool {
        self.dropped > 0 || !self.undescribed.is_empty()
    }

    /// Returns whether there was a failure.
    pub(crate) fn any_failure(&self) -> bool {
        !self.records.is_empty() || self.any_unknown()
    }

    /// Returns whether there is anything to forget with the flow.
    pub(crate) fn any(&self) -> bool {
        self.any_failure() || self.question_mark.is_some() || self.turn.is_some()
    }

    /// Returns the errors with their descriptions.
    pub(crate) fn records(&self) -> &[ErrorRecord] {
        &self.records
    }

    /// Takes the errors out, and the number of those without a description.
    pub(crate) fn take(&mut self) -> (Vec<ErrorRecord>, u64) {
        let Self { mut records, dropped, .. } = std::mem::take(self);
        records.retain(|record| !record.path.is_empty());
        (records, dropped)
    }

    /// Finds the error in flight that now leaves `span`, and the reason to think so.
    fn arrived(
        &mut self,
        span: SpanRef,
        opened: u64,
        facts: &ErrorFacts,
        exit: Exit,
    ) -> Option<(usize, Match)> {
        let candidates = || self.in_flight.iter().rev().filter(|entry| entry.caller == span);
        let latest = |entry: &InFlight| self.records[entry.error].latest_text();
        let same = candidates().find(|entry| *latest(entry) == facts.text);
        let wrapped = || {
            candidates()
                .find(|entry| quotes(&facts.text.message, &facts.causes, &latest(entry).message))
                .map(|entry| (entry, Match::quoted(exit)))
        };
        let directly = || {
            let entry = candidates().next().filter(|entry| entry.opened == opened)?;
            let says_the_same = latest(entry).message == facts.text.message;
            Some((entry, if says_the_same { Match::quoted(exit) } else { Match::Guessed }))
        };
        let arrived = same.map(|entry| (entry, Match::Known)).or_else(wrapped).or_else(directly);
        let arrived = arrived.map(|(entry, matched)| (entry.error, matched));
        self.handled_in(span);
        arrived
    }

    fn add_in_flight(&mut self, entry: InFlight) {
        if entry.caller == NO_SPAN {
            return;
        }
        if self.in_flight.len() == REMEMBERED {
            self.in_flight.remove(0);
        }
        self.in_flight.push(entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(message: &str) -> ErrorFacts {
        let text = ErrorText { error_type: "E".into(), message: message.into() };
        ErrorFacts { text, causes: Vec::new(), ignored: false }
    }

    fn leave(errors: &mut Errors, span: SpanRef, caller: SpanRef, opened: u64, message: &str) {
        let question_mark = errors.take_question_mark(span);
        let facts = facts(message);
        errors.left(LeavingError {
            span,
            record: span,
            caller,
            opened,
            facts,
            question_mark,
            exit: Exit::Returned,
        });
    }

    /// Returns the spans of each error's path, from the origin outwards.
    fn paths(errors: &mut Errors) -> Vec<Vec<SpanRef>> {
        let (records, _) = errors.take();
        records.iter().map(|record| record.path.iter().map(|step| step.span).collect()).collect()
    }

    #[test]
    fn every_note_is_something_to_forget() {
        let mut errors = Errors::default();
        assert!(!errors.any());
        errors.note_question_mark(1, Location { file: "a.rs", line: 1 });
        assert!(errors.any());
        let mut errors = Errors::default();
        errors.note_undescribed(0);
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
    fn an_error_that_is_mapped_stays_the_same_error_and_has_its_new_text() {
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
    fn cleaning_up_in_between_does_not_cut_a_path_when_the_text_is_the_same_or_quoted() {
        for later in ["no item", "order failed: no item"] {
            let mut errors = Errors::default();
            leave(&mut errors, 1, 0, 2, "no item");
            leave(&mut errors, 0, NO_SPAN, 3, later);
            assert_eq!(paths(&mut errors), [[1, 0]], "{later}");
        }
    }

    #[test]
    fn the_returned_error_of_several_failed_branches_goes_on() {
        let mut errors = Errors::default();
        leave(&mut errors, 1, 0, 3, "first");
        leave(&mut errors, 2, 0, 3, "second");
        leave(&mut errors, 0, NO_SPAN, 3, "first");
        assert_eq!(paths(&mut errors), [vec![1, 0], vec![2]]);
    }

    #[test]
    fn an_error_that_is_reported_and_then_returned_leaves_once() {
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
        errors.note_question_mark(1, here);
        leave(&mut errors, 1, 0, 2, "no item");
        leave(&mut errors, 0, NO_SPAN, 2, "no item");
        let (records, _) = errors.take();
        let places: Vec<_> = records[0].path.iter().map(|step| step.location).collect();
        assert_eq!(places, [Some(here), None]);
    }

    /// Returns the texts of the only error that count.
    fn counting(errors: &mut Errors) -> Vec<String> {
        let (records, _) = errors.take();
        assert_eq!(records.len(), 1);
        records[0].forms().map(|form| form.text.message.clone()).collect()
    }

    fn leave_ignored(errors: &mut Errors, span: SpanRef, caller: SpanRef, message: &str) {
        let facts = ErrorFacts { ignored: true, ..facts(message) };
        let (question_mark, exit) = (None, Exit::Returned);
        errors.left(LeavingError { span, record: span, caller, opened: 3, facts, question_mark, exit });
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
    fn a_function_that_ignores_an_error_ignores_its_origin() {
        let mut errors = Errors::default();
        leave(&mut errors, 3, 2, 3, "no row");
        leave_ignored(&mut errors, 2, 1, "no item 12");
        assert!(counting(&mut errors).is_empty());
    }

    #[test]
    fn a_panic_is_not_ignored_with_the_error_that_it_quotes() {
        let mut errors = Errors::default();
        leave_ignored(&mut errors, 3, 2, "the cache is cold");
        let exit = Exit::Unwound { from: None };
        for span in [2, 1] {
            let facts = facts("the cache is cold: on purpose");
            let caller = span - 1;
            errors.left(LeavingError {
                span,
                record: span,
                caller,
                opened: 3,
                facts,
                question_mark: None,
                exit,
            });
        }
        assert_eq!(counting(&mut errors), ["the cache is cold: on purpose"]);
    }
}
