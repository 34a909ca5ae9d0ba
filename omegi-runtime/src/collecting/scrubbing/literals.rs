//! Quoted values: `"x"`, `'x'` and `` `x` ``, with the prefixes and escapes of the languages that
//! quote so.
//!
//! In a string inside a string, backslashes precede the quotes. A literal without an end was cut
//! off, and ends with the text.

use super::reading::{byte, floor_boundary, is_quote, is_word, skip, skip_backslashes, steps};

/// The most letters before a quote (`br"x"`, `N'x'`).
const PREFIX: usize = 2;

/// Returns the end of the literal at `at`, quotes included; `None` if there is none.
pub(super) fn end(text: &str, at: usize) -> Option<usize> {
    let prefix = skip(&text[..floor_boundary(text, at + PREFIX)], at, is_prefix);
    let hashes = skip(text, prefix, |byte| byte == b'#');
    let quote = skip_backslashes(text, hashes);
    let sign = byte(text, quote).filter(|byte| is_quote(*byte))?;
    let is_raw = prefix > at && hashes > prefix;
    if hashes > prefix && !is_raw {
        return None;
    }
    let opening = &text[hashes..=quote];
    let inside = quote + 1;
    let closed_by = |from: usize, closing: &str| {
        let length = text[from..].find(closing);
        steps::add(length.unwrap_or(text.len() - from));
        length.map_or(text.len(), |length| from + length + closing.len())
    };
    Some(if is_raw {
        closed_by(inside, &format!("\"{}", &text[prefix..hashes]))
    } else if text[inside..].starts_with(&opening.repeat(2)) {
        // The quotes of Python and TOML for several lines.
        closed_by(inside + 2 * opening.len(), &opening.repeat(3))
    } else if text[inside..].starts_with(opening) && byte(text, inside + opening.len()).is_some_and(is_word) {
        // A quote that is doubled, as in CSV.
        closed_by(inside + opening.len(), &opening.repeat(2))
    } else {
        closing(text, inside, opening.len() - 1, sign)
    })
}

fn is_prefix(byte: u8) -> bool {
    matches!(byte.to_ascii_lowercase(), b'b' | b'c' | b'e' | b'f' | b'n' | b'r' | b'u' | b'x')
}

/// Returns the end of a string whose quotes have `own` backslashes.
///
/// A quote with fewer backslashes ends a string around this one. A quote with as many ends this
/// one; inside it, backslashes are doubled. So may quotes be, if they have no backslashes.
fn closing(text: &str, inside: usize, own: usize, quote: u8) -> usize {
    let bytes = text.as_bytes();
    let period = 2 * (own + 1);
    let (mut at, mut backslashes) = (inside, 0);
    while at < bytes.len() {
        steps::add(1);
        match bytes[at] {
            b'\\' => backslashes += 1,
            byte if byte == quote && backslashes < own => return at - backslashes,
            byte if byte == quote && (backslashes - own).is_multiple_of(period) => {
                let next = at + 1 + own;
                let is_word_at = |at| bytes.get(at).copied().is_some_and(is_word);
                // A quote before a letter is inside a string whose backslashes were doubled.
                let is_escaped = backslashes > own && is_word_at(at + 1);
                let is_doubled = at > inside + backslashes
                    && bytes.get(next) == Some(&quote)
                    && bytes[at + 1..next].iter().all(|byte| *byte == b'\\')
                    && (own == 0 || is_word_at(next + 1));
                if !is_escaped && !is_doubled {
                    return at + 1;
                }
                (at, backslashes) = (if is_doubled { next } else { at }, 0);
            }
            _ => backslashes = 0,
        }
        at += 1;
    }
    text.len()
}
