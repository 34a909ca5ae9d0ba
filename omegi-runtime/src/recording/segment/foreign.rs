//! Foreign spans in a segment: those that other libraries open.

use crate::vocabulary::{CallSite, SpanId, clock};

use crate::recording::data::record::{NO_SPAN, SpanRef};
use crate::recording::hooks;
use crate::recording::ids;
use crate::recording::muting::quietly;
use crate::recording::segment::Segment;

/// Opening and ending foreign spans.
impl Segment {
    /// Opens a foreign span below `parent`. The active span stays active.
    pub(crate) fn open_foreign(&mut self, site: &'static CallSite, parent: SpanRef) -> SpanRef {
        let active = std::mem::replace(&mut self.cursor, parent);
        let span = self.open_record(site, true);
        self.cursor = active;
        self.count_foreign();
        span
    }

    /// Counts one more open foreign span.
    pub(crate) fn count_foreign(&mut self) {
        self.foreign.opened();
        self.choose_way();
    }

    /// Counts one open foreign span less.
    pub(super) fn uncount_foreign(&mut self) {
        self.foreign.ended();
        self.choose_way();
    }

    /// Notes that the registry knows the segment. Returns `false` if it did before.
    pub(crate) fn mark_registered(&mut self) -> bool {
        self.foreign.register()
    }

    /// Forgets its foreign spans, because the flow ends. Returns whether the registry knows the
    /// segment.
    pub(crate) fn forget_foreign_spans(&mut self) -> bool {
        self.foreign.forget()
    }
}

/// Calls while a foreign span is open.
impl Segment {
    /// Notes the other library's current span as the root begins.
    pub(crate) fn note_current(&mut self) {
        self.foreign.begin(hooks::span_id());
    }

    /// Returns whether no span is active, so that the segment is to be parked.
    pub(crate) fn has_no_active_span(&self) -> bool {
        self.cursor == NO_SPAN
    }

    /// Returns whether the active span began when `current` was the other library's current span
    /// already.
    pub(crate) fn is_newer_than(&self, current: SpanId) -> bool {
        self.foreign.noted() == current
    }

    /// Returns the parent of a new foreign span. `claimed` is the parent that the other library
    /// names, and `current` its current span.
    ///
    /// The other library does not know our calls. If it names its current span, and the active call
    /// began below that, then the call is the nearer parent. Otherwise the parent is the span with
    /// the id `claimed`; `None` if that is not in this segment.
    pub(crate) fn newest(&self, claimed: SpanId, current: SpanId) -> Option<SpanRef> {
        if claimed == current && self.is_newer_than(current) {
            Some(self.cursor)
        } else {
            self.record_with_id(claimed)
        }
    }

    /// Opens a call by `open`: below the other library's current span, if that is newer than the
    /// active span.
    pub(super) fn open_below_current(&mut self, open: impl FnOnce(&mut Self) -> SpanRef) -> SpanRef {
        let current = self.changed_current();
        let caller = self.cursor;
        self.cursor = current.and_then(|current| self.record_with_id(current)).unwrap_or(caller);
        let parent = self.cursor;
        let span = open(self);
        if self.cursor == parent {
            // The call is only counted.
            self.cursor = caller;
        } else if let Some(current) = current {
            quietly(|| self.foreign.adopt(span, caller, current));
        }
        span
    }

    /// Makes an asynchronous call active again. Returns its caller.
    #[inline]
    pub(crate) fn enter(&mut self, span: SpanRef) -> SpanRef {
        let caller = self.cursor;
        self.cursor = span;
        if !self.fast {
            self.adopt_if_changed(span, caller);
        }
        caller
    }

    /// Makes the `caller` active again after a call.
    #[inline]
    pub(crate) fn leave(&mut self, span: SpanRef, caller: SpanRef) {
        self.cursor = if self.fast { caller } else { self.leave_adopted(span).unwrap_or(caller) };
    }

    /// Returns whether calls take the fast way.
    #[inline]
    pub(crate) fn is_fast(&self) -> bool {
        self.fast
    }

    #[cold]
    fn adopt_if_changed(&mut self, span: SpanRef, caller: SpanRef) {
        if let Some(current) = self.changed_current() {
            quietly(|| self.foreign.adopt(span, caller, current));
        }
    }

    #[cold]
    fn leave_adopted(&mut self, span: SpanRef) -> Option<SpanRef> {
        let caller = self.foreign.leave(span);
        self.choose_way();
        caller
    }

    /// Returns the other library's current span, if it is in this segment and newer than the active
    /// span.
    pub(super) fn active_foreign(&self) -> Option<SpanRef> {
        self.changed_current().and_then(|current| self.record_with_id(current))
    }

    /// Returns the other library's current span, if it has changed since the active span began.
    fn changed_current(&self) -> Option<SpanId> {
        if !self.foreign.any_open() {
            return None;
        }
        Some(hooks::span_id()).filter(|current| *current != self.foreign.noted())
    }

    fn record_with_id(&self, id: SpanId) -> Option<SpanRef> {
        let index = ids::index(self.identity.seed, id).filter(|_| id.is_some());
        index.filter(|index| *index < self.records.len())
    }

    /// Chooses the fast way for calls if ticks are the counter's, and there are neither foreign nor
    /// long spans to look for. A flow that has failed looks for long spans.
    pub(super) fn choose_way(&mut self) {
        self.fast = clock::is_counter() && self.foreign.is_idle() && !self.failed && self.long.is_none();
    }
}
