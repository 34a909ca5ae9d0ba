//! A name and its value side by side in brackets, as programs print pairs: `("password", "x")`,
//! `["authorization", "Bearer x"]`; and the values of types of secrets: `ApiKey { value: "x" }`.

use std::ops::Range;

use super::literals;
use super::named::ValueName;
use super::reading::{byte, is_blank, is_name, is_quote, skip, skip_back, steps};
use super::words::is_credential;

/// Adds the ranges of values in pairs whose name `is_secret`.
pub(super) fn find(text: &str, mut is_secret: impl FnMut(&str) -> bool, found: &mut Vec<Range<usize>>) {
    let mut at = 0;
    while let Some(length) = text.as_bytes()[at..].iter().position(|byte| matches!(byte, b'(' | b'[')) {
        steps::add(length + 1);
        let open = at + length;
        at = open + 1;
        if let Some(value) = value(text, open, &mut is_secret) {
            at = value.end;
            found.push(value);
        }
    }
}

/// Adds the ranges of the fields of types whose name `is_secret`.
pub(super) fn types(text: &str, mut is_secret: impl FnMut(&str) -> bool, found: &mut Vec<Range<usize>>) {
    let mut at = 0;
    while let Some(length) = text[at..].find('{') {
        let open = at + length;
        at = open + 1;
        let name = ValueName::unquoted(text, skip_back(text, open, is_blank));
        let is_type = |name: &str| name.starts_with(|letter: char| letter.is_ascii_uppercase());
        if name.is_some_and(|it| is_type(it.text) && is_credential(it.text, "") && is_secret(it.text)) {
            let start = skip(text, at, |byte| byte.is_ascii_whitespace());
            at = items_end(text, start);
            let length = text[start..at].trim_end().len();
            found.extend((length > 0).then_some(start..start + length));
        }
    }
}

fn value(text: &str, open: usize, is_secret: &mut impl FnMut(&str) -> bool) -> Option<Range<usize>> {
    let start =
        skip(text, open + 1, |byte| byte.is_ascii_whitespace() || matches!(byte, b'\\' | b'b' | b'u'));
    let quote = byte(text, start).filter(|byte| is_quote(*byte))?;
    let end = skip(text, start + 1, is_name);
    let closing = skip(text, end, |byte| byte == b'\\');
    let comma = skip(text, (closing + 1).min(text.len()), |byte| byte.is_ascii_whitespace());
    if byte(text, closing) != Some(quote) || byte(text, comma) != Some(b',') {
        return None;
    }
    if !is_secret(&text[start + 1..end]) {
        return None;
    }
    let start = skip(text, comma + 1, |byte| byte.is_ascii_whitespace());
    let end = if byte(text, open) == Some(b'(') { items_end(text, start) } else { only_item(text, start)? };
    let length = text[start..end].trim_end().trim_end_matches(',').len();
    (length > 0).then_some(start..start + length)
}

/// Returns the end of a literal that is the last item in square brackets: a longer list is one of
/// names.
fn only_item(text: &str, start: usize) -> Option<usize> {
    let end = literals::end(text, start)?;
    let next = skip(text, end, |byte| byte.is_ascii_whitespace() || byte == b',');
    byte(text, next).is_none_or(|byte| byte == b']').then_some(end)
}

/// Returns the end of the items in a bracket.
fn items_end(text: &str, from: usize) -> usize {
    let (mut at, mut depth) = (from, 0_usize);
    while let Some(byte) = byte(text, at) {
        steps::add(1);
        match byte {
            b')' | b']' | b'}' if depth == 0 => return at,
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            quote if is_quote(quote) => {
                let start = skip_back(text, at, |byte| byte == b'\\');
                at = literals::end(text, start).unwrap_or(at).max(at + 1);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    text.len()
}
