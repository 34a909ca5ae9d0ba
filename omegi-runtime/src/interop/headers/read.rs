//! Reads headers from elsewhere: bounded in size, and ignored ones are counted.

use crate::vocabulary::counters::COUNTERS;

use super::carrier::Headers;

/// The longest header that is read, in bytes, and the longest list of all headers of one name.
const MOST_BYTES: usize = 8 * 1024;

/// The white space that HTTP allows around a value (`OWS`). Other carriers leave it there.
const OWS: [char; 2] = [' ', '\t'];

/// Counts a header that is ignored, all or in part.
pub(super) fn count_ignored() {
    COUNTERS.header_ignored();
}

/// Parses the header `name`, if it is there exactly once.
pub(super) fn one_value<T>(
    headers: &dyn Headers,
    name: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    let mut seen = false;
    let mut parsed = None;
    headers.values(name, &mut |value| {
        parsed = if seen { None } else { readable(value).and_then(&parse) };
        seen = true;
    });
    if seen && parsed.is_none() {
        count_ignored();
    }
    parsed
}

/// Joins the values of the header `name` to one list; it is empty if there are none.
pub(super) fn value_list(headers: &dyn Headers, name: &str) -> String {
    let mut list = String::new();
    headers.values(name, &mut |value| match readable(value) {
        Some(part) if list.is_empty() => list.push_str(part),
        Some(part) if list.len() + 1 + part.len() <= MOST_BYTES => list.extend([",", part]),
        _ => count_ignored(),
    });
    list
}

/// Calls `visit` with each value of the header `name`.
pub(super) fn each_value(headers: &dyn Headers, name: &str, mut visit: impl FnMut(&str)) {
    headers.values(name, &mut |value| match readable(value) {
        Some(text) => visit(text),
        None => count_ignored(),
    });
}

/// Returns a value as text, unless it is too long or has characters that no header may have.
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
    fn a_header_counts_once_and_if_it_is_readable() {
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
            let (read, counted) = ignored_during(|| one_value(&headers, "X", whole));
            assert_eq!((read.as_deref(), counted), (taken, ignored), "{values:?}");
        }
        assert_eq!(ignored_during(|| one_value(&headers([("x", "")]), "x", |_| None::<()>)), (None, 1));
    }

    #[test]
    fn a_list_is_joined_as_far_as_there_is_room() {
        let half = "v".repeat(MOST_BYTES / 2);
        let too_long = "v".repeat(MOST_BYTES + 1);
        let parts = ["a=1 ", "é=2", &half, &half, &too_long, " b=3"].map(|value| ("x", value));
        let (list, counted) = ignored_during(|| value_list(&headers(parts), "x"));
        assert_eq!((list, counted), (format!("a=1,{half},b=3"), 3));
    }

    #[test]
    fn each_readable_value_is_visited() {
        let parts = ["a", "é", "b"].map(|value| ("x", value));
        let mut seen = Vec::new();
        let ((), counted) =
            ignored_during(|| each_value(&headers(parts), "x", |value| seen.push(value.to_owned())));
        assert_eq!((seen, counted), (vec!["a".to_owned(), "b".to_owned()], 1));
    }
}
