//! Values without the blanks around them.
//!
//! A file with a secret ends with a line break, and a line of an `.env` file may end with a blank:
//! neither belongs to the value. All readers of values go through here, so parsers need not trim.

use std::ffi::OsString;

/// Returns the value without blanks and line breaks around it; `None` if nothing is left: a
/// variable that is set to nothing counts as unset, as OpenTelemetry's specification demands.
#[must_use]
pub fn trimmed(value: OsString) -> Option<OsString> {
    let value = value.into_string().map_or_else(trimmed_bytes, |text| trimmed_text(text).into());
    Some(value).filter(|value| !value.is_empty())
}

/// Returns the text without blanks and line breaks around it.
pub(super) fn trimmed_text(text: String) -> String {
    let trimmed = text.trim();
    if trimmed.len() == text.len() { text } else { trimmed.to_owned() }
}

/// Returns the same of a value that is not UTF-8, such as a path may be.
#[cfg(unix)]
fn trimmed_bytes(value: OsString) -> OsString {
    use std::os::unix::ffi::OsStringExt as _;
    OsString::from_vec(value.into_vec().trim_ascii().to_owned())
}

/// Returns the value: other systems hide its bytes.
#[cfg(not(unix))]
fn trimmed_bytes(value: OsString) -> OsString {
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_inside_a_value_belong_to_it() {
        for (value, expected) in [
            ("a b", Some("a b")),
            ("\t a  b \r\n", Some("a  b")),
            ("\u{a0}\u{2028}é\u{3000}", Some("é")),
            ("a\0 ", Some("a\0")),
            (" \r\n", None),
            ("", None),
        ] {
            assert_eq!(trimmed(value.into()), expected.map(OsString::from), "{value:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_value_that_is_not_utf8_is_trimmed_too() {
        use std::os::unix::ffi::OsStringExt as _;
        let of = |bytes: &[u8]| OsString::from_vec(bytes.to_owned());
        assert_eq!(trimmed(of(b" /caf\xe9 au lait\r\n")), Some(of(b"/caf\xe9 au lait")));
    }
}
