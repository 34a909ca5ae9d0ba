//! The only way to what others have sent: bounded, and what is not read is counted.

use crate::vocabulary::counters::COUNTERS;

use super::carrier::Headers;

/// The most bytes that are read of a header, and of all headers of one name together.
const MOST_BYTES: usize = 8 * 1024;

/// The white space that HTTP allows around a value (`OWS`), and that other carriers do not take away.
const OWS: [char; 2] = [' ', '\t'];

/// Counts a header that is not read, or not all of it.
pub(super) fn ignored() {
    COUNTERS.header_ignored();
}

/// What `parse` makes of the header `name`, if that is there exactly once.
pub(super) fn only<T>(headers: &dyn Headers, name: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
    let mut seen = false;
    let mut parsed = None;
    headers.values(name, &mut |value| {
        parsed = if seen { None } else { readable(value).and_then(&parse) };
        seen = true;
    });
    if seen && parsed.is_none() {
        ignored();
    }
    parsed
}

/// The values of the header `name` as the one list that they are parts of; empty if it is not there.
pub(super) fn list(headers: &dyn Headers, name: &str) -> String {
    let mut list = String::new();
    headers.values(name, &mut |value| match readable(value) {
        Some(part) if list.is_empty() => list.push_str(part),
        Some(part) if list.len() + 1 + part.len() <= MOST_BYTES => list.extend([",", part]),
        _ => ignored(),
    });
    list
}

/// Shows `visit` each value of the header `name`.
pub(super) fn each(headers: &dyn Headers, name: &str, mut visit: impl FnMut(&str)) {
    headers.values(name, &mut |value| match readable(value) {
        Some(text) => visit(text),
        None => ignored(),
    });
}

/// A value as text, unless it is too long or holds what should not be in a header.
fn readable(value: &[u8]) -> Option<&str> {
    if value.len() > MOST_BYTES || !value.iter().all(|byte| matches!(byte, b'\t' | b' '..=b'~')) {
        return None;
    }
    std::str::from_utf8(value).ok().map(|text| text.trim_matches(OWS))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{headers, ignored_during};
    use super::*;

    fn whole(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn only_one_value_is_taken_and_only_if_it_can_be_read() {
        let long = "v".repeat(MOST_BYTES);
        let too_long = "v".repeat(MOST_BYTES + 1);
        for (values, taken, ignored) in [
            (&[][..], None, 0),
            (&["a"], Some("a"), 0),
            (&["\t a b "], Some("a b"), 0),
            (&[&*long], Some(&*long), 0),
            (&["a", "a"], None, 1),
            (&["a", "a", "a"], None, 1),
            (&["é"], None, 1),
            (&["a\u{7f}"], None, 1),
            (&["a\n"], None, 1),
            (&[&*too_long], None, 1),
        ] {
            let headers = headers(values.iter().map(|value| ("x", *value)));
            let (read, counted) = ignored_during(|| only(&headers, "X", whole));
            assert_eq!((read.as_deref(), counted), (taken, ignored), "{values:?}");
        }
        assert_eq!(ignored_during(|| only(&headers([("x", "")]), "x", |_| None::<()>)), (None, 1));
    }

    #[test]
    fn a_list_is_joined_as_far_as_there_is_room() {
        let half = "v".repeat(MOST_BYTES / 2);
        let too_long = "v".repeat(MOST_BYTES + 1);
        let parts = ["a=1 ", "é=2", &half, &half, &too_long, " b=3"].map(|value| ("x", value));
        let (list, counted) = ignored_during(|| list(&headers(parts), "x"));
        assert_eq!((list, counted), (format!("a=1,{half},b=3"), 3));
    }

    #[test]
    fn each_readable_value_is_shown() {
        let parts = ["a", "é", "b"].map(|value| ("x", value));
        let mut seen = Vec::new();
        let ((), counted) =
            ignored_during(|| each(&headers(parts), "x", |value| seen.push(value.to_owned())));
        assert_eq!((seen, counted), (vec!["a".to_owned(), "b".to_owned()], 1));
    }
}
