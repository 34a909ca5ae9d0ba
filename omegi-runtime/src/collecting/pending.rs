//! A kept flow that exporters share, until each of them has exported it or given it up.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Instant;

use crate::recording::budget::BUDGET;
use crate::recording::data::recorded::RecordedFlow;
use crate::vocabulary::clock::Calibration;
use crate::vocabulary::counters::COUNTERS;

use super::pending_totals::PENDING;

/// A kept flow. It is counted once, when the last exporter drops it.
#[derive(Debug)]
pub(crate) struct PendingFlow {
    pub(crate) flow: RecordedFlow,
    /// The worst [`ExportStatus`] at any exporter.
    worst: AtomicU8,
    /// The time of the decision, if the flow must be kept.
    decided: Option<Instant>,
    /// Turns ticks into time, for every exporter and every attempt in the same way.
    clock: OnceLock<Calibration>,
}

/// The end of a flow at one exporter, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExportStatus {
    /// The flow was exported.
    Exported = 0,
    /// The flow waits on disk.
    Spooled = 1,
    /// The exporter could not export the flow.
    LostToExport = 2,
    /// The flow was dropped for lack of memory.
    LostToMemory = 3,
    /// There is no exporter.
    NoExporter = 4,
}

impl PendingFlow {
    pub(crate) fn new(flow: RecordedFlow) -> Self {
        PENDING.add(flow.reserved);
        let decided = flow.must_keep.then(Instant::now);
        Self { flow, worst: AtomicU8::new(ExportStatus::Exported as u8), decided, clock: OnceLock::new() }
    }

    /// The time when it was decided to keep the flow, if it must be kept.
    pub(super) fn decided(&self) -> Option<Instant> {
        self.decided
    }

    /// The calibration for the flow's ticks: the one of the first call, whatever later calls pass.
    pub(crate) fn clock(&self, now: Calibration) -> &Calibration {
        self.clock.get_or_init(|| now)
    }

    /// Notes the end of the flow at one exporter.
    pub(crate) fn note_status(&self, status: ExportStatus) {
        self.worst.fetch_max(status as u8, Ordering::Relaxed);
    }

    /// Returns whether `status` is the worst so far.
    #[cfg(test)]
    pub(super) fn has_status(&self, status: ExportStatus) -> bool {
        self.worst.load(Ordering::Relaxed) == status as u8
    }
}

impl Drop for PendingFlow {
    fn drop(&mut self) {
        let recorded = self.flow.record_count() as u64;
        let summarised = self.flow.span_count() - recorded;
        match *self.worst.get_mut() {
            worst if worst == ExportStatus::NoExporter as u8 => {}
            worst if worst == ExportStatus::LostToMemory as u8 => COUNTERS.lost_to_memory(recorded),
            worst if worst == ExportStatus::LostToExport as u8 => COUNTERS.lost_to_export(recorded),
            worst if worst == ExportStatus::Spooled as u8 => COUNTERS.spooled(),
            _ => COUNTERS.exported(recorded),
        }
        COUNTERS.spans_dropped(summarised);
        PENDING.subtract(self.flow.reserved);
        BUDGET.release(self.flow.reserved);
    }
}
