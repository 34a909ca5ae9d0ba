//! The errors of a flow, matched with those that they came from.
//!
//! A function that returns an error is the error's *origin*, unless the error came from one of its
//! calls. The match is known if both have the same text. It is guessed if nothing else was called
//! in between, because a `map_err` may change the whole text. An error that passes a span gets one
//! more step in its path. A guessed text may belong to another error, so it may count on its own.

use crate::vocabulary::{CallSite, ErrorText};

use crate::recording::data::error_paths::{
    ErrorFacts, ErrorRecord, Exit, ExitPlace, Match, PassedError, Step, is_made_by_std_alone, quotes,
};
use crate::recording::data::record::SpanRef;

/// An error that leaves a span.
#[derive(Debug)]
pub(crate) struct LeavingError {
    /// The span that it leaves, and that span's record.
    pub(crate) span: SpanRef,
    pub(crate) record: SpanRef,
    /// The function of the call that it leaves inside of that span, if that has no span itself.
    pub(crate) unrecorded: Option<&'static CallSite>,
    /// The function that it leaves.
    pub(crate) function: Option<&'static CallSite>,
    /// The caller of that span; the span itself, if the error leaves a call inside of it.
    pub(crate) caller: SpanRef,
    /// The number of spans that have begun in the flow, and of forks.
    pub(crate) opened: u64,
    /// The time, in ticks.
    pub(crate) at: u64,
    pub(crate) facts: ErrorFacts,
    /// The exit by which it leaves, if that was noted.
    pub(crate) noted: Option<NotedExit>,
    pub(crate) exit: Exit,
}

/// An error in flight: it left a span, and the caller of that span has not ended yet.
#[derive(Clone, Copy, Debug)]
struct InFlight {
    error: usize,
    /// The function that it left, if that is one of this flow.
    function: Option<&'static CallSite>,
    /// The caller of the span that it left.
    caller: SpanRef,
    /// The number of spans that had begun in the flow when it left, and of forks.
    opened: u64,
}

/// The error in flight that leaves a span.
#[derive(Clone, Copy, Debug)]
struct Found {
    /// Its place among those in flight.
    place: usize,
    /// The reason to think so.
    matched: Match,
}

/// An exit by an error: a `?` that met one, or code that makes one.
#[derive(Debug)]
pub(crate) struct NotedExit {
    span: SpanRef,
    place: ExitPlace,
    /// The number of spans that had begun in the flow.
    opened: u64,
    /// The error at the `?`, before its conversion to the function's type.
    operand: Option<ErrorFacts>,
}

impl NotedExit {
    /// Returns the memory that its description takes, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.operand.as_ref().map_or(0, ErrorFacts::bytes)
    }
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
    /// In the order in which they left: a caller that joins several calls may return any of their
    /// errors.
    in_flight: Vec<InFlight>,
    /// The latest exits, until their errors leave their spans: a destructor may run in between,
    /// and a function that it calls may fail.
    noted: Vec<NotedExit>,
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

/// The most errors in flight to one caller: a `join!` seldom has more branches.
const TO_ONE_CALLER: usize = 128;

/// The most errors in flight.
const IN_FLIGHT: usize = 1024;

/// The most noted exits.
const NOTED: usize = 8;

impl Errors {
    /// Notes the exit by which an error is about to leave `span`.
    pub(crate) fn note_exit(&mut self, span: SpanRef, place: ExitPlace, opened: u64) {
        if self.noted.len() == NOTED {
            self.noted.remove(0);
        }
        self.noted.push(NotedExit { span, place, opened, operand: None });
    }

    /// Describes the error of the exit that was noted last for `span`.
    pub(crate) fn describe_exit(&mut self, span: SpanRef, facts: ErrorFacts) {
        if let Some(noted) = self.noted.iter_mut().rfind(|noted| noted.span == span) {
            noted.operand = Some(facts);
        }
    }

    /// Returns the exit of the error that leaves `span`. Returns it once: an error leaves a span
    /// once.
    pub(crate) fn take_exit(&mut self, span: SpanRef) -> Option<NotedExit> {
        let latest = self.noted.iter().rposition(|noted| noted.span == span)?;
        Some(self.noted.swap_remove(latest))
    }

