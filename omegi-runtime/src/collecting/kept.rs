//! A flow that is kept, shared by the exporters until each has it or has given it up.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};

use crate::recording::budget::BUDGET;
use crate::recording::recorded::RecordedFlow;
use crate::vocabulary::clock::Calibration;
use crate::vocabulary::counters::COUNTERS;

/// Of what may be recorded, so much may wait: with the rest, what is being recorded can still grow and say what went wrong
/// while a backend is down.
const WAITING_SHARE: (usize, usize) = (3, 4);

/// A flow that is kept. It is counted once, when the last exporter lets go of it.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) flow: RecordedFlow,
    /// A [`Fate`], the worst that it has met.
    fate: AtomicU8,
    /// How its ticks are turned into time: at every exporter and every attempt in the same way.
    clock: OnceLock<Calibration>,
}

/// What became of a flow at an exporter, from good to bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It was written.
    Exported = 0,
    /// It waits on disk.
    Spooled = 1,
    /// The exporter could not write it.
    LostToExport = 2,
    /// There was no room for it to wait in.
    LostToMemory = 3,
    /// There is no exporter.
    Unwanted = 4,
}

impl Kept {
    pub(crate) fn new(flow: RecordedFlow) -> Self {
        WAITING.add(flow.reserved);
        Self { flow, fate: AtomicU8::new(Fate::Exported as u8), clock: OnceLock::new() }
    }

    /// How its ticks are turned into time: by what is known `now`, when it is asked for the first time.
    pub(crate) fn clock(&self, now: Calibration) -> &Calibration {
        self.clock.get_or_init(|| now)
    }

    /// Whether that is the worst that it has met.
    #[cfg(test)]
    pub(super) fn has_met(&self, fate: Fate) -> bool {
        self.fate.load(Ordering::Relaxed) == fate as u8
    }

    /// Notes what became of it at one exporter.
    pub(crate) fn met(&self, fate: Fate) {
        self.fate.fetch_max(fate as u8, Ordering::Relaxed);
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let recorded = self.flow.record_count() as u64;
        let summarised = self.flow.span_count() - recorded;
        match *self.fate.get_mut() {
            fate if fate == Fate::Unwanted as u8 => {}
            fate if fate == Fate::LostToMemory as u8 => COUNTERS.lost_to_memory(recorded),
            fate if fate == Fate::LostToExport as u8 => COUNTERS.lost_to_export(recorded),
            fate if fate == Fate::Spooled as u8 => COUNTERS.spooled(),
            _ => COUNTERS.exported(recorded),
        }
        COUNTERS.spans_dropped(summarised);
        WAITING.subtract(self.flow.reserved);
        BUDGET.release(self.flow.reserved);
    }
}

/// What waits for exporters, each flow counted once.
#[derive(Debug)]
pub(crate) struct Waiting {
    flows: AtomicU64,
    bytes: AtomicUsize,
}

/// What waits in this process.
pub(crate) static WAITING: Waiting = Waiting { flows: AtomicU64::new(0), bytes: AtomicUsize::new(0) };

impl Waiting {
    fn add(&self, bytes: usize) {
        self.flows.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    fn subtract(&self, bytes: usize) {
        self.flows.fetch_sub(1, Ordering::Relaxed);
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// How many flows wait.
    pub(crate) fn flows(&self) -> u64 {
        self.flows.load(Ordering::Relaxed)
    }

    /// How many bytes they take.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Whether so much waits that flows had better wait on disk: half of what may be recorded.
    pub(crate) fn is_crowded(&self) -> bool {
        self.bytes() > BUDGET.limit() / 2
    }

    /// So many bytes of flows are written to disk before the first of them make room for others: a small part of what there is
    /// between crowded and full.
    pub(crate) fn bite() -> usize {
        BUDGET.limit() / 32
    }

    /// How many bytes may wait.
    pub(crate) fn limit() -> usize {
        let (share, of) = WAITING_SHARE;
        BUDGET.limit() / of * share
    }

    /// Whether so many bytes more may wait.
    pub(crate) fn has_room(&self, bytes: usize) -> bool {
        self.bytes().saturating_add(bytes) <= Self::limit()
    }
}
