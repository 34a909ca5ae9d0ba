//! Percent-encoding in settings and headers ([RFC 3986, section
//! 2.1](https://www.rfc-editor.org/rfc/rfc3986#section-2.1)).

use std::fmt::{self, Write};

/// Decodes `text`: `%41` becomes the byte 0x41. Returns `None` for a `%` without two hex digits.
pub(crate) fn octets(text: &str) -> impl Iterator<Item = Option<u8>> {
    let mut rest = text.as_bytes();
    std::iter::from_fn(move || {
        let (&first, after) = rest.split_first()?;
        rest = after;
        if first != b'%' {
            return Some(Some(first));
        }
        let encoded = rest.split_first_chunk().and_then(|(digits, after)| Some((octet(digits)?, after)));
        rest = encoded.map_or(rest, |(_, after)| after);
        Some(encoded.map(|(octet, _)| octet))
    })
}

/// The byte of two hex digits, in any case.
fn octet(digits: &[u8; 2]) -> Option<u8> {
    let [high, low] = digits.map(|digit| char::from(digit).to_digit(16));
    u8::try_from(high? << 4 | low?).ok()
}

/// Writes `text`, and encodes each byte that is not `plain`.
pub(crate) fn write_encoded(out: &mut impl Write, text: &str, plain: fn(u8) -> bool) -> fmt::Result {
    text.bytes().try_for_each(|byte| {
        if plain(byte) { out.write_char(char::from(byte)) } else { write!(out, "%{byte:02X}") }
    })
}

/// The number of bytes that [`write_encoded`] writes.
pub(crate) fn encoded_length(text: &str, plain: fn(u8) -> bool) -> usize {
    text.bytes().map(|byte| if plain(byte) { 1 } else { 3 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_are_decoded_and_malformed_ones_are_none() {
        let lenient = |text| octets(text).map(|octet| octet.unwrap_or(b'?')).collect::<Vec<_>>();
        for (text, bytes) in [
            ("", &b""[..]),
            ("a%2Cb", b"a,b"),
            ("%3d%3D", b"=="),
            ("%C3%A9", "é".as_bytes()),
            ("%", b"?"),
            ("%4", b"?4"),
            ("%4g", b"?4g"),
            ("%+1", b"?+1"),
            ("%%41", b"?A"),
            ("%é", b"?\xc3\xa9"),
        ] {
            assert_eq!(lenient(text), bytes, "{text}");
        }
    }

    #[test]
    fn encoded_text_has_the_computed_length_and_decodes_to_itself() {
        let plain = |byte: u8| byte.is_ascii_alphanumeric();
        for (text, encoded) in [("", ""), ("a b", "a%20b"), ("50%", "50%25"), ("é", "%C3%A9")] {
            let mut written = String::new();
            write_encoded(&mut written, text, plain).unwrap();
            assert_eq!(written, encoded);
            assert_eq!(encoded_length(text, plain), encoded.len());
            assert_eq!(octets(encoded).collect::<Option<Vec<_>>>().unwrap(), text.as_bytes());
        }
    }
}
