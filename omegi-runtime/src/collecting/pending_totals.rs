//! The size of all flows that wait for exporters.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::recording::budget::BUDGET;

/// The share of the memory budget that pending flows may use.
///
/// The rest lets flows grow while they are recorded, and take down their errors, while a backend is
/// down.
const PENDING_SHARE: (usize, usize) = (3, 4);

/// The number and size of pending flows. A flow that waits for several exporters counts once.
#[derive(Debug)]
pub(crate) struct PendingTotals {
    flows: AtomicU64,
    bytes: AtomicUsize,
}

/// The pending flows of this process.
pub(crate) static PENDING: PendingTotals =
    PendingTotals { flows: AtomicU64::new(0), bytes: AtomicUsize::new(0) };

impl PendingTotals {
    pub(super) fn add(&self, bytes: usize) {
        self.flows.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn subtract(&self, bytes: usize) {
        self.flows.fetch_sub(1, Ordering::Relaxed);
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Forgets all flows, in a process that was just forked off. A signal handler may call it.
    pub(crate) fn restart(&self) {
        self.flows.store(0, Ordering::Relaxed);
        self.bytes.store(0, Ordering::Relaxed);
    }

    /// The number of pending flows.
    pub(crate) fn flows(&self) -> u64 {
        self.flows.load(Ordering::Relaxed)
    }

    /// The size of pending flows, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Returns whether pending flows are over the high-water mark, half of the memory budget:
    /// must-keep flows then go to disk.
    pub(crate) fn is_over_high_water_mark(&self) -> bool {
        self.bytes() > BUDGET.limit() / 2
    }

    /// The size of one spill chunk, in bytes: this much goes to disk before its memory is free
    /// again.
    ///
    /// A small part of the difference between the high-water mark and the limit.
    pub(crate) fn spill_chunk() -> usize {
        BUDGET.limit() / 32
    }

    /// The most bytes that pending flows may use.
    pub(crate) fn limit() -> usize {
        let (share, of) = PENDING_SHARE;
        BUDGET.limit() / of * share
    }

    /// Returns whether `bytes` more may wait.
    pub(crate) fn has_room(&self, bytes: usize) -> bool {
        self.bytes().saturating_add(bytes) <= Self::limit()
    }
}