    /// Returns the exit that was noted last for `span`.
    pub(crate) fn noted_exit(&self, span: SpanRef) -> Option<ExitPlace> {
        self.noted.iter().rfind(|noted| noted.span == span).map(|noted| noted.place)
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
    pub(crate) fn left(&mut self, mut leaving: LeavingError) -> bool {
        let noted = leaving.noted.take().filter(|_| matches!(leaving.exit, Exit::Returned));
        let place = noted.as_ref().map(|noted| noted.place);
        let met_at = noted.as_ref().map_or(leaving.opened, |noted| noted.opened);
        let operand = noted.and_then(|noted| noted.operand);
        let operand = operand.map(|operand| operand.within(&leaving.facts));
        let met = operand.as_ref().unwrap_or(&leaving.facts);
        let found = self.find(&leaving, met, met_at);
        let began_in_turn =
            found.is_none() && self.turn.take_if(|turn| turn.is(leaving.span, met_at, met)).is_some();
        let LeavingError { record, unrecorded, function, caller, opened, at, facts, exit, .. } = leaving;
        let location = match (exit, found) {
            (Exit::Returned, _) => place.map(|place| place.location),
            (Exit::Unwound { .. }, Some(_)) => None,
            (Exit::Unwound { from, .. }, None) => from,
        };
        let by_question_mark = place.is_some_and(|place| place.by_question_mark);
        let is_own_panic = exit.is_own_panic();
        let step =
            Step { span: record, unrecorded, is_own_panic, at, location, by_question_mark, became: None };
        let error = match found {
            Some(Found { place, matched }) => {
                let InFlight { error, .. } = self.in_flight.remove(place);
                self.records[error].pass(facts, matched, step);
                error
            }
            None => {
                let mut error = ErrorRecord::new(operand, facts, step);
                error.began_in_turn = began_in_turn;
                self.records.push(error);
                self.records.len() - 1
            }
        };
        self.add_in_flight(InFlight { error, function, caller, opened });
        found.is_none()
    }

    /// Returns whether many errors are in flight, some of them perhaps to callers that have ended.
    pub(crate) fn many_in_flight(&self) -> bool {
        self.in_flight.len() >= IN_FLIGHT
    }

    /// Forgets the errors in flight to callers that have ended.
    pub(crate) fn retain_in_flight(&mut self, mut is_open: impl FnMut(SpanRef) -> bool) {
        self.in_flight.retain(|entry| is_open(entry.caller));
    }

    /// Forgets the errors in flight in `span`: it has ended, and its reference may be used again.
    pub(crate) fn handled_in(&mut self, span: SpanRef) {
        self.in_flight.retain(|entry| entry.caller != span);
    }

    /// Returns whether an error has arrived in `span`, which may still return it.
    #[inline]
    pub(crate) fn has_arrived(&self, span: SpanRef) -> bool {
        self.in_flight.iter().any(|entry| entry.caller == span)
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
        self.noted.iter_mut().filter(|noted| noted.span == span).for_each(|noted| noted.span = caller);
    }

    /// Takes an error of another flow, which left a child of `caller`.
    pub(crate) fn arrive(&mut self, passed: PassedError, caller: SpanRef, opened: u64) {
        self.records.push(ErrorRecord::continued(passed));
        self.add_in_flight(InFlight { error: self.records.len() - 1, function: None, caller, opened });
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
        let has_left = |span: SpanRef| {
            self.records.iter().any(|error| error.path.iter().any(|step| step.has_left(span)))
        };
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
        self.any_failure() || !self.noted.is_empty() || self.turn.is_some()
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

    /// Finds the error in flight that now leaves a span: the latest with its text. Else one that
    /// it quotes, else the latest if nothing has begun since.
    ///
    /// It was `met` in the span when that many spans had begun, before a `?` converted it.
    fn find(&self, leaving: &LeavingError, met: &ErrorFacts, opened: u64) -> Option<Found> {
        let LeavingError { span, record, unrecorded, facts, exit, .. } = leaving;
        let latest = |entry: &InFlight| self.records[entry.error].latest_text();
        let has_left = |entry: &InFlight| {
            unrecorded.is_none()
                && self.records[entry.error].has_left(*record)
                && latest(entry).message == facts.text.message
        };
        let is_another = |entry: &InFlight| {
            // The panic hook has seen a panic: it is none that was caught before.
            exit.begins() && entry.opened != opened && *latest(entry) == facts.text
        };
        // A call without a span is seen at its end: the error may have left another one before.
        let may_come_from = |entry: &InFlight| {
            unrecorded.is_none_or(|call| entry.function.is_none_or(|callee| call.may_call(callee)))
        };
        let has_arrived =
            |entry: &InFlight| entry.caller == *span && !is_another(entry) && may_come_from(entry);
        let says_the_same =
            |entry: &InFlight| has_arrived(entry) && latest(entry).message == met.text.message;
        let is_same = |entry: &InFlight| has_arrived(entry) && *latest(entry) == met.text;
        // The program may have reported the error before it returns it.
        let same = self.in_flight.iter().rposition(|entry| is_same(entry) || has_left(entry));
        if let Some(place) = same {
            let later = self.in_flight.iter().rposition(says_the_same).filter(|later| *later > place);
            return Some(match later.filter(|_| has_left(&self.in_flight[place])) {
                Some(place) => Found { place, matched: Match::quoted(*exit) },
                None => Found { place, matched: Match::Known },
            });
        }
        let quoted = |entry: &InFlight| {
            says_the_same(entry)
                || (has_arrived(entry) && quotes(&met.text.message, &met.causes, &latest(entry).message))
        };
        let quoted = self.in_flight.iter().rposition(quoted);
        if let Some(place) = quoted {
            return Some(Found { place, matched: Match::quoted(*exit) });
        }
        if is_made_by_std_alone(&met.text.error_type) {
            return None;
        }
        let place = self.in_flight.iter().rposition(has_arrived)?;
        let entry = self.in_flight.get(place).filter(|entry| entry.opened == opened)?;
        let matched = if says_the_same(entry) { Match::quoted(*exit) } else { Match::Guessed };
        Some(Found { place, matched })
    }

    fn add_in_flight(&mut self, entry: InFlight) {
        let is_to_caller = |other: &InFlight| other.caller == entry.caller;
        let to_caller = self.in_flight.iter().filter(|other| is_to_caller(other)).count();
        let oldest = if to_caller >= TO_ONE_CALLER {
            self.in_flight.iter().position(is_to_caller)
        } else {
            (self.in_flight.len() >= IN_FLIGHT).then_some(0)
        };
        if let Some(oldest) = oldest {
            self.in_flight.remove(oldest);
        }
        self.in_flight.push(entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::data::error_paths::PanicStage;
    use crate::recording::data::record::NO_SPAN;
    use crate::vocabulary::Location;

    fn facts(message: &str) -> ErrorFacts {
        let text = ErrorText { error_type: "E".into(), message: message.into() };
        ErrorFacts { text, causes: Vec::new(), ignored: false }
    }

    fn at_line(line: u32) -> ExitPlace {
        ExitPlace { location: Location { file: "a.rs", line }, by_question_mark: true }
    }

    fn leave(errors: &mut Errors, span: SpanRef, caller: SpanRef, opened: u64, message: &str) {
        let noted = errors.take_exit(span);
        let facts = facts(message);
        errors.left(LeavingError {
            span,
            record: span,
            unrecorded: None,
            function: None,
            caller,
            opened,
            at: 0,
            facts,
            noted,
            exit: Exit::Returned,
        });
    }

    /// Returns the spans of each error's path, from the origin outwards.
    fn paths(errors: &mut Errors) -> Vec<Vec<SpanRef>> {
        let (records, _) = errors.take();
        let spans = |record: &ErrorRecord| {
            let mut spans: Vec<_> = record.path.iter().map(|step| step.span).collect();
            spans.dedup();
            spans
        };
        records.iter().map(spans).collect()
    }

    #[test]
    fn every_note_is_something_to_forget() {
        let mut errors = Errors::default();
        assert!(!errors.any());
        errors.note_exit(1, at_line(1), 1);
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
        errors.note_exit(1, at_line(7), 2);
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

    #[test]
    fn an_error_that_only_std_makes_is_no_other_in_new_words() {
        for (error_type, expected) in [
            ("core::num::error::ParseIntError", vec![vec![1], vec![0]]),
            ("alloc::string::String", vec![vec![1, 0]]),
        ] {
            let mut errors = Errors::default();
            leave(&mut errors, 1, 0, 2, "no item");
            errors.note_exit(0, at_line(1), 2);
            let text = ErrorText { error_type: error_type.into(), message: "invalid digit".into() };
            errors.describe_exit(0, ErrorFacts { text, causes: Vec::new(), ignored: false });
            leave(&mut errors, 0, NO_SPAN, 2, "the order failed");
            assert_eq!(paths(&mut errors), expected, "{error_type}");
        }
    }

    fn meet(errors: &mut Errors, span: SpanRef, opened: u64, message: &str) {
        errors.note_exit(span, at_line(1), opened);
        errors.describe_exit(span, facts(message));
    }

    #[test]
    fn an_error_begins_as_the_operand_of_its_question_mark() {
        let mut errors = Errors::default();
        meet(&mut errors, 1, 2, "invalid digit");
        leave(&mut errors, 1, 0, 2, "no account");
        leave(&mut errors, 0, NO_SPAN, 2, "no account");
        let (records, _) = errors.take();
        assert_eq!(records.len(), 1);
        assert_eq!(records[0].text.message, "invalid digit");
        let became: Vec<_> = records[0]
            .path
            .iter()
            .map(|step| step.became.as_ref().map(|text| text.message.as_str()))
            .collect();
        assert_eq!(became, [Some("no account"), None]);
    }

    #[test]
    fn the_operand_of_a_question_mark_tells_a_callees_error_from_another() {
        for (operand, expected) in [("no item", vec![vec![1, 0]]), ("no row", vec![vec![1], vec![0]])] {
            let mut errors = Errors::default();
            leave(&mut errors, 1, 0, 2, "no item");
            // Another call begins in between.
            meet(&mut errors, 0, 3, operand);
            leave(&mut errors, 0, NO_SPAN, 3, "the order failed");
            assert_eq!(paths(&mut errors), expected, "{operand}");
        }
    }

    #[test]
    fn a_destructor_that_fails_does_not_hide_the_exit() {
        let mut errors = Errors::default();
        meet(&mut errors, 0, 1, "invalid digit");
        meet(&mut errors, 1, 2, "disk full");
        leave(&mut errors, 1, 0, 2, "disk full");
        leave(&mut errors, 0, NO_SPAN, 2, "no account");
        let (records, _) = errors.take();
        let messages: Vec<_> = records.iter().map(|record| record.text.message.as_str()).collect();
        assert_eq!(messages, ["disk full", "invalid digit"]);
    }

    fn leave_ignored(errors: &mut Errors, span: SpanRef, caller: SpanRef, message: &str) {
        let facts = ErrorFacts { ignored: true, ..facts(message) };
        let (noted, exit) = (None, Exit::Returned);
        let unrecorded = None;
        errors.left(LeavingError {
            span,
            record: span,
            unrecorded,
            function: None,
            caller,
            opened: 3,
            at: 0,
            facts,
            noted,
            exit,
        });
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
        for span in [2, 1] {
            let panic = if span == 2 { PanicStage::New } else { PanicStage::Unwinding };
            let exit = Exit::Unwound { from: None, panic };
            let facts = facts("the cache is cold: on purpose");
            let caller = span - 1;
            errors.left(LeavingError {
                span,
                record: span,
                unrecorded: None,
                function: None,
                caller,
                opened: 3,
                at: 0,
                facts,
                noted: None,
                exit,
            });
        }
        assert_eq!(counting(&mut errors), ["the cache is cold: on purpose"]);
    }
}
