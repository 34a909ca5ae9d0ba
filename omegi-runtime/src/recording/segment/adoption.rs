//! The *foreign* spans of a segment, which other libraries have opened.
//!
//! Only its library knows when such a span is active, so it is never active in the segment.
//! Instead, while one is open, every call asks the other library for its current span
//! ([`hooks`](crate::recording::hooks)). If that has changed since the caller began, it is newer
//! than the caller. The call then belongs below it: it is *adopted*.

use std::mem;

use crate::vocabulary::SpanId;

use crate::recording::data::record::SpanRef;

/// The foreign spans of a segment.
#[derive(Debug, Default)]
pub(crate) struct Foreign {
    /// The number of open ones.
    open: usize,
    /// The current span of the other library at the moment when the active span began. A call that
    /// finds another one is adopted by it.
    noted: SpanId,
    /// The active calls that found another current span than their callers. As deep as the other
    /// library nests its spans.
    adopted: Vec<Adopted>,
    /// True if the registry knows the segment.
    registered: bool,
}

/// A call that found another current span than its caller.
#[derive(Clone, Copy, Debug)]
struct Adopted {
    span: SpanRef,
    /// The span that is active again after it.
    caller: SpanRef,
    /// The current span when that one began.
    noted: SpanId,
}

impl Foreign {
    /// Returns whether calls can ignore foreign spans: none is open, and no active call found one.
    pub(crate) fn is_idle(&self) -> bool {
        self.open == 0 && self.adopted.is_empty()
    }

    /// Returns whether a foreign span is open.
    pub(crate) fn any_open(&self) -> bool {
        self.open > 0
    }

    /// Counts one more.
    pub(crate) fn opened(&mut self) {
        self.open += 1;
    }

    /// Counts one less.
    pub(crate) fn ended(&mut self) {
        self.open = self.open.saturating_sub(1);
    }

    /// Returns the current span of the other library at the moment when the active span began.
    pub(crate) fn noted(&self) -> SpanId {
        self.noted
    }

    /// Begins the flow's root, with the other library's current span.
    pub(crate) fn begin(&mut self, current: SpanId) {
        self.noted = current;
    }

    /// Adopts `span`: the other library's current span is `current`, and was another when `caller`
    /// began.
    pub(crate) fn adopt(&mut self, span: SpanRef, caller: SpanRef, current: SpanId) {
        self.adopted.push(Adopted { span, caller, noted: self.noted });
        self.noted = current;
    }

    /// Leaves `span`. Returns the span that is active again, if `span` was adopted.
    pub(crate) fn leave(&mut self, span: SpanRef) -> Option<SpanRef> {
        let place = self.adopted.iter().rposition(|adopted| adopted.span == span)?;
        let Adopted { caller, noted, .. } = self.adopted[place];
        // The guards of the calls above were forgotten.
        self.adopted.truncate(place);
        self.noted = noted;
        Some(caller)
    }

    /// Notes that the registry knows the segment. Returns `false` if it did before.
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
