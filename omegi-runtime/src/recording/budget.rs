//! The bound on everything that is recorded and not yet exported (`OMEGI_MEMORY`).

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::settings::DEFAULT_MEMORY;
use crate::vocabulary::counters::COUNTERS;
use crate::vocabulary::say::say_once;
use crate::vocabulary::signal_handler;

/// The memory that the allocator takes to manage a few allocations, in bytes.
pub(crate) const ALLOCATIONS: usize = 64;

/// One part in so many of the memory is for errors alone: open flows and flows without an error may
/// use all the rest.
const ERROR_SHARE: usize = 8;

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

    /// Reserves `bytes`; `false` if that would pass the bound less the reserve for errors.
    pub(crate) fn reserve(&self, bytes: usize) -> bool {
        let limit = self.limit();
        self.reserve_within(bytes, limit - limit / ERROR_SHARE)
    }

    /// Reserves `bytes` for an error, or for a flow that is kept for one; `false` if that would
    /// pass the bound.
    pub(crate) fn reserve_for_error(&self, bytes: usize) -> bool {
        self.reserve_within(bytes, self.limit())
    }

    fn reserve_within(&self, bytes: usize, limit: usize) -> bool {
        let fits = |used: usize| used.checked_add(bytes).filter(|sum| *sum <= limit);
        self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).is_ok()
    }

    /// Takes `bytes` even beyond the bound, for the little that must not fail.
    pub(crate) fn take(&self, bytes: usize) {
        self.used.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Returns whether `bytes` more would fit.
    pub(crate) fn has_room(&self, bytes: usize) -> bool {
        self.used.load(Ordering::Relaxed).saturating_add(bytes) <= self.limit()
    }

    /// Forgets all that is reserved, in a process that was just forked off. A signal handler may
    /// call it.
    pub(crate) fn restart(&self) {
        self.used.store(0, Ordering::Relaxed);
    }

    /// Gives back `bytes` that were reserved.
    pub(crate) fn release(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// Admits flows to the memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// Any: the call is on the thread's stack, so there are few of them, or it has failed.
    Always,
    /// A flow of work that serves, if there is room, else in the reserve for errors: its errors are
    /// to be told one by one.
    OrReserve,
    /// A flow that may stay open beside many others, if there is room.
    IfRoom,
}

impl Admission {
    /// Reserves the first `bytes` of a flow, or refuses it.
    pub(crate) fn admits(self, bytes: usize) -> bool {
        match self {
            Self::Always => {
                BUDGET.take(bytes);
                true
            }
            Self::OrReserve => BUDGET.reserve_for_error(bytes),
            Self::IfRoom => BUDGET.reserve(bytes),
        }
    }
}

/// The reason for which a flow has not begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotBegun {
    /// Nothing is recorded here: omegi is off, or itself active, or the thread ends.
    Unrecorded,
    /// The memory is used up.
    NoRoom,
}

/// Counts a flow that is not recorded, because there is no memory to begin it.
pub(crate) fn not_begun() {
    COUNTERS.unrecorded();
    say_once!(
        lost: "cannot record more flows at once: OMEGI_MEMORY is used up, mostly by flows that have not \
         ended; further ones are recorded only from an error on. Raise OMEGI_MEMORY. omegi::health() \
         counts them as unrecorded_flows"
    );
}

/// Counts a flow that is not recorded, because its thread seems to run a signal handler. Safe
/// there: the end of the process reports it.
pub(crate) fn refused_in_handler() {
    COUNTERS.unrecorded();
    signal_handler::refuse_call();
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
        assert!(budget.reserve_for_error(60));
        assert!(!budget.reserve_for_error(41));
        assert!(budget.reserve_for_error(40));
        budget.release(60);
        assert!(budget.reserve_for_error(60));
    }

    #[test]
    fn an_eighth_is_for_errors() {
        let budget = Budget::new(80);
        assert!(!budget.reserve(71));
        assert!(budget.reserve(70));
        assert!(!budget.reserve(1));
        assert!(budget.reserve_for_error(10));
        assert!(!budget.reserve_for_error(1));
    }
}
