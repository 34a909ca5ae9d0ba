//! Errors in a segment, and whether they are a reason to keep the flow.

use std::mem;

use crate::vocabulary::{CallSite, Location, clock};

use crate::recording::budget::BUDGET;
use crate::recording::data::error_kinds::{ErrorKind, ErrorKinds};
use crate::recording::data::error_paths::{ErrorFacts, ErrorRecord, Exit};
use crate::recording::data::error_query::ErrorQuery;
use crate::recording::data::errors::LeavingError;
use crate::recording::data::record::{NO_SPAN, SpanRef};
use crate::recording::muting::quietly;
use crate::recording::policy::{self, FlowProcessor, Policy};
use crate::recording::segment::Segment;

/// Errors that leave spans.
impl Segment {
    /// Notes a `?` of the active span that met an error.
    pub(crate) fn note_question_mark(&mut self, location: Location) {
        // Noted for the record that the span will have if the error leaves it.
        self.errors.note_question_mark(self.cursor, location);
    }

    /// Begins the failure of `span`. Returns the query to its error, if there is room for the
    /// answer. The flow is timed from now on.
    pub(crate) fn fail(&mut self, span: SpanRef) -> Option<ErrorQuery> {
        if !self.failed && self.counts_by_now(span) {
            self.part.iter().for_each(|part| part.fail(None));
        }
        if !mem::replace(&mut self.failed, true) {
            self.choose_way();
        }
        if !self.exact {
            self.exact = true;
            self.latest = clock::ticks();
        }
        let Some(record) = quietly(|| self.record_of(span)) else {
            let (caller, opened) = (self.caller(span), self.begun());
            if !self.errors.passed_unseen(span, caller, opened) {
                self.errors.count_dropped();
            }
            return None;
        };
        let ignored = self.site(record).map_or(&[][..], CallSite::ignored);
        Some(ErrorQuery { limit: self.text_limit(), ignored })
    }

    /// Fails `span` without an error.
    pub(crate) fn fail_undescribed(&mut self, span: SpanRef) {
        if self.fail(span).is_some() {
            self.errors.note_undescribed();
        }
    }

    /// Returns whether the other parts of the flow are to know of an error that leaves `span`. A
    /// rule that counts errors decides only at the end of the segment.
    fn counts_by_now(&mut self, span: SpanRef) -> bool {
        self.part.is_some() && errors_count() && !self.may_ignore(span)
    }

    /// Returns whether `span` or one of its callers ignores some errors.
    fn may_ignore(&mut self, span: SpanRef) -> bool {
        let mut at = span;
        while at != NO_SPAN {
            let site = match self.frame(at) {
                Some(frame) => Some(frame.site),
                None => self.records.get_mut(at).map(|record| record.site),
            };
            if site.is_some_and(|site| !site.ignored().is_empty()) {
                return true;
            }
            at = self.parent(at);
        }
        false
    }

    /// Records the description of an error that leaves `span`, after [`fail`](Self::fail).
    pub(crate) fn describe_failure(&mut self, span: SpanRef, facts: ErrorFacts, exit: Exit) {
        let bytes = facts.bytes();
        if !reserve(bytes) {
            return self.errors.count_dropped();
        }
        self.reserved += bytes;
        let Some(record) = quietly(|| self.record_of(span)) else { return };
        self.receive_errors(span);
        let leaving = LeavingError {
            span,
            record,
            caller: self.caller(span),
            opened: self.begun(),
            facts,
            question_mark: self.errors.take_question_mark(span),
            exit,
        };
        let begins = quietly(|| self.errors.left(leaving));
        if begins && self.counts_by_now(span) {
            let kind = self.kind_of_latest(record);
            self.part.iter().for_each(|part| part.fail(kind));
        }
    }

    /// Returns the kind of the latest error, which began in the call with this record.
    fn kind_of_latest(&mut self, record: SpanRef) -> Option<ErrorKind> {
        let origin = self.site(record);
        let (origin, error) = origin.zip(self.errors.records().last())?;
        Some(ErrorKind::of(origin, &error.text.error_type))
    }

    /// Returns the kinds of the errors that count, now that the segment has ended. The segment has
    /// failed only if there are any.
    pub(crate) fn judge_errors(&mut self, policy: &Policy) -> ErrorKinds {
        let kinds = self.counted_kinds(policy);
        self.failed = !kinds.as_slice().is_empty();
        kinds
    }

    /// Returns the kinds of the errors that count so far.
    pub(super) fn counted_kinds(&mut self, policy: &Policy) -> ErrorKinds {
        let mut kinds = ErrorKinds::default();
        if !self.failed {
            return kinds;
        }
        let processor = &*policy.processor;
        let errors = mem::take(&mut self.errors);
        for error in errors.records() {
            if kinds.is_full() {
                break;
            }
            self.counted_kind(error, processor).into_iter().for_each(|kind| kinds.add(kind));
        }
        if kinds.as_slice().is_empty() && errors.any_unknown() {
            kinds.add(ErrorKind::UNKNOWN);
        }
        self.errors = errors;
        kinds
    }

    /// Returns the kind of an error if it counts, by its first text that does.
    pub(super) fn counted_kind(
        &mut self,
        error: &ErrorRecord,
        processor: &dyn FlowProcessor,
    ) -> Option<ErrorKind> {
        error.forms().find_map(|form| {
            let site = self.site(form.span)?;
            let counts = processor.counts_all() || processor.counts(&form.seen(site));
            counts.then(|| ErrorKind::of(site, &form.text.error_type))
        })
    }

    /// Returns the call site of a record.
    fn site(&mut self, record: SpanRef) -> Option<&'static CallSite> {
        let late = record.checked_sub(self.records.len());
        match late {
            Some(late) => self.overflow.as_mut()?.late().get(late as usize).map(|record| record.site),
            None => self.records.get_mut(record).map(|record| record.site),
        }
    }
}

/// Reserves memory for an error, if need be at the cost of flows without one that wait.
fn reserve(bytes: usize) -> bool {
    let makes_room = || policy::get().is_some_and(|policy| policy.processor.make_room(bytes));
    let mut fits = BUDGET.reserve_for_error(bytes);
    while !fits && makes_room() {
        fits = BUDGET.reserve_for_error(bytes);
    }
    fits
}

/// Returns whether every error is a reason to keep a flow.
fn errors_count() -> bool {
    policy::get().is_none_or(|policy| policy.processor.counts_all())
}
