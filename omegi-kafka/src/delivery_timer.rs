//! The time that a delivery waits.

use std::time::{Duration, Instant};

/// The wait of a delivery that meets trouble, such as a broker that has to be asked for another.
/// Longer trouble is for the caller's queue: it must not hold up the end of a program.
const WAIT_IN_TROUBLE: Duration = Duration::from_secs(1);

/// The wait of a delivery that begins in the trouble of an earlier one.
const WAIT_IN_KNOWN_TROUBLE: Duration = Duration::from_millis(250);

/// The first pause: about the answer time of a near broker.
const SHORTEST_PAUSE: Duration = Duration::from_millis(1);

/// The longest pause. Polling returns no earlier, although librdkafka wakes it.
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

/// The time that a delivery may wait, and its next pause.
pub(crate) struct DeliveryTimer {
    begun: Instant,
    timeout: Duration,
    timeout_in_trouble: Duration,
    pause: Duration,
}

impl DeliveryTimer {
    /// Returns the timer of a delivery that begins now, and may be in trouble already.
    pub(crate) fn start(timeout: Duration, is_in_trouble: bool) -> Self {
        let wait = if is_in_trouble { WAIT_IN_KNOWN_TROUBLE } else { WAIT_IN_TROUBLE };
        Self { begun: Instant::now(), timeout, timeout_in_trouble: wait.min(timeout), pause: SHORTEST_PAUSE }
    }

    /// Makes pauses short again.
    pub(crate) fn reset_pause(&mut self) {
        self.pause = SHORTEST_PAUSE;
    }

    /// Returns the next pause. Each is longer than the one before.
    pub(crate) fn next_pause(&mut self) -> Duration {
        let pause = self.pause;
        self.pause = (pause * 2).min(LONGEST_PAUSE);
        pause.min(self.timeout)
    }

    /// Returns whether the time is up.
    pub(crate) fn is_spent(&self, is_in_trouble: bool) -> bool {
        let limit = if is_in_trouble { self.timeout_in_trouble } else { self.timeout };
        self.begun.elapsed() >= limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_makes_the_wait_shorter_and_never_longer() {
        let spent = |waited_ms, timeout, began_in_trouble| {
            let begun = Instant::now().checked_sub(Duration::from_millis(waited_ms)).unwrap();
            let timer = DeliveryTimer { begun, ..DeliveryTimer::start(timeout, began_in_trouble) };
            (timer.is_spent(false), timer.is_spent(true))
        };
        assert_eq!(spent(1_500, Duration::MAX, false), (false, true));
        assert_eq!(spent(500, Duration::MAX, false), (false, false));
        assert_eq!(spent(500, Duration::MAX, true), (false, true));
        assert_eq!(spent(500, Duration::from_millis(100), true), (true, true));
    }

    #[test]
    fn pauses_grow_up_to_a_limit() {
        let mut timer = DeliveryTimer::start(Duration::MAX, false);
        let pauses: Vec<_> = (0..8).map(|_| timer.next_pause().as_millis()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 50, 50]);
    }
}
