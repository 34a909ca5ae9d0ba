//! When to try again ([OTLP, retryable responses]).
//!
//! A hiccup of the backend is waited out here, within half of the time that one request may take; an outage is for those to bridge
//! who keep the flows. They are told by [`Failure::retry`].
//!
//! [OTLP, retryable responses]: https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes

use std::hash::{BuildHasher as _, RandomState};
use std::time::{Duration, SystemTime};

use super::failure::Failure;

/// How often a request is sent at most.
const MAX_ATTEMPTS: u32 = 4;

/// The first pause; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// The longest time that a backend can ask for. Whoever wants to be left alone longer is asked again after that.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// How long to wait after so many attempts before the next; none where there shall be none.
///
/// What the backend asks for is obeyed, but no less than a first pause. One of our own is longer or shorter by up to a half, so
/// that those who failed together do not come back together.
pub(super) fn pause(failure: &Failure, attempts: u32) -> Option<Duration> {
    let passes_soon = matches!(failure, Failure::Busy { .. } | Failure::Broken(_));
    if !passes_soon || attempts >= MAX_ATTEMPTS {
        return None;
    }
    let own = || jittered(FIRST_PAUSE * 2_u32.pow(attempts.saturating_sub(1)));
    Some(failure.retry()?.after.map_or_else(own, |wish| wish.max(FIRST_PAUSE)))
}

fn jittered(pause: Duration) -> Duration {
    // The keys of a hash map are the random numbers that std has.
    let random = RandomState::new().hash_one(()) % 1_000;
    pause / 2 + pause.mul_f64(f64::from(u32::try_from(random).unwrap_or(0)) / 1_000.0)
}

/// The time that a `Retry-After` header asks for: seconds, or a date ([RFC 9110, 10.2.3]).
///
/// [RFC 9110, 10.2.3]: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
pub(super) fn retry_after(header: &str, now: SystemTime) -> Option<Duration> {
    let after = match header.trim().parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => httpdate::parse_http_date(header.trim()).ok()?.duration_since(now).unwrap_or_default(),
    };
    Some(after.min(LONGEST))
}

/// The time that a `google.rpc.RetryInfo` asks for: a `google.protobuf.Duration`.
pub(super) fn retry_delay(seconds: u64, nanos: u64) -> Duration {
    let nanos = u32::try_from(nanos).unwrap_or(0).min(999_999_999);
    // A negative number of seconds is a very large one here.
    let seconds = if seconds > i64::MAX as u64 { 0 } else { seconds };
    Duration::new(seconds, nanos).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn busy(after: Option<Duration>) -> Failure {
        Failure::Busy { status: "HTTP 503".to_owned(), after }
    }

    #[test]
    fn pauses_double_with_jitter_and_end() {
        for (attempts, least, most) in [(1, 125, 375), (2, 250, 750), (3, 500, 1_500)] {
            let pause = pause(&busy(None), attempts).unwrap().as_millis();
            assert!((least..most).contains(&pause), "{attempts}: {pause}");
        }
        assert_eq!(pause(&busy(None), MAX_ATTEMPTS), None);
        let pauses: Vec<_> = (0..20).map(|_| pause(&busy(None), 1)).collect();
        assert!(pauses.iter().any(|pause| *pause != pauses[0]), "{pauses:?}");
    }

    #[test]
    fn the_backends_own_wish_is_obeyed() {
        let wish = Some(Duration::from_secs(7));
        assert_eq!(pause(&busy(wish), 1), wish);
        assert_eq!(pause(&busy(Some(Duration::ZERO)), 1), Some(FIRST_PAUSE));
        assert_eq!(pause(&Failure::Refused("HTTP 400".to_owned()), 1), None);
        assert_eq!(pause(&Failure::NobodyListens, 1), None);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = httpdate::parse_http_date("Fri, 20 Nov 2026 08:00:00 GMT").unwrap();
        let wish = |header: &str| retry_after(header, now).map(|it| it.as_secs());
        assert_eq!(wish("120"), Some(120));
        assert_eq!(wish("Fri, 20 Nov 2026 08:00:30 GMT"), Some(30));
        assert_eq!(wish("Fri, 20 Nov 2026 07:00:00 GMT"), Some(0));
        assert_eq!(wish("18446744073709551615"), Some(LONGEST.as_secs()));
        assert_eq!([wish("soon"), wish("-1"), wish("")], [None; 3]);
        assert_eq!(retry_delay(3, 500_000_000), Duration::from_millis(3_500));
        assert_eq!(retry_delay(-1_i64 as u64, 0), Duration::ZERO);
        assert_eq!(retry_delay(u64::MAX >> 1, u64::MAX), LONGEST);
    }
}
