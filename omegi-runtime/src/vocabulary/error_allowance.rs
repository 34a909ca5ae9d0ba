//! The errors of one function that are recorded in a while; the others are counted.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::clock;

/// Bounds the work for errors that leave the calls of a function without spans.
///
/// A parser that tries one way after the other makes errors by the million and swallows them. The
/// first ones of a period are recorded whole, the others only counted. The error that leaves such a
/// function for a span is recorded there in any case.
///
/// Threads that count at the same moment may lose each other's counts: the numbers are near, and
/// no thread waits for another.
#[derive(Debug)]
pub(crate) struct ErrorAllowance {
    /// The errors of this period, up to [`ERRORS`](Self::ERRORS).
    used: AtomicU32,
    /// The errors that were not recorded, of all periods.
    passed_over: AtomicU32,
    /// The beginning of this period, in ticks.
    since: AtomicU64,
}

impl ErrorAllowance {
    /// The errors of a period that are recorded.
    const ERRORS: u32 = 64;

    /// The length of a period in ticks: 0.7 to 2.2 seconds, as fast as the counter may be.
    const PERIOD: u64 = 1 << 31;

    /// The clock is read for one in so many errors that are not recorded.
    const UNCLOCKED: u32 = 16;

    pub(super) const fn new() -> Self {
        Self { used: AtomicU32::new(0), passed_over: AtomicU32::new(0), since: AtomicU64::new(0) }
    }

    /// Returns whether the next error will not be recorded.
    #[inline]
    pub(crate) fn is_used_up(&self) -> bool {
        self.used.load(Ordering::Relaxed) >= Self::ERRORS
    }

    /// Returns whether this error is to be recorded, and counts it.
    pub(crate) fn admit(&self) -> bool {
        let used = self.used.load(Ordering::Relaxed);
        if used >= Self::ERRORS {
            self.pass_over();
            return false;
        }
        if used == 0 {
            self.since.store(clock::ticks(), Ordering::Relaxed);
        }
        self.used.store(used + 1, Ordering::Relaxed);
        true
    }

    /// Counts an error. Begins a new period if this one is over, for the next error.
    fn pass_over(&self) {
        let passed_over = self.passed_over.load(Ordering::Relaxed).wrapping_add(1);
        self.passed_over.store(passed_over, Ordering::Relaxed);
        if passed_over.is_multiple_of(Self::UNCLOCKED)
            && clock::ticks().wrapping_sub(self.since.load(Ordering::Relaxed)) > Self::PERIOD
        {
            self.used.store(0, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_errors_of_a_period_are_recorded() {
        let allowance = ErrorAllowance::new();
        let admitted = (0..10_000).filter(|_| allowance.admit()).count();
        assert_eq!(admitted, ErrorAllowance::ERRORS as usize);
        assert!(allowance.is_used_up());
        assert_eq!(allowance.passed_over.load(Ordering::Relaxed), 10_000 - ErrorAllowance::ERRORS);
    }

    #[test]
    fn a_new_period_has_an_allowance_of_its_own() {
        let allowance = ErrorAllowance::new();
        while allowance.admit() {}
        let begun = clock::ticks().wrapping_sub(2 * ErrorAllowance::PERIOD);
        allowance.since.store(begun, Ordering::Relaxed);
        let admitted = (0..10_000).filter(|_| allowance.admit()).count();
        assert_eq!(admitted, ErrorAllowance::ERRORS as usize);
    }
}
