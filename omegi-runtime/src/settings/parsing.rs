//! Numbers, times, sizes and paths from text.

use std::ffi::OsStr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use super::parsed::Reason;

/// The timeout that stands for *no limit*: 2³² − 1 ms, some fifty days.
///
/// Shorter than [`Duration::MAX`], so that adding it to an `Instant` cannot overflow.
/// OpenTelemetry's specification names this very number.
pub(crate) const NO_LIMIT: Duration = Duration::from_millis(u32::MAX as u64);

/// The smallest bound that leaves room for a few flows, in bytes.
const LEAST_BOUND: u64 = 1 << 20;

/// Reads a number of digits only, within `range`.
pub(super) fn whole_number(text: &str, range: RangeInclusive<u64>) -> Result<u64, Reason> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("is not a whole number (0, 1, 2 …)".into());
    }
    let number = text.parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| format!("is not between {} and {}", range.start(), range.end()).into())
}

/// Reads a number of things that are kept in memory, of at least `least`.
pub(super) fn count(text: &str, least: u64) -> Result<usize, Reason> {
    // The specification's range. It fits into a `usize` on every target that std supports.
    whole_number(text, least..=i32::MAX as u64).map(|number| number as usize)
}

/// Reads a time in milliseconds.
pub(super) fn milliseconds(text: &str) -> Result<Duration, Reason> {
    whole_number(text, 0..=u64::from(u32::MAX)).map(Duration::from_millis)
}

/// Reads a time with its unit: `10s`, `500ms`, `2m`, `1h`, or `0`.
pub(super) fn duration(text: &str) -> Result<Duration, Reason> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number = number.parse::<u64>().ok().filter(|number| *number <= u64::from(u32::MAX));
    let milliseconds = match (number, unit.trim_start()) {
        (Some(0), "") => Some(0),
        (Some(number), "ms") => Some(number),
        (Some(number), "s") => Some(number * 1_000),
        (Some(number), "m") => Some(number * 60_000),
        (Some(number), "h") => Some(number * 3_600_000),
        _ => None,
    };
    milliseconds.map(Duration::from_millis).ok_or("is not a time such as 10s, 500ms, 2m or 1h".into())
}

/// Returns `time` as variables hold it: in whole milliseconds, up to their maximum.
pub(super) fn whole_milliseconds(time: Duration) -> Duration {
    Duration::from_millis(time.as_millis().try_into().unwrap_or(u64::MAX)).min(NO_LIMIT)
}

/// Returns the same for a timeout, of which `0` is [`NO_LIMIT`].
pub(super) fn timeout(time: Duration) -> Duration {
    let time = whole_milliseconds(time);
    if time.is_zero() { NO_LIMIT } else { time }
}

/// Reads a size in bytes: `64MiB`, `1GiB`, `500kB`, `8 MiB`, `67108864`.
pub(super) fn size(text: &str) -> Result<u64, Reason> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let size = number.parse::<u64>().ok().zip(bytes_in(unit.trim_start()));
    let (number, factor) = size.ok_or("is not a size such as 64MiB, 1GiB, 500kB or 67108864")?;
    number.checked_mul(factor).ok_or("is more than this machine can address".into())
}

/// Reads any path: of UTF-8 text, or of a text of the system.
pub(super) fn path<T: AsRef<OsStr> + ?Sized>(raw: &T) -> Result<PathBuf, Reason> {
    Ok(raw.into())
}

/// Reads the size of something that is kept in memory, in bytes.
pub(super) fn memory(text: &str) -> Result<usize, Reason> {
    usize::try_from(size(text)?).map_err(|_| "is more than this machine can address".into())
}

/// Checks a bound in bytes: below 1 MiB no flow may have room.
pub(super) fn bound(bytes: u64) -> Result<(), Reason> {
    if bytes < LEAST_BOUND {
        Err("is less than 1MiB, the least that omegi works with".into())
    } else {
        Ok(())
    }
}

fn bytes_in(unit: &str) -> Option<u64> {
    let factor = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return None,
    };
    Some(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_digits_within_their_range() {
        assert_eq!(whole_number("007", 0..=7), Ok(7));
        for text in ["", "-1", "+1", "1.0", "1e3", " 1", "٣", "0x10"] {
            assert_eq!(whole_number(text, 0..=7), Err("is not a whole number (0, 1, 2 …)".into()), "{text}");
        }
        for text in ["8", "99999999999999999999999999"] {
            assert_eq!(whole_number(text, 0..=7), Err("is not between 0 and 7".into()), "{text}");
        }
    }

    #[test]
    fn a_timeout_of_zero_is_no_limit_and_can_be_added_to_an_instant() {
        assert_eq!(timeout(Duration::ZERO), NO_LIMIT);
        assert_eq!(timeout(Duration::from_micros(999)), NO_LIMIT);
        assert_eq!(timeout(Duration::from_micros(1_001)), Duration::from_millis(1));
        assert_eq!(timeout(Duration::MAX), NO_LIMIT);
        assert_eq!(milliseconds("0"), Ok(Duration::ZERO));
        assert!(std::time::Instant::now().checked_add(NO_LIMIT).is_some());
    }

    #[test]
    fn durations_have_units() {
        for (text, ms) in [("10s", 10_000), ("500ms", 500), ("2 m", 120_000), ("1h", 3_600_000), ("0", 0)] {
            assert_eq!(duration(text), Ok(Duration::from_millis(ms)), "{text}");
        }
        for text in ["", "10", "s", "-1s", "1.5s", "10 days", "99999999999s"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_have_decimal_and_binary_units() {
        for (text, bytes) in [
            ("1048576", 1 << 20),
            ("1048576B", 1 << 20),
            ("64MiB", 64 << 20),
            ("64 mib", 64 << 20),
            ("2048KiB", 2 << 20),
            ("5000kB", 5_000_000),
            ("3MB", 3_000_000),
            ("1GiB", 1 << 30),
            ("1GB", 1_000_000_000),
        ] {
            assert_eq!(memory(text), Ok(bytes), "{text}");
        }
        for text in ["", "MiB", "64M", "64MiBs", "1.5GiB", "-1MiB", "99999999999999999999", "64\nmonkeys"] {
            assert!(memory(text).is_err_and(|it| it.text.starts_with("is not a size")), "{text}");
        }
        assert!(memory("18446744073709551615GiB").is_err_and(|it| it.text.starts_with("is more than")));
        assert!(bound(1_000_000).is_err_and(|it| it.text.starts_with("is less than 1MiB")));
        assert_eq!(bound(1 << 20), Ok(()));
    }
}
