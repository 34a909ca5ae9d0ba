//! What goes wrong in a segment, and whether that is a reason to keep the flow.

use std::mem;

use crate::vocabulary::{CallSite, Location, clock};

use crate::recording::budget::BUDGET;
use crate::recording::data::error_kinds::{ErrorKind, ErrorKinds};
use crate::recording::data::error_query::ErrorQuery;
use crate::recording::data::errors::{ErrorFacts, ErrorRecord, Exit, LeavingError};
use crate::recording::data::record::{NO_SPAN, SpanRef};
use crate::recording::muting::quietly;
use crate::recording::policy::{self, FlowProcessor, Policy};
use crate::recording::segment::ALLOCATIONS;
use crate::recording::segment::Segment;

/// Errors on their exit.
impl Segment {
    /// A `?` of the span that is at work met an error.
    pub(crate) fn mark(&mut self, location: Location) {
        // Taken down for the record that the span will have if the error leaves it.
        self.errors.mark(self.cursor, location);
    }

    /// An error is about to leave `span`. Returns what is asked of it, if there is room to say that; from now on the flow is
    /// timed.
    pub(crate) fn fail(&mut self, span: SpanRef) -> Option<ErrorQuery> {
        if !self.failed && self.counts_by_now(span) {
            self.part.iter().for_each(|part| part.fail(None));
        }
        self.failed = true;
        if !self.exact {
            self.exact = true;
            self.latest = clock::ticks();
        }
        let Some(record) = quietly(|| self.record_of(span)) else {
            let (caller, opened) = (self.caller(span), self.opened());
            if !self.errors.passed_unseen(span, caller, opened) {
                self.errors.count_dropped();
            }
            return None;
        };
        let ignored = self.site(record).map_or(&[][..], CallSite::ignored);
        Some(ErrorQuery { limit: self.text_limit(), ignored })
    }

    /// `span` fails, and there is no error to say that is why.
    pub(crate) fn fail_undescribed(&mut self, span: SpanRef) {
        if self.fail(span).is_some() {
            self.errors.note_undescribed();
        }
    }

    /// Whether the other parts of the flow are to know of an error that leaves `span`. Where a rule says which errors count, that is
    /// known when the segment ends.
    fn counts_by_now(&mut self, span: SpanRef) -> bool {
        self.part.is_some() && errors_count() && !self.may_ignore(span)
    }

    /// Whether `span`, or one of those that the error may go on to, says of some errors that they are no reason to keep a flow.
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

    /// What the error says that leaves `span`; [`fail`](Self::fail) came before.
    pub(crate) fn describe_failure(&mut self, span: SpanRef, facts: ErrorFacts, exit: Exit) {
        let bytes = facts.bytes() + ALLOCATIONS;
        if !BUDGET.reserve(bytes) {
            return self.errors.count_dropped();
        }
        self.reserved += bytes;
        let Some(record) = quietly(|| self.record_of(span)) else { return };
        let leaving = LeavingError {
            span,
            record,
            caller: self.caller(span),
            opened: self.opened(),
            facts,
            mark: self.errors.take_mark(span),
            exit,
        };
        let begins = quietly(|| self.errors.left(leaving));
        if begins && self.counts_by_now(span) {
            let kind = self.kind_of_latest(record);
            self.part.iter().for_each(|part| part.fail(kind));
        }
    }

    /// The kind of the latest error, which began in the call that has this record.
    fn kind_of_latest(&mut self, record: SpanRef) -> Option<ErrorKind> {
        let origin = self.site(record);
        let (origin, error) = origin.zip(self.errors.records().last())?;
        Some(ErrorKind::of(origin, &error.text.error_type))
    }

    /// The kinds of the errors that count, now that the segment has ended. It has failed only if there are any.
    pub(crate) fn judge_errors(&mut self, policy: &Policy) -> ErrorKinds {
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
        self.failed = !kinds.as_slice().is_empty();
        kinds
    }

    /// The kind of an error, if it counts: of what it was when it first did.
    fn counted_kind(&mut self, error: &ErrorRecord, processor: &dyn FlowProcessor) -> Option<ErrorKind> {
        error.forms().find_map(|form| {
            let site = self.site(form.span)?;
            let counts = processor.counts_all() || processor.counts(&form.seen(site));
            counts.then(|| ErrorKind::of(site, &form.text.error_type))
        })
    }

    /// Whose call it was that has this record.
    fn site(&mut self, record: SpanRef) -> Option<&'static CallSite> {
        let late = record.checked_sub(self.records.len());
        match late {
            Some(late) => self.overflow.as_mut()?.late().get(late as usize).map(|record| record.site),
            None => self.records.get_mut(record).map(|record| record.site),
        }
    }
}

/// Whether an error is a reason to keep a flow, whichever it is.
fn errors_count() -> bool {
    policy::get().is_none_or(|policy| policy.processor.counts_all())
}
