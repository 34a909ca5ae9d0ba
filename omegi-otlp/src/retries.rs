//! The pauses between attempts ([OTLP, retryable responses]).
//!
//! The client waits out a short fault of the backend, within half of the time that one request may
//! take. Longer outages are for the caller, who reads [`SendError::is_temporary`] and
//! [`SendError::retry_after`].
//!
//! [OTLP, retryable responses]: https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes

use std::hash::{BuildHasher as _, RandomState};
use std::time::{Duration, SystemTime};

use crate::send_error::SendError;

/// The largest number of attempts.
const MAX_ATTEMPTS: u32 = 4;

/// The first pause; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// The longest delay that a backend can ask for. Longer ones are cut to this.
const LONGEST_DELAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Returns the pause after so many attempts; nothing if no further attempt is due.
///
/// Obeys the delay that the backend asks for, but waits a first pause at least. Other pauses vary
/// by half of their length either way, so that clients that failed together do not come back
/// together.
pub(crate) fn pause(error: &SendError, attempts: u32) -> Option<Duration> {
    let is_short = matches!(error, SendError::Busy { .. } | SendError::ConnectionBroken(_));
    if !is_short || attempts >= MAX_ATTEMPTS {
        return None;
    }
    let growing = || jittered(FIRST_PAUSE * 2_u32.pow(attempts.saturating_sub(1)));
    Some(error.retry_after().map_or_else(growing, |delay| delay.max(FIRST_PAUSE)))
}

fn jittered(pause: Duration) -> Duration {
    // std's only random numbers are the keys of its hash maps.
    let random = RandomState::new().hash_one(()) % 1_000;
    pause / 2 + pause.mul_f64(f64::from(u32::try_from(random).unwrap_or(0)) / 1_000.0)
}

/// Returns the delay of a `Retry-After` header: seconds, or a date ([RFC 9110, 10.2.3]).
///
/// [RFC 9110, 10.2.3]: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
pub(crate) fn header_delay(header: &str, now: SystemTime) -> Option<Duration> {
    let delay = match header.trim().parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => httpdate::parse_http_date(header.trim()).ok()?.duration_since(now).unwrap_or_default(),
    };
    Some(delay.min(LONGEST_DELAY))
}

/// Returns the delay of a `google.rpc.RetryInfo`: a `google.protobuf.Duration`.
pub(crate) fn retry_info_delay(seconds: u64, nanos: u64) -> Duration {
    let nanos = u32::try_from(nanos).unwrap_or(0).min(999_999_999);
    // The wire format writes a negative number of seconds as a very large one.
    let seconds = if seconds > i64::MAX as u64 { 0 } else { seconds };
    Duration::new(seconds, nanos).min(LONGEST_DELAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn busy(retry_after: Option<Duration>) -> SendError {
        SendError::Busy { status: "HTTP 503".to_owned(), retry_after }
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
    fn the_delay_that_a_backend_asks_for_is_obeyed() {
        let delay = Some(Duration::from_secs(7));
        assert_eq!(pause(&busy(delay), 1), delay);
        assert_eq!(pause(&busy(Some(Duration::ZERO)), 1), Some(FIRST_PAUSE));
        assert_eq!(pause(&SendError::Refused("HTTP 400".to_owned()), 1), None);
        assert_eq!(pause(&SendError::ConnectionRefused, 1), None);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = httpdate::parse_http_date("Fri, 20 Nov 2026 08:00:00 GMT").unwrap();
        let delay = |header: &str| header_delay(header, now).map(|it| it.as_secs());
        assert_eq!(delay("120"), Some(120));
        assert_eq!(delay("Fri, 20 Nov 2026 08:00:30 GMT"), Some(30));
        assert_eq!(delay("Fri, 20 Nov 2026 07:00:00 GMT"), Some(0));
        assert_eq!(delay("18446744073709551615"), Some(LONGEST_DELAY.as_secs()));
        assert_eq!([delay("soon"), delay("-1"), delay("")], [None; 3]);
    }

    #[test]
    fn retry_info_is_a_duration() {
        assert_eq!(retry_info_delay(3, 500_000_000), Duration::from_millis(3_500));
        assert_eq!(retry_info_delay(-1_i64 as u64, 0), Duration::ZERO);
        assert_eq!(retry_info_delay(u64::MAX >> 1, u64::MAX), LONGEST_DELAY);
    }
}
