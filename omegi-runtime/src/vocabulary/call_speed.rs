//! Whether the calls of a function are fast.

use std::sync::atomic::{AtomicU8, Ordering};

/// Knows whether the calls of one function are so fast that reading the clock would be noticed.
///
/// Two readings of the clock cost four times as much as the rest of a span. That is nothing for a
/// function that takes microseconds, and most of the price of instrumentation for one that takes
/// nanoseconds. In flows that will most likely be dropped, the first calls of a function are timed,
/// and after them only those of slow functions.
#[derive(Debug)]
pub(crate) struct CallSpeed(AtomicU8);

impl CallSpeed {
    /// The number of fast calls in a row after which a function counts as fast.
    ///
    /// One slow call resets it: the function may have met its data for the first time, or its
    /// thread was interrupted.
    const FAST_CALLS: u8 = 16;

    /// A call of at least this many ticks is slow: 2 to 5 µs, of which two readings of the clock
    /// are about 1 %.
    const SLOW_TICKS: u64 = 8192;

    pub(super) const fn new() -> Self {
        Self(AtomicU8::new(0))
    }

    /// Returns whether the function is fast: its next call is not to be timed.
    #[inline]
    pub(crate) fn is_fast(&self) -> bool {
        self.0.load(Ordering::Relaxed) == Self::FAST_CALLS
    }

    /// Learns from a call that took `ticks`.
    #[inline]
    pub(crate) fn learn(&self, ticks: u64) {
        let known = self.0.load(Ordering::Relaxed);
        let now = if ticks >= Self::SLOW_TICKS { 0 } else { (known + 1).min(Self::FAST_CALLS) };
        if now != known {
            self.0.store(now, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_fast_after_many_fast_calls_in_a_row() {
        let speed = CallSpeed::new();
        let learn = |times, ticks| (0..times).for_each(|_| speed.learn(ticks));
        learn(CallSpeed::FAST_CALLS - 1, 100);
        learn(1, CallSpeed::SLOW_TICKS);
        learn(CallSpeed::FAST_CALLS - 1, 100);
        assert!(!speed.is_fast());
        learn(1, 100);
        assert!(speed.is_fast());
        // All calls of a kept flow are timed, so that a function that has become slow is noticed.
        learn(1, CallSpeed::SLOW_TICKS);
        assert!(!speed.is_fast());
    }
}
