//! Pairs `name=value`, percent-encoded, as resource attributes and headers are written.

use crate::vocabulary::percent::octets;

/// Reads one `name=value`: both decoded, without the blanks around them. `None` if it is malformed.
pub(super) fn pair(piece: &str) -> Option<(String, String)> {
    let (name, value) = piece.split_once('=')?;
    let name = percent_decoded(name.trim())?;
    let value = percent_decoded(value.trim())?;
    (!name.is_empty()).then_some((name, value))
}

/// Returns `text` with each `%41` replaced by its byte. `None` if a `%` has no two hex digits, or
/// the bytes are not UTF-8.
fn percent_decoded(text: &str) -> Option<String> {
    String::from_utf8(octets(text).collect::<Option<_>>()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_decoded_and_trimmed() {
        for (piece, name, value) in [
            ("a=b", "a", "b"),
            (" a = b ", "a", "b"),
            ("a=", "a", ""),
            ("a=b=c", "a", "b=c"),
            ("a%2Cb=x%3dy%20z", "a,b", "x=y z"),
            ("a=%C3%A9é", "a", "éé"),
            ("a=1+1", "a", "1+1"),
        ] {
            assert_eq!(pair(piece), Some((name.to_owned(), value.to_owned())), "{piece}");
        }
    }

    #[test]
    fn malformed_pairs_are_none() {
        for piece in ["", "a", "=b", " =b", "a=%", "a=%4", "a=%4g", "a=%+1", "a=%FF", "%=b", "a=%é"] {
            assert_eq!(pair(piece), None, "{piece}");
        }
    }
}
