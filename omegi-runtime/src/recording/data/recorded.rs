//! A flow as it leaves the recorder.

use crate::vocabulary::{SpanId, TraceId};

use crate::recording::data::attributes::Attributes;
use crate::recording::data::error_paths::ErrorRecord;
use crate::recording::data::record::{SpanRecord, SpanRef};
use crate::recording::data::summary::Summary;
use crate::recording::data::updates::Updates;
use crate::recording::data::waits::Wait;

/// A kept flow as it leaves the recorder: exact in size, with one owner. Also one part of a forked
/// flow, which waits for the others.
#[derive(Debug)]
pub(crate) struct RecordedFlow {
    pub(crate) trace_id: TraceId,
    /// The span of another process that called the local root.
    pub(crate) parent_span_id: SpanId,
    /// The seed of its span ids.
    pub(crate) seed: u64,
    /// The first reading after which all calls were timed; the greatest number if there was none.
    pub(crate) timed_from: u64,
    pub(crate) records: Box<[SpanRecord]>,
    /// The numbers that the records had in their segment, in ascending order, if only some of its
    /// records are in the flow. The ids of spans follow from these.
    pub(crate) numbers: Option<Box<[SpanRef]>>,
    pub(crate) attributes: Attributes,
    pub(crate) updates: Updates,
    pub(crate) waits: Box<[Wait]>,
    pub(crate) errors: Vec<ErrorRecord>,
    pub(crate) summaries: Vec<Summary>,
    /// The number of calls without a record.
    pub(crate) dropped_spans: u64,
    /// The number of errors without a message, for want of memory.
    pub(crate) dropped_errors: u64,
    /// True if it is kept for an error or on request: spooled, and evicted last. False if only
    /// sampling or another service keeps it, also with errors beyond the error rate limit.
    pub(crate) must_keep: bool,
    /// The word for the reason to keep it; empty before the decision.
    pub(crate) kept_by: &'static str,
    /// The number of flows with the same kinds of error that were dropped before it.
    pub(crate) suppressed: u64,
    /// The span of another segment that its root belongs under, if it is a branch.
    pub(crate) attached: Option<Attached>,
    /// The moment, in ticks, at which it was exported as it stood, if its root is open.
    pub(crate) open_at: Option<u64>,
    /// True if it was exported before, as it stood.
    pub(crate) was_told: bool,
    /// Its branches, each after the one that it belongs under.
    pub(crate) branches: Vec<RecordedFlow>,
    /// Its reserved memory, in bytes.
    pub(crate) reserved: usize,
}

/// A span, and the segment that it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Attached {
    pub(crate) seed: u64,
    pub(crate) span: SpanRef,
}

impl RecordedFlow {
    /// Returns the start of its root, in ticks.
    pub(crate) fn began(&self) -> u64 {
        self.records.first().map_or(0, |root| root.start)
    }

    /// Returns the end of its root, in ticks.
    pub(crate) fn ended(&self) -> u64 {
        self.records.first().map_or(0, |root| root.end)
    }

    /// Returns the number in its segment of the record at `index`.
    pub(crate) fn number(&self, index: SpanRef) -> SpanRef {
        let numbers = self.numbers.as_ref();
        numbers.and_then(|numbers| numbers.get(index as usize)).copied().unwrap_or(index)
    }

    /// Returns the index of the record that has this number in its segment.
    pub(crate) fn place_of(&self, number: SpanRef) -> Option<SpanRef> {
        place_of(self.numbers.as_deref(), number)
    }

    /// Returns it and its branches.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(&self.branches)
    }

    /// Returns the number of calls with a record.
    pub(crate) fn record_count(&self) -> usize {
        self.parts().map(|part| part.records.len()).sum()
    }

    /// Returns the number of calls, with and without a record.
    pub(crate) fn span_count(&self) -> u64 {
        self.parts().map(|part| part.records.len() as u64 + part.dropped_spans).sum()
    }
}

/// Returns the index of a record among those with these numbers; all records if there are none.
pub(crate) fn place_of(numbers: Option<&[SpanRef]>, number: SpanRef) -> Option<SpanRef> {
    match numbers {
        Some(numbers) => SpanRef::try_from(numbers.binary_search(&number).ok()?).ok(),
        None => Some(number),
    }
}
