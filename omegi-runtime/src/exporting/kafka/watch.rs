//! How long an export waits.

use std::time::{Duration, Instant};

/// How long an export waits when it meets trouble: it may pass at once, as where another broker has to be asked. What takes longer
/// is waited for where flows wait; a program that ends is not to be held up by it.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long an export waits that begins in trouble which another one has met.
const LITTLE_PATIENCE: Duration = Duration::from_millis(250);

/// The first pause: about what a broker nearby takes.
const SHORTEST: Duration = Duration::from_millis(1);

/// librdkafka wakes whoever polls it when it has something to say, but polling lasts its whole time.
const LONGEST: Duration = Duration::from_millis(50);

/// How long an export has waited, and how long it waits next.
pub(super) struct Watch {
    begun: Instant,
    timeout: Duration,
    patience: Duration,
    pause: Duration,
}

impl Watch {
    /// An export that begins now, maybe in trouble, and takes this long at most.
    pub(super) fn start(timeout: Duration, is_in_trouble: bool) -> Self {
        let patience = if is_in_trouble { LITTLE_PATIENCE } else { PATIENCE };
        Self { begun: Instant::now(), timeout, patience: patience.min(timeout), pause: SHORTEST }
    }

    /// Pauses are short again.
    pub(super) fn rest(&mut self) {
        self.pause = SHORTEST;
    }

    /// The next pause, each longer than the one before.
    pub(super) fn next_pause(&mut self) -> Duration {
        let pause = self.pause;
        self.pause = (pause * 2).min(LONGEST);
        pause.min(self.timeout)
    }

    /// Whether it has waited long enough.
    pub(super) fn is_over(&self, is_in_trouble: bool) -> bool {
        let limit = if is_in_trouble { self.patience } else { self.timeout };
        self.begun.elapsed() >= limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_makes_it_shorter_and_never_longer() {
        let over = |waited_ms, timeout, began_in_trouble| {
            let begun = Instant::now().checked_sub(Duration::from_millis(waited_ms)).unwrap();
            let watch = Watch { begun, ..Watch::start(timeout, began_in_trouble) };
            (watch.is_over(false), watch.is_over(true))
        };
        assert_eq!(over(1_500, Duration::MAX, false), (false, true));
        assert_eq!(over(500, Duration::MAX, false), (false, false));
        assert_eq!(over(500, Duration::MAX, true), (false, true));
        assert_eq!(over(500, Duration::from_millis(100), true), (true, true));
    }

    #[test]
    fn pauses_grow_up_to_a_limit() {
        let mut watch = Watch::start(Duration::MAX, false);
        let pauses: Vec<_> = (0..8).map(|_| watch.next_pause().as_millis()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 50, 50]);
    }
}
