//! What a segment knows of the spans in it that other libraries have opened: *foreign* spans.
//!
//! Nobody says when such a span is at work, so it never is in the segment's eyes. Instead, while one is open, every call that
//! begins asks the other library for its current span ([`hooks`](super::hooks)). Where that is another than the one that was
//! current when the caller began, it is newer than the caller, and the call belongs below it: it is *adopted*.

use std::mem;

use crate::vocabulary::SpanId;

use super::record::SpanRef;

/// What a segment knows of its foreign spans.
#[derive(Debug, Default)]
pub(crate) struct Foreign {
    /// How many are open.
    open: usize,
    /// The other library's current span, as it was when the span at work began.
    noted: SpanId,
    /// The calls at work that came upon another one than their callers had. As deep as the other library nests its spans.
    adopted: Vec<Adopted>,
    /// Whether the registry knows the segment.
    registered: bool,
}

/// A call that came upon another current span than its caller had.
#[derive(Clone, Copy, Debug)]
struct Adopted {
    span: SpanRef,
    /// Who is at work again after it.
    caller: SpanRef,
    /// What was noted for that one.
    noted: SpanId,
}

impl Foreign {
    /// Whether calls need not care: no foreign span is open, and no call is at work that found one.
    pub(crate) fn is_idle(&self) -> bool {
        self.open == 0 && self.adopted.is_empty()
    }

    /// Whether a foreign span is open.
    pub(crate) fn any_open(&self) -> bool {
        self.open > 0
    }

    /// One is opened.
    pub(crate) fn opened(&mut self) {
        self.open += 1;
    }

    /// One has ended.
    pub(crate) fn ended(&mut self) {
        self.open = self.open.saturating_sub(1);
    }

    /// The other library's current span, as it was when the span at work began.
    pub(crate) fn noted(&self) -> SpanId {
        self.noted
    }

    /// The flow's root begins while `current` is the other library's current span.
    pub(crate) fn begin(&mut self, current: SpanId) {
        self.noted = current;
    }

    /// `span` begins while `current` is the other library's current span, which was another when `caller` began.
    pub(crate) fn adopt(&mut self, span: SpanRef, caller: SpanRef, current: SpanId) {
        self.adopted.push(Adopted { span, caller, noted: self.noted });
        self.noted = current;
    }

    /// `span` is not at work any more. Returns who is again, if `span` was adopted.
    pub(crate) fn leave(&mut self, span: SpanRef) -> Option<SpanRef> {
        let place = self.adopted.iter().rposition(|adopted| adopted.span == span)?;
        let Adopted { caller, noted, .. } = self.adopted[place];
        // What stands above has been left behind: its guard was forgotten.
        self.adopted.truncate(place);
        self.noted = noted;
        Some(caller)
    }

    /// Notes that the registry knows the segment. Returns whether it did not before.
    pub(crate) fn register(&mut self) -> bool {
        !mem::replace(&mut self.registered, true)
    }

    /// Forgets all of it. Returns whether the registry knows the segment.
    pub(crate) fn forget(&mut self) -> bool {
        let registered = self.registered;
        if registered || !self.adopted.is_empty() {
            *self = Self::default();
        }
        self.noted = SpanId::NONE;
        registered
    }
}
