//! How long to wait before what failed is tried again.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::Duration;

/// After the first failure. This and the factor are what OpenTelemetry's SDKs use for OTLP.
const FIRST: Duration = Duration::from_secs(1);

/// After many.
const LONGEST: Duration = Duration::from_secs(30);

/// A backend that names a shorter time, or one that is past, is asked no sooner: nothing would hold that back.
const LEAST: Duration = Duration::from_millis(250);

/// A backend that names a longer time is asked again all the same: it may have been told something foolish.
const PATIENCE: Duration = Duration::from_secs(300);

/// Exponential backoff with jitter, as [OTLP's specification](https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes)
/// asks for.
#[derive(Debug)]
pub(crate) struct Backoff {
    next: Duration,
}

impl Backoff {
    pub(crate) const fn new() -> Self {
        Self { next: FIRST }
    }

    /// Something failed: how long to wait, by what the backend says, or 1 s and then half as much again each time, up to
    /// 30 s; each a fifth longer or shorter by chance, so that not all clients come back at once.
    pub(crate) fn failed(&mut self, told: Option<Duration>) -> Duration {
        let own = self.next;
        self.next = (own * 3 / 2).min(LONGEST);
        match told {
            Some(wait) => wait.clamp(LEAST, PATIENCE),
            None => own.mul_f64(0.8 + 0.4 * chance()),
        }
    }

    /// It works again.
    pub(crate) fn worked(&mut self) {
        self.next = FIRST;
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

    /// A wait within a fifth of this many milliseconds.
    fn about(wait: Duration, milliseconds: u64) -> bool {
        (wait.as_secs_f64() * 1000.0 / milliseconds as f64 - 1.0).abs() <= 0.2001
    }

    #[test]
    fn waits_grow_up_to_a_bound_and_begin_again_when_it_works() {
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
    fn what_the_backend_says_holds_within_reason() {
        let mut backoff = Backoff::new();
        assert_eq!(backoff.failed(Some(Duration::from_secs(7))), Duration::from_secs(7));
        assert_eq!(backoff.failed(Some(Duration::ZERO)), LEAST);
        assert_eq!(backoff.failed(Some(Duration::from_secs(1 << 40))), PATIENCE);
    }

    #[test]
    fn chance_varies() {
        let drawn: Vec<f64> = (0..100).map(|_| chance()).collect();
        assert!(drawn.iter().all(|it| (0.0..=1.0).contains(it)));
        assert!(drawn.iter().any(|it| *it != drawn[0]));
    }
}
