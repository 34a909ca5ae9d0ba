//! Dates and times of day in UTC.

use std::fmt;

const SECONDS_OF_A_DAY: u64 = 24 * 60 * 60;

/// A moment, displayed as RFC 3339 with microseconds: `2026-11-20T08:00:00.001235Z`.
///
/// Nanoseconds are rounded to the nearest microsecond, as Python's `datetime.fromtimestamp` does.
pub(crate) struct Utc {
    /// Nanoseconds since the Unix epoch.
    pub(crate) unix_ns: u64,
}

impl fmt::Display for Utc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.unix_ns.saturating_add(500) / 1_000;
        write_seconds(f, micros / 1_000_000, 'T')?;
        write!(f, ".{:06}Z", micros % 1_000_000)
    }
}

/// A moment, displayed in the form of Omegi's collect server, cut to the millisecond: `2026-11-20
/// 08:00:00.001`.
#[cfg(feature = "kafka")]
pub(super) struct UtcMillis {
    /// Nanoseconds since the Unix epoch.
    pub(super) unix_ns: u64,
}

#[cfg(feature = "kafka")]
impl fmt::Display for UtcMillis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.unix_ns / 1_000_000;
        write_seconds(f, millis / 1_000, ' ')?;
        write!(f, ".{:03}", millis % 1_000)
    }
}

/// Writes the date and time of day of a second since 1970.
fn write_seconds(f: &mut fmt::Formatter<'_>, seconds: u64, separator: char) -> fmt::Result {
    let (year, month, day) = date(seconds / SECONDS_OF_A_DAY);
    let time = seconds % SECONDS_OF_A_DAY;
    let (hour, minute, second) = (time / 3_600, time / 60 % 60, time % 60);
    write!(f, "{year:04}-{month:02}-{day:02}{separator}{hour:02}:{minute:02}:{second:02}")
}

/// The year, month and day of a day since 1970-01-01.
///
/// Counts years from March, so that the leap day is the last of a year; 146,097 days are 400 years
/// (Howard Hinnant: *chrono-Compatible Low-Level Date Algorithms*, `civil_from_days`).
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(unix_ns: u64) -> String {
        Utc { unix_ns }.to_string()
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(shown(0), "1970-01-01T00:00:00.000000Z");
        assert_eq!(shown(951_782_400_000_000_000), "2000-02-29T00:00:00.000000Z");
        assert_eq!(shown(4_107_542_399_000_000_000), "2100-02-28T23:59:59.000000Z");
        assert_eq!(shown(4_107_542_400_000_000_000), "2100-03-01T00:00:00.000000Z");
        assert_eq!(shown(u64::MAX), "2554-07-21T23:34:33.709551Z");
    }

    #[test]
    fn nanoseconds_are_rounded_to_microseconds() {
        assert_eq!(shown(1_795_161_600_001_234_567), "2026-11-20T08:00:00.001235Z");
        assert_eq!(shown(1_795_161_599_999_999_500), "2026-11-20T08:00:00.000000Z");
    }

    #[cfg(feature = "kafka")]
    #[test]
    fn milliseconds_are_cut_and_stand_behind_a_blank() {
        let shown = |unix_ns| UtcMillis { unix_ns }.to_string();
        assert_eq!(shown(1_795_161_600_001_999_999), "2026-11-20 08:00:00.001");
        assert_eq!(shown(1_795_161_599_999_999_999), "2026-11-20 07:59:59.999");
    }
}
