//! The speed of a function's calls.

use std::sync::atomic::{AtomicU8, AtomicU16, Ordering};

/// Knows whether the calls of one function are so fast that reading the clock would be noticed.
///
/// Two readings of the clock cost four times as much as the rest of a span. That is nothing for a
/// function that takes microseconds, and most of the price of instrumentation for one that takes
/// nanoseconds. In flows that will most likely be dropped, the first calls of a function are timed,
/// and after them only those of slow functions.
#[derive(Debug)]
pub(crate) struct CallSpeed {
    /// The number of fast calls in a row, up to [`FAST_CALLS`](Self::FAST_CALLS).
    fast_calls: AtomicU8,
    /// The usual ticks of a fast call: an average in which the latest of these calls count most.
    usual: AtomicU16,
}

impl CallSpeed {
    /// The number of fast calls in a row after which a function counts as fast.
    ///
    /// One slow call resets it: the function may have met its data for the first time, or its
    /// thread was interrupted.
    const FAST_CALLS: u8 = 16;

    /// A call of at least this many ticks is slow: 2 to 5 µs, of which two readings of the clock
    /// are about 1 %.
    pub(crate) const SLOW_TICKS: u64 = 8192;

    pub(super) const fn new() -> Self {
        Self { fast_calls: AtomicU8::new(0), usual: AtomicU16::new(0) }
    }

    /// Returns whether the function is fast: its next call is not to be timed.
    #[inline]
    pub(crate) fn is_fast(&self) -> bool {
        self.fast_calls.load(Ordering::Relaxed) == Self::FAST_CALLS
    }

    /// Returns the usual ticks of a fast call, below [`SLOW_TICKS`](Self::SLOW_TICKS); 0 if there
    /// was none.
    pub(crate) fn usual_ticks(&self) -> u64 {
        u64::from(self.usual.load(Ordering::Relaxed))
    }

    /// Learns from a call that took `ticks`.
    #[expect(clippy::cast_possible_truncation, reason = "a fast call has fewer than 2^16 ticks")]
    #[inline]
    pub(crate) fn learn(&self, ticks: u64) {
        let known = self.fast_calls.load(Ordering::Relaxed);
        if ticks >= Self::SLOW_TICKS {
            if known != 0 {
                self.fast_calls.store(0, Ordering::Relaxed);
            }
        } else if known < Self::FAST_CALLS {
            // No call of a function here: the end of a span would save registers for it.
            let usual = self.usual.load(Ordering::Relaxed);
            let latest = ticks as u16;
            let next = if known == 0 { latest } else { usual - usual / 4 + latest / 4 };
            self.usual.store(next, Ordering::Relaxed);
            self.fast_calls.store(known + 1, Ordering::Relaxed);
        }
    }

    /// Learns from a call that took `ticks` or longer.
    pub(crate) fn learn_at_least(&self, ticks: u64) {
        if ticks >= Self::SLOW_TICKS {
            self.learn(ticks);
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

    #[test]
    fn the_usual_time_is_that_of_the_latest_fast_calls_and_never_slow() {
        let speed = CallSpeed::new();
        assert_eq!(speed.usual_ticks(), 0);
        (0..4).for_each(|_| speed.learn(CallSpeed::SLOW_TICKS - 1));
        assert!(speed.usual_ticks() < CallSpeed::SLOW_TICKS);
        speed.learn(CallSpeed::SLOW_TICKS);
        speed.learn(5_000);
        (0..CallSpeed::FAST_CALLS).for_each(|_| speed.learn(100));
        assert!((90..300).contains(&speed.usual_ticks()), "{}", speed.usual_ticks());
    }

    #[test]
    fn a_call_that_took_at_least_so_long_is_learned_from_if_it_is_slow() {
        let speed = CallSpeed::new();
        (0..CallSpeed::FAST_CALLS).for_each(|_| speed.learn(100));
        speed.learn_at_least(1);
        assert!(speed.is_fast());
        speed.learn_at_least(CallSpeed::SLOW_TICKS);
        assert!(!speed.is_fast());
    }
}
