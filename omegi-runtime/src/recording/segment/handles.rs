//! Spans in a segment that are opened, entered and closed in any order.

use crate::vocabulary::CallSite;

use crate::recording::data::record::{COUNTED, FRAMES, NO_SPAN, ROOT, SpanRef};
use crate::recording::segment::Segment;

/// Spans that are no calls.
impl Segment {
    /// Opens a span below `parent`. The active span stays active.
    pub(crate) fn open_below(&mut self, parent: SpanRef, site: &'static CallSite) -> SpanRef {
        let active = std::mem::replace(&mut self.cursor, parent);
        let span = self.open(site).unwrap_or_else(|| self.open_slowly(site));
        self.cursor = active;
        self.mark_handle(span);
        span
    }

    /// Marks `span` as no call.
    pub(crate) fn mark_handle(&mut self, span: SpanRef) {
        if let Some(record) = self.records.get_mut(span) {
            record.meta = record.meta.with_handle();
        }
    }

    /// Marks the root as a continuation: it stands for the span that the segment belongs under.
    pub(crate) fn mark_continuation(&mut self) {
        if let Some(root) = self.records.get_mut(ROOT) {
            root.meta = root.meta.with_continuation();
        }
    }

    /// Returns whether `span` is an open call.
    pub(crate) fn is_open_call(&mut self, span: SpanRef) -> bool {
        if span >= FRAMES {
            return self.frame(span).is_some();
        }
        let taken = self.records.as_slice().get(span as usize);
        taken.is_some_and(|record| record.end == 0 && !record.meta.is_handle())
    }

    /// Returns whether `inner` is `outer`, or was called in it.
    pub(crate) fn is_inside(&mut self, inner: SpanRef, outer: SpanRef) -> bool {
        let mut at = inner;
        while at != outer && at != NO_SPAN && at != COUNTED {
            at = self.caller(at);
        }
        at == outer
    }
}
