//! Options of a command line: `--password x`, `"--password", "x"`.

use std::ops::Range;

use super::extents::{Extent, Unquoted};
use super::literals;
use super::reading::{byte, byte_before, is_blank, is_name, is_quote, is_word, skip, skip_backslashes};
use super::words::is_of_a_sentence;

/// Adds the ranges of values behind an option whose name `is_secret`.
pub(super) fn find(text: &str, mut is_secret: impl FnMut(&str) -> bool, found: &mut Vec<Range<usize>>) {
    let mut at = 0;
    while let Some(length) = text[at..].find('-') {
        let dash = at + length;
        let start = skip(text, dash, |byte| byte == b'-');
        let end = skip(text, start, is_name);
        at = end.max(dash + 1);
        let begins =
            byte_before(text, dash).is_none_or(|byte| !is_word(byte) && byte != b'/' && byte != b'.');
        if !begins || start == end {
            continue;
        }
        if is_secret(&text[start..end])
            && let Some(value) = value(text, end)
        {
            at = value.end;
            found.push(value);
        }
    }
}

/// Returns the range of the value behind the name that ends at `end`.
fn value(text: &str, end: usize) -> Option<Range<usize>> {
    let closed = skip_backslashes(text, end);
    let quoted = byte(text, closed).filter(|byte| is_quote(*byte));
    let behind = if quoted.is_some() { closed + 1 } else { end };
    // Between quoted words may be line breaks, as `{:#?}` prints them.
    let start =
        skip(text, behind, |byte| is_blank(byte) || quoted.is_some() && matches!(byte, b',' | b'\n' | b'\r'));
    let literal = literals::end(text, start).filter(|_| start > behind);
    if quoted.is_some() {
        // In a list of quoted words the next one is the value.
        let inside =
            |end: usize| text[start..end].trim_matches(|sign| matches!(sign, '"' | '\'' | '`' | '\\'));
        return literal.filter(|end| !inside(*end).starts_with('-')).map(|end| start..end);
    }
    let first = byte(text, start).filter(|_| start > end)?;
    if matches!(first, b'-' | b'<' | b'[' | b'|' | b'=' | b'(' | b':') {
        return None;
    }
    let word =
        || Unquoted { text, start, extent: Extent::Word, is_in_quotes: true, is_in_brackets: true }.end();
    let end = literal.unwrap_or_else(word);
    let is_value = end > start && !is_of_a_sentence(&text[start..end]);
    is_value.then_some(start..end)
}
