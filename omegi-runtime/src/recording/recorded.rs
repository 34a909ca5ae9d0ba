//! What a flow is when it leaves the recorder.

use crate::vocabulary::{SpanId, TraceId};

use super::attributes::Attributes;
use super::errors::ErrorRecord;
use super::notes::Updates;
use super::record::{SpanRecord, SpanRef};
use super::summary::Summary;
use super::waits::Wait;

/// A flow that is to be kept, as it leaves the recorder: exact in size, owned by nobody else. Or one segment of a flow that
/// has forked, which waits for the others.
#[derive(Debug)]
pub(crate) struct RecordedFlow {
    pub(crate) trace_id: TraceId,
    /// The span of another process that called the local root.
    pub(crate) parent_span_id: SpanId,
    /// What the span ids are derived from.
    pub(crate) seed: u64,
    pub(crate) records: Box<[SpanRecord]>,
    pub(crate) attributes: Attributes,
    pub(crate) updates: Updates,
    pub(crate) waits: Box<[Wait]>,
    pub(crate) errors: Vec<ErrorRecord>,
    pub(crate) summaries: Vec<Summary>,
    /// Calls that have no record of their own.
    pub(crate) dropped_spans: u64,
    /// Errors whose message was not taken down for want of memory.
    pub(crate) dropped_errors: u64,
    /// Whether it is kept whatever sampling says: an error or a panic left a span of it, or somebody asked for it.
    pub(crate) precious: bool,
    /// How many flows with the same kinds of error were not kept before it.
    pub(crate) suppressed: u64,
    /// The span of another segment that its root belongs under, if it is a branch.
    pub(crate) attached: Option<Attached>,
    /// Its branches, each after the one that it belongs under.
    pub(crate) branches: Vec<RecordedFlow>,
    /// What it has reserved of the memory budget, in bytes.
    pub(crate) reserved: usize,
}

/// A span, and the segment that it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Attached {
    pub(crate) seed: u64,
    pub(crate) span: SpanRef,
}

impl RecordedFlow {
    /// When its root began, in ticks.
    pub(crate) fn began(&self) -> u64 {
        self.records.first().map_or(0, |root| root.start)
    }

    /// When its root ended, in ticks.
    pub(crate) fn ended(&self) -> u64 {
        self.records.first().map_or(0, |root| root.end)
    }

    /// It and its branches.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(&self.branches)
    }

    /// How many calls have a record.
    pub(crate) fn record_count(&self) -> usize {
        self.parts().map(|part| part.records.len()).sum()
    }

    /// How many calls it stands for.
    pub(crate) fn span_count(&self) -> u64 {
        self.parts().map(|part| part.records.len() as u64 + part.dropped_spans).sum()
    }
}
