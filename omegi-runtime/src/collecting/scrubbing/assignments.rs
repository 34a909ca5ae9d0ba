//! Named values in a text.
//!
//! They are `name: value` behind a brace, as `Debug` and JSON print fields and entries, and
//! `name=value`, as in queries, cookies, command lines and connection strings.
//!
//! The text may be cut anywhere, and may be one of these inside a string of another. It is not
//! parsed: the scrubber searches a name and its sign, and the value ends by its own quotes and
//! braces. An ambiguous text is masked more rather than less. The text is searched once; masked
//! values are skipped.

use std::ops::Range;

/// The bytes at the end of a longer name that are examined.
const LONGEST_NAME: usize = 128;

/// Adds the ranges of values in `text` whose name `is_secret`.
pub(super) fn find(text: &str, mut is_secret: impl FnMut(&str) -> bool, found: &mut Vec<Range<usize>>) {
    let first_brace = text.find('{').unwrap_or(text.len());
    let mut at = 0;
    while let Some(sign) = text.as_bytes()[at..].iter().position(|byte| matches!(byte, b':' | b'=')) {
        let sign = at + sign;
        at = sign + 1;
        let name = match text.as_bytes()[sign] {
            b':' => field_name(text, sign, first_brace),
            _ => bare_name(text, sign),
        };
        if name.is_some_and(&mut is_secret) {
            let value = value(text, sign);
            at = value.end.max(at);
            if !value.is_empty() {
                found.push(value);
            }
        }
    }
}

/// The name before a colon: in quotes, or behind a brace.
fn field_name(text: &str, colon: usize, first_brace: usize) -> Option<&str> {
    let is_path = text[colon + 1..].starts_with(':') || text[..colon].ends_with(':');
    let bare = || bare_name(text, colon).filter(|_| first_brace < colon && !is_path);
    quoted_name(text, colon).or_else(bare)
}

/// The name in quotes before a sign. In a string in a string, backslashes precede the quotes.
fn quoted_name(text: &str, sign: usize) -> Option<&str> {
    let before = text[..sign].trim_end_matches(' ').strip_suffix('"')?;
    let name = tail(before.trim_end_matches('\\'));
    let start = name.rfind('"')? + 1;
    Some(&name[start..])
}

/// The word before a sign.
fn bare_name(text: &str, sign: usize) -> Option<&str> {
    let before = tail(text[..sign].trim_end_matches(' '));
    let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.' | '%');
    let start = before.char_indices().rev().take_while(|(_, letter)| is_part(*letter)).last()?.0;
    Some(&before[start..])
}

/// The last bytes of a text, the length of the longest name.
fn tail(text: &str) -> &str {
    &text[text.ceil_char_boundary(text.len().saturating_sub(LONGEST_NAME))..]
}

/// The range of the value behind a sign.
fn value(text: &str, sign: usize) -> Range<usize> {
    let is_field = text.as_bytes()[sign] == b':';
    let rest = &text[sign + 1..];
    let is_blank = |letter| matches!((letter, is_field), (' ', _) | ('\n', true) | ('>', false));
    let blank = rest.len() - rest.trim_start_matches(is_blank).len();
    let start = sign + 1 + blank;
    let length = match quote_length(&text[start..]) {
        Some(quote) => string_length(&text[start..], quote),
        None if is_field => field_length(&text[start..]),
        None => word_length(&text[start..]),
    };
    start..start + text[start..start + length].trim_end().len()
}

/// The length of a quote with its backslashes, if the text begins with one.
fn quote_length(text: &str) -> Option<usize> {
    let backslashes = text.len() - text.trim_start_matches('\\').len();
    text[backslashes..].starts_with('"').then_some(backslashes + 1)
}

/// The length of the string at the beginning of a text, quotes included. `quote` is the length of
/// its first quote.
///
/// A quote with fewer backslashes than the first ends a string around this one. A quote with as
/// many ends this one; inside it, backslashes are doubled.
fn string_length(text: &str, quote: usize) -> usize {
    let (own, period) = (quote - 1, 2 * quote);
    let mut backslashes = 0;
    for (at, byte) in text.bytes().enumerate().skip(quote) {
        match byte {
            b'\\' => backslashes += 1,
            b'"' if backslashes < own => return at - backslashes,
            b'"' if (backslashes - own) % period == 0 => return at + 1,
            _ => backslashes = 0,
        }
    }
    text.len()
}

/// The length of a value up to a comma or the brace around it.
fn field_length(text: &str) -> usize {
    balanced(text, |letter| matches!(letter, b',' | b'\n'))
}

/// The length of a value up to a separator of words, unless it has braces of its own.
///
/// The kind of a credential belongs to the value (`Bearer x`).
fn word_length(text: &str) -> usize {
    let kind = ["Bearer ", "Basic ", "Digest "].into_iter().find(|kind| text.starts_with(kind));
    let begin = kind.map_or(0, str::len);
    let ends = |byte: u8| {
        byte.is_ascii_whitespace() || matches!(byte, b'&' | b',' | b';' | b'\'' | b'<' | b'>' | b'"' | b'\\')
    };
    begin + balanced(&text[begin..], ends)
}

/// The length of a text up to a byte that `ends` it or a brace that it did not open. Skips braces
/// and strings.
fn balanced(text: &str, ends: impl Fn(u8) -> bool) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (0, 0_usize);
    while at < bytes.len() {
        match bytes[at] {
            byte if depth == 0 && ends(byte) => return at,
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' if depth == 0 => return at,
            b')' | b']' | b'}' => depth -= 1,
            b'"' => at += string_length(&text[at..], 1) - 1,
            _ => {}
        }
        at += 1;
    }
    text.len()
}
