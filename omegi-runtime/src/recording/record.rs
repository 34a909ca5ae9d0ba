//! The record of one span, and what a flow is when it leaves the recorder.

use crate::vocabulary::{CallSite, Outcome, SpanId, TraceId};

use super::attributes::Attributes;
use super::errors::ErrorRecord;
use super::summary::Summary;

/// Which span of a segment: its place in the records, or, from [`FRAMES`] on, a call that has no record (yet).
pub(crate) type SpanRef = u32;

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

/// A flow that is to be kept, as it leaves the recorder: exact in size, owned by nobody else.
#[derive(Debug)]
pub(crate) struct RecordedFlow {
    pub(crate) trace_id: TraceId,
    /// The span of another process that called the local root.
    pub(crate) parent_span_id: SpanId,
    /// What the span ids are derived from.
    pub(crate) seed: u64,
    pub(crate) records: Box<[SpanRecord]>,
    pub(crate) attributes: Attributes,
    pub(crate) errors: Vec<ErrorRecord>,
    pub(crate) summaries: Vec<Summary>,
    /// Calls that have no record of their own.
    pub(crate) dropped_spans: u64,
    /// Errors whose message was not taken down for want of memory.
    pub(crate) dropped_errors: u64,
    /// What it has reserved of the memory budget, in bytes.
    pub(crate) reserved: usize,
}

impl RecordedFlow {
    /// Whether an error or a panic is in it.
    pub(crate) fn has_error(&self) -> bool {
        !self.errors.is_empty()
            || self.dropped_errors > 0
            || self.records.iter().any(|record| record.meta.outcome().is_error())
    }

    /// When its root ended, in ticks.
    pub(crate) fn ended(&self) -> u64 {
        self.records.first().map_or(0, |root| root.end)
    }

    /// How many calls it stands for.
    pub(crate) fn span_count(&self) -> u64 {
        self.records.len() as u64 + self.dropped_spans
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
