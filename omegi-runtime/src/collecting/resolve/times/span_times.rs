//! The times of a span, in ticks.

use crate::recording::data::record::SpanRecord;

/// The times of a span, in ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::collecting::resolve) struct SpanTimes {
    pub(in crate::collecting::resolve) start: u64,
    /// The end; 0 while it is open.
    pub(in crate::collecting::resolve) end: u64,
}

impl SpanTimes {
    /// Returns the recorded times of a span.
    pub(super) fn recorded(record: &SpanRecord) -> Self {
        Self { start: record.start, end: record.end }
    }
}
