//! The record of one span.

use crate::vocabulary::{CallSite, Outcome};

/// Which span of a segment: its place in the records, or, from [`FRAMES`] on, a call that has no record (yet).
pub(crate) type SpanRef = u32;

/// The root: the first record of a segment.
pub(crate) const ROOT: SpanRef = 0;

/// No span: the parent of a root, and the guard of a call that is not recorded.
pub(crate) const NO_SPAN: SpanRef = u32::MAX;

/// A call that is counted, and otherwise not followed.
pub(crate) const COUNTED: SpanRef = u32::MAX - 1;

/// References from here on name frames of the [overflow](super::summary::Overflow) instead of records.
pub(crate) const FRAMES: SpanRef = 1 << 31;

/// One call: 32 bytes, two to a cache line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SpanRecord {
    /// What was called.
    pub(crate) site: &'static CallSite,
    /// When it began, in ticks.
    pub(crate) start: u64,
    /// When it ended, in ticks; 0 while it has not.
    pub(crate) end: u64,
    /// Who called it.
    pub(crate) parent: SpanRef,
    /// How it ended, and on which thread it began.
    pub(crate) meta: Meta,
}

const _: () = assert!(size_of::<SpanRecord>() == 32, "two records to a cache line");

/// The outcome, what is known of the times, and the thread, in 32 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Meta(u32);

impl Meta {
    const OUTCOME: u32 = 0b111;
    const SPARSE: u32 = 1 << 3;
    const UNWINDING: u32 = 1 << 4;
    const CONTINUATION: u32 = 1 << 5;
    const SHARED: u32 = 1 << 6;
    const THREAD_SHIFT: u32 = 16;

    /// What every span has that begins on this thread.
    pub(crate) const fn on_thread(thread: u16) -> Self {
        Self((thread as u32) << Self::THREAD_SHIFT)
    }

    /// The thread that it began on.
    pub(crate) const fn thread(self) -> u16 {
        (self.0 >> Self::THREAD_SHIFT) as u16
    }

    /// The same, with start or end not read from the clock but placed in order after the last reading.
    #[inline]
    #[must_use]
    pub(crate) const fn with_sparse(self, sparse: bool) -> Self {
        Self(self.0 | if sparse { Self::SPARSE } else { 0 })
    }

    /// Whether start or end was not read from the clock.
    #[inline]
    pub(crate) const fn is_sparse(self) -> bool {
        self.0 & Self::SPARSE != 0
    }

    /// The same, of a call that was made while its thread was unwinding.
    #[must_use]
    pub(crate) const fn with_unwinding(self) -> Self {
        Self(self.0 | Self::UNWINDING)
    }

    /// Whether the call was made while its thread was unwinding.
    pub(crate) const fn is_unwinding(self) -> bool {
        self.0 & Self::UNWINDING != 0
    }

    /// The same, of a [span that is no call](super::shared_span).
    #[cfg(feature = "tracing")]
    #[must_use]
    pub(crate) const fn with_shared(self) -> Self {
        Self(self.0 | Self::SHARED)
    }

    /// Whether it is a span that is no call.
    #[inline]
    pub(crate) const fn is_shared(self) -> bool {
        self.0 & Self::SHARED != 0
    }

    /// The same, of a root that is no span of its own: it goes on with the one that its segment belongs under.
    #[cfg(feature = "tracing")]
    #[must_use]
    pub(crate) const fn with_continuation(self) -> Self {
        Self(self.0 | Self::CONTINUATION)
    }

    /// Whether it is no span of its own, but goes on with the one that its segment belongs under.
    pub(crate) const fn is_continuation(self) -> bool {
        self.0 & Self::CONTINUATION != 0
    }

    /// The same, with this outcome.
    #[inline]
    #[must_use]
    pub(crate) const fn with_outcome(self, outcome: Outcome) -> Self {
        Self(self.0 & !Self::OUTCOME | outcome as u32)
    }

    /// How the call ended.
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
