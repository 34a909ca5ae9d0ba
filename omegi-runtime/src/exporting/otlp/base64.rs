//! Base64, as gRPC's binary headers are written ([RFC 4648, 4](https://www.rfc-editor.org/rfc/rfc4648#section-4)).

/// The bytes that `text` stands for, with or without padding; none where it is no Base64.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    for group in text.trim_end_matches('=').as_bytes().chunks(4) {
        let bits = group.iter().try_fold(0, |bits, letter| Some(bits << 6 | sextet(*letter)?))?;
        let missing = 4 - group.len();
        let [_, decoded @ ..] = (bits << (6 * missing)).to_be_bytes();
        bytes.extend_from_slice(&decoded[..3_usize.checked_sub(missing).filter(|length| *length > 0)?]);
    }
    Some(bytes)
}

const fn sextet(letter: u8) -> Option<u32> {
    let value = match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(value as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_the_rfc() {
        for (text, bytes) in [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm9v", "foo"),
            ("Zm9vYg", "foob"),
            ("Zm9vYmFy", "foobar"),
        ] {
            assert_eq!(decode(text).as_deref(), Some(bytes.as_bytes()), "{text}");
        }
        for text in ["Z", "Zm9vY", "Z-8=", "Zm 9v", "é"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
