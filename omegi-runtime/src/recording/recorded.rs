//! What a flow is when it leaves the recorder.

use crate::vocabulary::{SpanId, TraceId};

use super::attributes::Attributes;
use super::errors::ErrorRecord;
use super::record::SpanRecord;
use super::summary::Summary;

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
    /// Whether an error or a panic left a span of it.
    pub(crate) failed: bool,
    /// What it has reserved of the memory budget, in bytes.
    pub(crate) reserved: usize,
}

impl RecordedFlow {
    /// When its root ended, in ticks.
    pub(crate) fn ended(&self) -> u64 {
        self.records.first().map_or(0, |root| root.end)
    }

    /// How many calls it stands for.
    pub(crate) fn span_count(&self) -> u64 {
        self.records.len() as u64 + self.dropped_spans
    }
}
