//! Text to single values: truth values, numbers, times, sizes, words.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::problem::Complaint;
use super::rejection::Objection;
use super::suggestion::nearest;

/// What *no limit* means for a timeout: 2³² − 1 ms, some fifty days.
///
/// A very long time rather than [`Duration::MAX`], so that adding it to an `Instant` cannot overflow;
/// OpenTelemetry's specification names this very number.
pub(crate) const NO_LIMIT: Duration = Duration::from_millis(u32::MAX as u64);

/// The least that recording can do anything useful with, in bytes.
const LEAST_MEMORY: u64 = 1 << 20;

/// `true` or `false`, in any case: OpenTelemetry forbids to take anything else for true.
pub(super) fn boolean(text: &str) -> Result<bool, Complaint> {
    one_of(&[("true", Ok(true)), ("false", Ok(false))], text)
}

/// A number made of digits only, within `range`.
pub(super) fn whole_number(text: &str, range: RangeInclusive<u64>) -> Result<u64, Complaint> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("is not a whole number (0, 1, 2 …)".into());
    }
    let number = text.parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| format!("is not between {} and {}", range.start(), range.end()).into())
}

/// A number of things that are kept in memory.
pub(super) fn count(text: &str, least: u64) -> Result<usize, Complaint> {
    // What OpenTelemetry's specification asks for; it fits into a `usize` on every target that std supports.
    whole_number(text, least..=i32::MAX as u64).map(|number| number as usize)
}

/// A time in milliseconds.
pub(super) fn milliseconds(text: &str) -> Result<Duration, Complaint> {
    whole_number(text, 0..=u64::from(u32::MAX)).map(Duration::from_millis)
}

/// A time in milliseconds after which something is given up; `0` is [`NO_LIMIT`].
pub(super) fn timeout(text: &str) -> Result<Duration, Complaint> {
    milliseconds(text).map(|limit| if limit.is_zero() { NO_LIMIT } else { limit })
}

/// A size in bytes: `64MiB`, `1GiB`, `500kB`, `8 MiB`, `67108864`.
pub(super) fn size(text: &str) -> Result<u64, Complaint> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let size = number.parse::<u64>().ok().zip(bytes_in(unit.trim_start()));
    let (number, factor) = size.ok_or("is not a size such as 64MiB, 1GiB, 500kB or 67108864")?;
    number.checked_mul(factor).ok_or("is more than this machine can address".into())
}

/// A size of what is kept in memory.
pub(super) fn memory(text: &str) -> Result<usize, Complaint> {
    let bytes = size(text)?;
    if bytes < LEAST_MEMORY {
        return Err("is less than 1MiB, the least that omegi works with".into());
    }
    usize::try_from(bytes).map_err(|_| "is more than this machine can address".into())
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

/// A word and what it means: a value, or why this version cannot do what it asks for.
pub(super) type Word<T> = (&'static str, Result<T, &'static str>);

/// One of `words`, in any case.
pub(super) fn one_of<T: Copy>(words: &[Word<T>], text: &str) -> Result<T, Complaint> {
    match words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)) {
        Some((_, meaning)) => meaning.map_err(|why| format!("cannot be used: {why}").into()),
        None => Err(unknown_word(words, text)),
    }
}

fn unknown_word<T>(words: &[Word<T>], text: &str) -> Complaint {
    let usable = || words.iter().filter(|(_, meaning)| meaning.is_ok()).map(|(word, _)| *word);
    let expected = usable().collect::<Vec<_>>().join(", ");
    match nearest(text, usable()) {
        None => format!("is not one of {expected}").into(),
        Some(word) => format!("is not one of {expected} (did you mean {word}?)").into(),
    }
}

/// A comma list: the pieces that `parse` can use, if there is one, and objections to the others.
///
/// Blanks around a piece and pieces of nothing, such as a comma at the end makes, are skipped.
pub(super) fn comma_list<T>(
    text: &str,
    parse: impl Fn(&str) -> Result<T, Complaint>,
) -> (Option<Vec<T>>, Vec<Objection>) {
    let mut values = Vec::new();
    let mut objections = Vec::new();
    for piece in pieces(text) {
        match parse(piece) {
            Ok(value) => values.push(value),
            Err(complaint) => objections.push(Objection::to_piece(piece, complaint)),
        }
    }
    ((!values.is_empty()).then_some(values), objections)
}

/// A comma list of things that each are wanted once, or the word for *none of them*.
///
/// `parse` reads a word, and gives nothing for that one; `things` is what the words stand for.
pub(super) fn set<T: Copy + PartialEq>(
    text: &str,
    things: &str,
    parse: impl Fn(&str) -> Result<Option<T>, Complaint>,
) -> (Option<Vec<T>>, Vec<Objection>) {
    let (words, mut objections) = comma_list(text, parse);
    let mut wanted = Vec::new();
    for thing in words.iter().flatten().flatten() {
        if !wanted.contains(thing) {
            wanted.push(*thing);
        }
    }
    if !wanted.is_empty() && words.iter().flatten().any(Option::is_none) {
        let complaint = format!("contradicts the other {things} in the list");
        objections.push(Objection::to_piece("none", complaint));
    }
    (words.map(|_| wanted), objections)
}

/// The words of a [`set`], as one would have to write it.
pub(super) fn listed(words: impl Iterator<Item = &'static str>) -> String {
    let words: Vec<_> = words.collect();
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}

/// The pieces of a comma list.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|piece| !piece.is_empty())
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
        assert_eq!(timeout("0"), Ok(NO_LIMIT));
        assert_eq!(timeout("1"), Ok(Duration::from_millis(1)));
        assert_eq!(milliseconds("0"), Ok(Duration::ZERO));
        assert!(std::time::Instant::now().checked_add(NO_LIMIT).is_some());
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
            assert!(memory(text).is_err_and(|it| it.starts_with("is not a size")), "{text}");
        }
        assert!(memory("18446744073709551615GiB").is_err_and(|it| it.starts_with("is more than")));
        assert!(memory("1MB").is_err_and(|it| it.starts_with("is less than 1MiB")));
    }

    #[test]
    fn words_are_found_in_any_case_and_typos_answered_with_the_nearest() {
        let words = [("console", Ok(1)), ("kafka", Err("not yet")), ("otlp", Ok(2))];
        assert_eq!(one_of(&words, "OTLP"), Ok(2));
        assert_eq!(one_of(&words, "kafka"), Err("cannot be used: not yet".into()));
        assert_eq!(
            one_of(&words, "consol"),
            Err("is not one of console, otlp (did you mean console?)".into())
        );
        assert_eq!(one_of(&words, "zipkin"), Err("is not one of console, otlp".into()));
    }

    #[test]
    fn a_list_keeps_what_is_right() {
        let (values, objections) = comma_list(" 1,,x , 2,", |piece| whole_number(piece, 0..=9));
        assert_eq!((values, objections.len()), (Some(vec![1, 2]), 1));
        let (values, objections) = comma_list(" , ", |piece| whole_number(piece, 0..=9));
        assert_eq!((values, objections.len()), (None, 0));
    }
}
