//! The record of one span.

use crate::vocabulary::{CallSite, Outcome};

/// A span of a segment: its index in the records. From [`FRAMES`] on, a call without a record.
pub(crate) type SpanRef = u32;

/// The root: the first record of a segment.
pub(crate) const ROOT: SpanRef = 0;

/// No span: the parent of a root, and the guard of a call that is not recorded.
pub(crate) const NO_SPAN: SpanRef = u32::MAX;

/// A call that is only counted.
pub(crate) const COUNTED: SpanRef = u32::MAX - 1;

/// References from here on name frames of the
/// [overflow](crate::recording::data::summary::Overflow).
pub(crate) const FRAMES: SpanRef = 1 << 31;

/// The record of a span: 32 bytes, two to a cache line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SpanRecord {
    /// The function that was called.
    pub(crate) site: &'static CallSite,
    /// The start, in ticks.
    pub(crate) start: u64,
    /// The end, in ticks; 0 while it is open.
    pub(crate) end: u64,
    /// The caller.
    pub(crate) parent: SpanRef,
    /// The outcome, and the thread of the start.
    pub(crate) meta: Meta,
}

const _: () = assert!(size_of::<SpanRecord>() == 32, "two records to a cache line");

/// The outcome, the flags of known times, and the thread, in 32 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Meta(u32);

impl Meta {
    const OUTCOME: u32 = 0b111;
    const SPARSE: u32 = 1 << 3;
    const UNWINDING: u32 = 1 << 4;
    const CONTINUATION: u32 = 1 << 5;
    const HANDLE: u32 = 1 << 6;
    const QUEUED_END: u32 = 1 << 7;
    const THREAD_SHIFT: u32 = 16;

    /// Returns the value for every span that begins on this thread.
    pub(crate) const fn on_thread(thread: u16) -> Self {
        Self((thread as u32) << Self::THREAD_SHIFT)
    }

    /// Returns the thread that it began on.
    pub(crate) const fn thread(self) -> u16 {
        (self.0 >> Self::THREAD_SHIFT) as u16
    }

    /// Returns the value of a sparse span: its start or end is not read from the clock, but placed
    /// after the last reading.
    #[inline]
    #[must_use]
    pub(crate) const fn with_sparse(self, sparse: bool) -> Self {
        Self(self.0 | if sparse { Self::SPARSE } else { 0 })
    }

    /// Returns whether start or end was not read from the clock.
    #[inline]
    pub(crate) const fn is_sparse(self) -> bool {
        self.0 & Self::SPARSE != 0
    }

    /// Returns the value of a call that a destructor made while its thread unwound.
    #[must_use]
    pub(crate) const fn with_unwinding(self) -> Self {
        Self(self.0 | Self::UNWINDING)
    }

    /// Returns whether a destructor made the call while its thread unwound.
    pub(crate) const fn is_unwinding(self) -> bool {
        self.0 & Self::UNWINDING != 0
    }

    /// Returns the value of a span with a [handle](crate::recording::span::handle), which is no
    /// call.
    #[cfg(feature = "tracing")]
    #[must_use]
    pub(crate) const fn with_handle(self) -> Self {
        Self(self.0 | Self::HANDLE)
    }

    /// Returns whether the span is no call.
    #[inline]
    pub(crate) const fn is_handle(self) -> bool {
        self.0 & Self::HANDLE != 0
    }

    /// Returns the value of a span whose end was queued: calls may have been recorded between the
    /// end and its record.
    #[must_use]
    pub(crate) const fn with_queued_end(self) -> Self {
        Self(self.0 | Self::QUEUED_END)
    }

    /// Returns whether the end was queued.
    pub(crate) const fn has_queued_end(self) -> bool {
        self.0 & Self::QUEUED_END != 0
    }

    /// Returns the value of a continuation: a root that stands for the span which its segment
    /// belongs under.
    #[cfg(feature = "tracing")]
    #[must_use]
    pub(crate) const fn with_continuation(self) -> Self {
        Self(self.0 | Self::CONTINUATION)
    }

    /// Returns whether it is a continuation.
    pub(crate) const fn is_continuation(self) -> bool {
        self.0 & Self::CONTINUATION != 0
    }

    /// Returns the value with this outcome.
    #[inline]
    #[must_use]
    pub(crate) const fn with_outcome(self, outcome: Outcome) -> Self {
        Self(self.0 & !Self::OUTCOME | outcome as u32)
    }

    /// Returns the outcome.
    pub(crate) const fn outcome(self) -> Outcome {
        match self.0 & Self::OUTCOME {
            1 => Outcome::Returned,
            2 => Outcome::Error,
            3 => Outcome::Panic,
            4 => Outcome::Cancelled,
            _ => Outcome::Open,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meta_keeps_its_parts_apart() {
        let meta = Meta::on_thread(u16::MAX).with_sparse(true);
        for outcome in [Outcome::Open, Outcome::Returned, Outcome::Error, Outcome::Panic, Outcome::Cancelled]
        {
            let meta = meta.with_outcome(Outcome::Error).with_outcome(outcome);
            assert_eq!((meta.outcome(), meta.thread(), meta.is_sparse()), (outcome, u16::MAX, true));
        }
        assert!(!Meta::on_thread(7).is_sparse());
    }
}
