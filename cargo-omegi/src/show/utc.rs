//! Reads a time such as `2026-11-20T08:00:00.000000Z`.

/// Returns the nanoseconds since 1970; `None` if the text is no such time.
pub(super) fn nanoseconds(text: &str) -> Option<u64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let [year, month, day] = numbers(date, '-')?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let [hour, minute, second] = numbers(time, ':')?;
    let is_valid = (1970..2600).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second < 61;
    let is_fraction = (1..=9).contains(&fraction.len()) && fraction.bytes().all(|byte| byte.is_ascii_digit());
    if !is_valid || !is_fraction {
        return None;
    }
    let below: u64 = format!("{fraction:0<9}").parse().ok()?;
    let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    seconds.checked_mul(1_000_000_000)?.checked_add(below)
}

/// Returns the days of the civil calendar from 1970-01-01 on (Hinnant, `days_from_civil`).
const fn days_since_1970(year: u64, month: u64, day: u64) -> u64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year / 400, year % 400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn numbers(text: &str, separator: char) -> Option<[u64; 3]> {
    let numbers: Option<Vec<u64>> = text
        .split(separator)
        .map(|number| {
            let is_short = number.len() <= 4 && number.bytes().all(|byte| byte.is_ascii_digit());
            number.parse().ok().filter(|_| is_short)
        })
        .collect();
    numbers?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_nonsense_is_not() {
        assert_eq!(nanoseconds("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(nanoseconds("2026-11-20T08:00:00.000001Z"), Some(1_795_161_600_000_001_000));
        assert_eq!(nanoseconds("2024-02-29T23:59:59.5Z"), Some(1_709_251_199_500_000_000));
        for nonsense in ["", "Z", "2026-13-20T08:00:00Z", "2026-11-20T08:00Z", "2026-11-20T08:00:00.é000000Z"]
        {
            assert_eq!(nanoseconds(nonsense), None, "{nonsense}");
        }
    }
}
