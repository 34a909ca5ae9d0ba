//! The pause before the next attempt after a failed export.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::Duration;

/// The pause after the first failure. OpenTelemetry's Java SDK uses it and the factor for OTLP.
const INITIAL: Duration = Duration::from_secs(1);

/// The longest pause, unless the backend asks for a longer one.
const MAX: Duration = Duration::from_secs(30);

/// The shortest pause that a backend can ask for: otherwise attempts would follow each other at
/// once.
const MIN_REQUESTED: Duration = Duration::from_millis(250);

/// The longest pause that a backend can ask for, in case it asks for an unreasonable one.
const MAX_REQUESTED: Duration = Duration::from_secs(300);

/// Exponential backoff with jitter, as [OTLP's
/// specification](https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes) demands.
#[derive(Debug)]
pub(crate) struct Backoff {
    next: Duration,
}

impl Backoff {
    pub(crate) const fn new() -> Self {
        Self { next: INITIAL }
    }

    /// Returns the pause after a failure: the pause that the backend asks for, else a growing one.
    ///
    /// The first growing pause is 1 s, and each is 1.5 times the last, up to 30 s. It is up to a
    /// fifth longer or shorter by chance, so that not all clients return at once.
    pub(crate) fn failed(&mut self, requested: Option<Duration>) -> Duration {
        let own = self.next;
        self.next = (own * 3 / 2).min(MAX);
        match requested {
            Some(wait) => wait.clamp(MIN_REQUESTED, MAX_REQUESTED),
            None => own.mul_f64(0.8 + 0.4 * chance()),
        }
    }

    /// Notes a success.
    pub(crate) fn worked(&mut self) {
        self.next = INITIAL;
    }
}

/// A number between 0 and 1, from the randomness that std seeds its maps with.
fn chance() -> f64 {
    let drawn = RandomState::new().build_hasher().finish();
    f64::from(u32::try_from(drawn >> 32).unwrap_or(0)) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns whether the pause is within a fifth of this many milliseconds.
    fn about(wait: Duration, milliseconds: u64) -> bool {
        (wait.as_secs_f64() * 1000.0 / milliseconds as f64 - 1.0).abs() <= 0.2001
    }

    #[test]
    fn pauses_grow_to_a_bound_and_start_again_after_a_success() {
        let mut backoff = Backoff::new();
        for expected in [1000, 1500, 2250, 3375] {
            let wait = backoff.failed(None);
            assert!(about(wait, expected), "{wait:?} is not about {expected} ms");
        }
        for _ in 0..20 {
            backoff.failed(None);
        }
        assert!(about(backoff.failed(None), 30_000));
        backoff.worked();
        assert!(about(backoff.failed(None), 1000));
    }

    #[test]
    fn a_requested_pause_is_clamped() {
        let mut backoff = Backoff::new();
        assert_eq!(backoff.failed(Some(Duration::from_secs(7))), Duration::from_secs(7));
        assert_eq!(backoff.failed(Some(Duration::ZERO)), MIN_REQUESTED);
        assert_eq!(backoff.failed(Some(Duration::from_secs(1 << 40))), MAX_REQUESTED);
    }

    #[test]
    fn chance_varies() {
        let drawn: Vec<f64> = (0..100).map(|_| chance()).collect();
        assert!(drawn.iter().all(|it| (0.0..=1.0).contains(it)));
        assert!(drawn.iter().any(|it| *it != drawn[0]));
    }
}
