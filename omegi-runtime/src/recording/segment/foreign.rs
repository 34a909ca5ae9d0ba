//! A segment with spans of other libraries in it.

use crate::vocabulary::{CallSite, SpanId, clock};

use super::super::hooks;
use super::super::ids;
use super::super::muting::quietly;
use super::super::record::{NO_SPAN, SpanRef};
use super::Segment;

/// What foreign spans ask of it.
impl Segment {
    /// Opens a foreign span below `parent`. Who is at work stays so.
    pub(crate) fn open_foreign(&mut self, site: &'static CallSite, parent: SpanRef) -> SpanRef {
        let at_work = std::mem::replace(&mut self.cursor, parent);
        let span = self.open_record(site, true);
        self.cursor = at_work;
        self.count_foreign();
        span
    }

    /// One more foreign span is open.
    pub(crate) fn count_foreign(&mut self) {
        self.foreign.opened();
        self.choose_way();
    }

    /// A foreign span has ended.
    pub(super) fn uncount_foreign(&mut self) {
        self.foreign.ended();
        self.choose_way();
    }

    /// The id of a span, or of the one whose record it is summarised on.
    pub(crate) fn span_id(&mut self, span: SpanRef) -> SpanId {
        ids::span_id(self.identity.seed, self.host(span))
    }

    /// Notes that the registry knows the segment. Returns whether it did not before.
    pub(crate) fn mark_registered(&mut self) -> bool {
        self.foreign.register()
    }

    /// The flow ends: no span is looked for any more. Returns whether the registry knows the segment.
    pub(crate) fn forget_foreign_spans(&mut self) -> bool {
        self.foreign.forget()
    }
}

/// What calls ask of it while a foreign span is open.
impl Segment {
    /// The root begins: notes what the other library's current span is.
    pub(crate) fn note_current(&mut self) {
        self.foreign.begin(hooks::span_id());
    }

    /// Whether nobody is at work: it is to lie on its shelf.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.cursor == NO_SPAN
    }

    /// Whether the span at work began when `current` was the other library's current span already.
    pub(crate) fn is_newer_than(&self, current: SpanId) -> bool {
        self.foreign.noted() == current
    }

    /// Whose child a foreign span is: `said`, unless that is merely `current`, and the span at work is newer. `None` where that
    /// is none of this segment's spans.
    pub(crate) fn newest(&self, said: SpanId, current: SpanId) -> Option<SpanRef> {
        if said == current && self.is_newer_than(current) {
            Some(self.cursor)
        } else {
            self.record_with_id(said)
        }
    }

    /// A call of `site` begins, by `open`: below the other library's current span, if that is newer than the span at work.
    pub(super) fn open_below_current(&mut self, open: impl FnOnce(&mut Self) -> SpanRef) -> SpanRef {
        let current = self.changed_current();
        let caller = self.cursor;
        self.cursor = current.and_then(|current| self.record_with_id(current)).unwrap_or(caller);
        let parent = self.cursor;
        let span = open(self);
        if self.cursor == parent {
            // It is counted, and otherwise not followed.
            self.cursor = caller;
        } else if let Some(current) = current {
            quietly(|| self.foreign.adopt(span, caller, current));
        }
        span
    }

    /// An asynchronous call is at work again. Returns its caller.
    #[inline]
    pub(crate) fn enter(&mut self, span: SpanRef) -> SpanRef {
        let caller = self.cursor;
        self.cursor = span;
        if !self.fast {
            self.adopt_if_changed(span, caller);
        }
        caller
    }

    /// A call is at work no longer: its `caller` is again.
    #[inline]
    pub(crate) fn leave(&mut self, span: SpanRef, caller: SpanRef) {
        self.cursor = if self.fast { caller } else { self.leave_adopted(span).unwrap_or(caller) };
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

    /// The other library's current span, if it is in this segment, and newer than the span at work.
    pub(super) fn foreign_at_work(&self) -> Option<SpanRef> {
        self.changed_current().and_then(|current| self.record_with_id(current))
    }

    /// The other library's current span, if that is another than when the span at work began.
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

    /// Calls take the fast way where ticks are the counter's, unless they have to look for foreign spans.
    pub(super) fn choose_way(&mut self) {
        self.fast = clock::is_counter() && self.foreign.is_idle();
    }
}
