//! A segment with spans in it that are opened, entered and closed in any order.

use crate::vocabulary::CallSite;

use super::super::record::{COUNTED, FRAMES, NO_SPAN, ROOT, SpanRef};
use super::Segment;

/// Spans that are opened, entered and closed in any order.
impl Segment {
    /// A span begins below `parent`, whoever is at work, and is not at work itself.
    pub(crate) fn open_below(&mut self, parent: SpanRef, site: &'static CallSite) -> SpanRef {
        let at_work = std::mem::replace(&mut self.cursor, parent);
        let span = self.open(site).unwrap_or_else(|| self.open_slowly(site));
        self.cursor = at_work;
        self.mark_shared(span);
        span
    }

    /// `span` is no call.
    pub(crate) fn mark_shared(&mut self, span: SpanRef) {
        if let Some(record) = self.records.get_mut(span) {
            record.meta = record.meta.with_shared();
        }
    }

    /// The root is no span of its own: it goes on with the one that the segment belongs under.
    pub(crate) fn mark_continuation(&mut self) {
        if let Some(root) = self.records.get_mut(ROOT) {
            root.meta = root.meta.with_continuation();
        }
    }

    /// `span`, or the one whose record it is summarised on.
    pub(crate) fn host_of(&mut self, span: SpanRef) -> SpanRef {
        self.host(span)
    }

    /// Whether `span` is a call, and has not ended.
    pub(crate) fn is_open_call(&mut self, span: SpanRef) -> bool {
        if span >= FRAMES {
            return self.frame(span).is_some();
        }
        let taken = self.records.as_slice().get(span as usize);
        taken.is_some_and(|record| record.end == 0 && !record.meta.is_shared())
    }

    /// Whether `inner` is `outer`, or was called in it.
    pub(crate) fn is_inside(&mut self, inner: SpanRef, outer: SpanRef) -> bool {
        let mut at = inner;
        while at != outer && at != NO_SPAN && at != COUNTED {
            at = self.caller(at);
        }
        at == outer
    }
}
