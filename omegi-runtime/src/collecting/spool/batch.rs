//! Flows that were read from a file of the spool.

use crate::vocabulary::Flow;

/// Consecutive records of a file, read but not taken out yet.
#[derive(Debug, Default)]
pub(crate) struct SpooledBatch {
    pub(super) flows: Vec<Flow>,
    /// The offsets of the flows' records.
    pub(super) records: Vec<u64>,
    /// The offsets of records that cannot be read.
    pub(super) damaged: Vec<u64>,
    /// The number of records that were there before and are gone.
    pub(super) cut_off: u64,
    /// The offset behind the last record.
    pub(super) end: u64,
}

impl SpooledBatch {
    /// The flows, oldest first.
    pub(crate) fn flows(&self) -> &[Flow] {
        &self.flows
    }

    /// The number of flows that cannot be read, now or later.
    pub(crate) fn lost(&self) -> u64 {
        self.damaged.len() as u64 + self.cut_off
    }

    /// The number of waiting flows that the batch stands for.
    pub(super) fn len(&self) -> u64 {
        (self.records.len() + self.damaged.len()) as u64
    }
}
