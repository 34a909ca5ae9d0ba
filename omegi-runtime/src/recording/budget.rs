//! The bound on everything that is recorded and not yet exported (`OMEGI_MEMORY`).

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::settings::DEFAULT_MEMORY;
use crate::vocabulary::counters::COUNTERS;
use crate::vocabulary::say::say_once;

/// A limit in bytes, and the bytes that are reserved.
#[derive(Debug)]
pub(crate) struct Budget {
    limit: AtomicUsize,
    used: AtomicUsize,
}

/// The process's budget.
pub(crate) static BUDGET: Budget = Budget::new(DEFAULT_MEMORY);

impl Budget {
    pub(crate) const fn new(limit: usize) -> Self {
        Self { limit: AtomicUsize::new(limit), used: AtomicUsize::new(0) }
    }

    /// Sets the bound, in bytes.
    pub(crate) fn set_limit(&self, bytes: usize) {
        self.limit.store(bytes, Ordering::Relaxed);
    }

    /// Returns the bound, in bytes.
    pub(crate) fn limit(&self) -> usize {
        self.limit.load(Ordering::Relaxed)
    }

    /// Reserves `bytes`; `false` if that would pass the bound.
    pub(crate) fn reserve(&self, bytes: usize) -> bool {
        // Adds first: at the bound two threads may both be refused, but never both pass it.
        let used = self.used.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        let fits = used <= self.limit.load(Ordering::Relaxed);
        if !fits {
            self.release(bytes);
        }
        fits
    }

    /// Takes `bytes` even beyond the bound, for the little that must not fail.
    pub(crate) fn take(&self, bytes: usize) {
        self.used.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Gives back `bytes` that were reserved.
    pub(crate) fn release(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// Counts a flow of `spans` spans that should be kept and for which there is no memory.
pub(crate) fn lost(spans: u64) {
    COUNTERS.lost_to_memory(spans);
    say_lost();
}

/// Counts spans that are missing in a kept flow, because there was no memory for their part.
pub(crate) fn lost_in_part(spans: u64) {
    COUNTERS.spans_dropped(spans);
    say_lost();
}

fn say_lost() {
    say_once!(
        lost: "OMEGI_MEMORY is used up: flows are being dropped before they can be exported. \
         Raise OMEGI_MEMORY, or keep fewer flows (a greater OMEGI_FLOW_RATE). omegi::health() counts them."
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_reservation_is_not_counted() {
        let budget = Budget::new(100);
        assert!(budget.reserve(60));
        assert!(!budget.reserve(41));
        assert!(budget.reserve(40));
        budget.release(60);
        assert!(budget.reserve(60));
    }
}
