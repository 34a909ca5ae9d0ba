//! Values with a name in a text: `name: value` behind a brace, as `Debug` and JSON print fields and entries, and
//! `name=value`, as queries, cookies, command lines and connection strings write them.
//!
//! The text is anybody's, cut anywhere, and may be one of these inside the string of another. So nothing is parsed: a name
//! and its sign are looked for, and the end of the value by its own quotes and braces. Where the text is ambiguous, more is
//! masked rather than less. One pass; a value that is masked is not looked into.

use std::ops::Range;

/// A longer name is asked about by its last so many bytes.
const LONGEST_NAME: usize = 128;

/// Adds where values stand in `text` whose name `is_secret`.
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

/// The name before a sign if it stands in quotes: those of a string in a string have backslashes before them.
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

/// The last bytes of a text, as many as a name has at most.
fn tail(text: &str) -> &str {
    &text[text.ceil_char_boundary(text.len().saturating_sub(LONGEST_NAME))..]
}

/// Where the value behind a sign stands.
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

/// How many bytes a quote takes with its backslashes, if the text begins with one.
fn quote_length(text: &str) -> Option<usize> {
    let backslashes = text.len() - text.trim_start_matches('\\').len();
    text[backslashes..].starts_with('"').then_some(backslashes + 1)
}

/// How long the string is that a text begins with, quotes included. `quote` is the length of its first one.
///
/// A quote that has fewer backslashes than the first ends a string around this one. With as many, it ends this one; what
/// stands in it has them doubled.
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

/// How long a value is that a comma or the brace around it ends.
fn field_length(text: &str) -> usize {
    balanced(text, |letter| matches!(letter, b',' | b'\n'))
}

/// How long a value is that whatever separates words ends, unless it has braces of its own. A word that names the kind of a
/// credential belongs to it (`Bearer x`).
fn word_length(text: &str) -> usize {
    let kind = ["Bearer ", "Basic ", "Digest "].into_iter().find(|kind| text.starts_with(kind));
    let begin = kind.map_or(0, str::len);
    let ends = |byte: u8| {
        byte.is_ascii_whitespace() || matches!(byte, b'&' | b',' | b';' | b'\'' | b'<' | b'>' | b'"' | b'\\')
    };
    begin + balanced(&text[begin..], ends)
}

/// How long the text is up to a byte that `ends` it, or a brace that was opened before it; not looking into braces and
/// strings.
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
