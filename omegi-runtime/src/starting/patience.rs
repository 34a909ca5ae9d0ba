//! How long is waited in all, by whoever waits at the end of a program.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A time that several waits share. Without a lock: whoever waits may be stopped by a signal whose handler ends the program.
#[derive(Debug)]
pub(crate) struct Patience {
    whole: u64,
    /// In nanoseconds, as the whole.
    left: AtomicU64,
}

impl Patience {
    pub(crate) fn new(whole: Duration) -> Self {
        let whole = nanoseconds(whole);
        Self { whole, left: AtomicU64::new(whole) }
    }

    /// Waits by `wait`, which is told how much is left, and takes off what it took.
    pub(crate) fn spend<R>(&self, wait: impl FnOnce(Duration) -> R) -> R {
        let left = self.left.load(Ordering::Relaxed);
        let begun = Instant::now();
        let result = wait(Duration::from_nanos(left));
        self.left.store(left.saturating_sub(nanoseconds(begun.elapsed())), Ordering::Relaxed);
        result
    }

    /// What was waited for has come: the next wait is another one.
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
    fn what_one_wait_took_is_not_there_for_the_next_unless_it_was_not_in_vain() {
        let patience = Patience::new(Duration::from_secs(60));
        patience.spend(|left| {
            assert_eq!(left, Duration::from_secs(60));
            std::thread::sleep(Duration::from_millis(2));
        });
        patience.spend(|left| assert!(left <= Duration::from_millis(59_998)));
        patience.restore();
        patience.spend(|left| assert_eq!(left, Duration::from_secs(60)));
    }
}
