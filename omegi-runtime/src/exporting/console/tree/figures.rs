//! Durations and counts for people.

/// A duration with three digits, in the unit that fits: `7ns`, `1.25µs`, `12.5ms`, `3.10s`,
/// `4,210s`.
pub(super) fn duration(ns: u64) -> String {
    if ns < 1_000 {
        return format!("{ns}ns");
    }
    let in_unit = |(unit, name): (f64, &'static str)| (ns as f64 / unit, name);
    let seconds = in_unit((1e9, "s"));
    let (value, unit) = [(1e3, "µs"), (1e6, "ms")]
        .map(in_unit)
        .into_iter()
        .find(|(value, _)| *value < 999.5)
        .unwrap_or(seconds);
    match value {
        ..9.995 => format!("{value:.2}{unit}"),
        ..99.95 => format!("{value:.1}{unit}"),
        ..999.5 => format!("{value:.0}{unit}"),
        _ => format!("{}{unit}", count(value.round() as u64)),
    }
}

/// A number with separated thousands: `9,967,233`.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// A count of something: `1 error`, `12 errors`.
pub(super) fn counted(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", count(number), if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_three_digits() {
        let shown = [0, 7, 999, 1_250, 9_994, 9_995, 12_500, 999_499, 999_500, 12_500_000, 3_100_000_000]
            .map(duration);
        let expected = [
            "0ns", "7ns", "999ns", "1.25µs", "9.99µs", "10.0µs", "12.5µs", "999µs", "1.00ms", "12.5ms",
            "3.10s",
        ];
        assert_eq!(shown, expected);
        assert_eq!(duration(4_210_000_000_000), "4,210s");
    }

    #[test]
    fn counts_are_set_apart_by_thousands() {
        assert_eq!([0, 999, 1_204, 9_967_233].map(count), ["0", "999", "1,204", "9,967,233"]);
        assert_eq!([1, 12].map(|number| counted(number, "error")), ["1 error", "12 errors"]);
    }
}
