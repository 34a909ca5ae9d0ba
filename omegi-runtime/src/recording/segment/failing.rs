//! Errors in a segment.

use std::mem;

use crate::vocabulary::{CallSite, clock};

use crate::recording::budget::BUDGET;
use crate::recording::data::error_kinds::ErrorKind;
use crate::recording::data::error_paths::{ErrorFacts, Exit, ExitPlace};
use crate::recording::data::error_query::ErrorQuery;
use crate::recording::data::errors::{LeavingError, NotedExit};
use crate::recording::data::record::{NO_SPAN, ROOT, SpanRef};
use crate::recording::muting::quietly;
use crate::recording::policy;
use crate::recording::segment::Segment;

/// Errors that leave spans.
impl Segment {
    /// Notes the exit by which an error leaves the active span. Returns the query to its error.
    pub(crate) fn note_exit(&mut self, place: ExitPlace) -> ErrorQuery {
        // Noted for the record that the span will have if the error leaves it.
        let (span, opened) = (self.cursor, self.begun());
        quietly(|| self.errors.note_exit(span, place, opened));
        ErrorQuery::of_texts(self.text_limit())
    }

    /// Describes the error of the exit that was noted last for the active span.
    pub(crate) fn describe_exit(&mut self, facts: ErrorFacts) {
        self.errors.describe_exit(self.cursor, facts);
    }

    /// Returns the exit that was noted last for the active span.
    pub(crate) fn noted_exit(&self) -> Option<ExitPlace> {
        self.errors.noted_exit(self.cursor)
    }

    /// Returns the type and message of the error that left the root last.
    pub(crate) fn error_of_root(&self) -> Option<ErrorKind> {
        let left_root = self.errors.records().iter().rfind(|error| error.has_left(ROOT));
        left_root.map(|error| ErrorKind::of_text(error.latest_text()))
    }

    /// Begins the failure of `span`. Returns the query to its error, if there is room for the
    /// answer. The flow is timed from now on.
    pub(crate) fn fail(&mut self, span: SpanRef) -> Option<ErrorQuery> {
        let caller = self.caller(span);
        self.fail_call(span, caller, None)
    }

    /// Begins the failure of a call of `site`, which has no span, inside of the active one.
    pub(crate) fn fail_in_call(&mut self, site: &'static CallSite) -> Option<ErrorQuery> {
        self.fail_call(self.cursor, self.cursor, Some(site))
    }

    fn fail_call(
        &mut self,
        span: SpanRef,
        caller: SpanRef,
        unrecorded: Option<&'static CallSite>,
    ) -> Option<ErrorQuery> {
        if !self.failed && !excuses_some() {
            self.tell_parts(span, ErrorKind::UNKNOWN);
        }
        if !mem::replace(&mut self.failed, true) {
            self.choose_way();
        }
        if !self.exact {
            self.time_from_now_on();
        }
        let Some(record) = quietly(|| self.record_of(span)) else {
            let opened = self.begun();
            if !self.errors.passed_unseen(span, caller, opened) {
                self.errors.count_dropped();
                self.tell_parts(span, ErrorKind::UNKNOWN);
            }
            return None;
        };
        let site = unrecorded.or_else(|| self.site(record));
        let ignored = site.map_or(&[][..], CallSite::ignored);
        Some(ErrorQuery { limit: self.text_limit(), ignored })
    }

    /// Fails `span` without an error.
    pub(crate) fn fail_undescribed(&mut self, span: SpanRef) {
        if self.fail(span).is_some()
            && let Some(record) = quietly(|| self.record_of(span))
        {
            quietly(|| self.errors.note_undescribed(record));
            self.tell_parts(span, ErrorKind::UNKNOWN);
        }
    }

    /// Tells the other parts of the flow of an error that leaves `span`. A rule that counts errors
    /// decides only at the end of the segment, and so does the answer of a server, which may also
    /// get the errors that leave a branch.
    fn tell_parts(&mut self, span: SpanRef, kind: ErrorKind) {
        if self.part.is_none() || !errors_count() || self.may_ignore(span) {
            return;
        }
        let is_suspected = excuses_some() && (self.attached.is_some() || self.is_of_server());
        if let Some(part) = &self.part {
            match kind {
                _ if is_suspected => part.suspect(kind),
                ErrorKind::UNKNOWN => part.fail(None),
                kind => part.fail(Some(kind)),
            }
        }
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
        let caller = self.caller(span);
        self.describe_call(span, caller, None, facts, exit);
    }

    /// Records the description of an error that leaves a call of `site`, after
    /// [`fail_in_call`](Self::fail_in_call).
    pub(crate) fn describe_failure_in_call(
        &mut self,
        site: &'static CallSite,
        facts: ErrorFacts,
        exit: Exit,
    ) {
        self.describe_call(self.cursor, self.cursor, Some(site), facts, exit);
    }

    fn describe_call(
        &mut self,
        span: SpanRef,
        caller: SpanRef,
        unrecorded: Option<&'static CallSite>,
        facts: ErrorFacts,
        exit: Exit,
    ) {
        let noted = self.errors.take_exit(span);
        let bytes = facts.bytes() + noted.as_ref().map_or(0, NotedExit::bytes);
        if !reserve(bytes) {
            self.errors.count_dropped();
            return self.tell_parts(span, ErrorKind::UNKNOWN);
        }
        self.reserved += bytes;
        let Some(record) = quietly(|| self.record_of(span)) else { return };
        self.receive_errors(span);
        if self.errors.many_in_flight() {
            let records = self.records.as_slice();
            let has_ended = |span: SpanRef| records.get(span as usize).is_some_and(|record| record.end != 0);
            self.errors.retain_in_flight(|caller| !has_ended(caller));
        }
        let leaving = LeavingError {
            span,
            record,
            unrecorded,
            function: unrecorded.or_else(|| self.site(record)),
            caller,
            opened: self.begun(),
            at: clock::ticks(),
            facts,
            noted,
            exit,
        };
        let begins = quietly(|| self.errors.left(leaving));
        if begins
            && self.part.is_some()
            && let Some(kind) = self.kind_of_latest(record, unrecorded).filter(|kind| !is_expected(*kind))
        {
            self.tell_parts(span, kind);
        }
    }

    /// Returns the number of calls that have begun, and of forks.
    pub(super) fn begun(&self) -> u64 {
        self.opened() + self.begun_elsewhere() + self.forks
    }

    /// Returns the kind of the latest error, which began in the call with this record.
    fn kind_of_latest(
        &mut self,
        record: SpanRef,
        unrecorded: Option<&'static CallSite>,
    ) -> Option<ErrorKind> {
        let origin = unrecorded.or_else(|| self.site(record));
        let (origin, error) = origin.zip(self.errors.records().last())?;
        Some(ErrorKind::of(origin, &error.first_left().error_type))
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

/// Returns whether every error is a reason to keep a flow, unless it is excused.
fn errors_count() -> bool {
    policy::get().is_none_or(|policy| policy.processor.counts_all())
}

/// Returns whether errors may be excused.
fn excuses_some() -> bool {
    policy::get().is_some_and(|policy| policy.processor.excuses_some())
}

/// Returns whether errors of this kind are expected.
fn is_expected(kind: ErrorKind) -> bool {
    policy::get().is_some_and(|policy| policy.processor.expects(kind))
}
