//! A time that several waits share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The time that all waits at the end of a program may take together.
///
/// It has no lock: a signal may stop a wait, and its handler may end the program.
#[derive(Debug)]
pub(crate) struct TimeBudget {
    /// In nanoseconds.
    whole: u64,
    /// In nanoseconds.
    left: AtomicU64,
}

impl TimeBudget {
    pub(crate) fn new(whole: Duration) -> Self {
        let whole = nanoseconds(whole);
        Self { whole, left: AtomicU64::new(whole) }
    }

    /// Calls `wait` with the time that is left, and subtracts the time that it took.
    pub(crate) fn spend<R>(&self, wait: impl FnOnce(Duration) -> R) -> R {
        let left = self.left.load(Ordering::Relaxed);
        let begun = Instant::now();
        let result = wait(Duration::from_nanos(left));
        self.left.store(left.saturating_sub(nanoseconds(begun.elapsed())), Ordering::Relaxed);
        result
    }

    /// Restores the whole time, after a wait that succeeded.
    pub(crate) fn restore(&self) {
        self.left.store(self.whole, Ordering::Relaxed);
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_shortens_the_next_one_until_the_budget_is_restored() {
        let budget = TimeBudget::new(Duration::from_secs(60));
        budget.spend(|left| {
            assert_eq!(left, Duration::from_secs(60));
            std::thread::sleep(Duration::from_millis(2));
        });
        budget.spend(|left| assert!(left <= Duration::from_millis(59_998)));
        budget.restore();
        budget.spend(|left| assert_eq!(left, Duration::from_secs(60)));
    }
}
