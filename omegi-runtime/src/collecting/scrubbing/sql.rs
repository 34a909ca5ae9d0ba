//! Literals of SQL: behind the name of a column (`token LIKE 'x'`), behind `PASSWORD` and
//! `IDENTIFIED BY`, and in the places of columns (`INSERT INTO t (a, password) VALUES ('b', 'x')`).
//!
//! `column = 'x'` is an [assignment](super::assignments).

use std::ops::Range;

use super::literals;
use super::named::ValueName;
use super::reading::{
    LONGEST_NAME, byte, byte_before, ceil_boundary, floor_boundary, is_blank, is_quote, is_word, skip,
    skip_back, steps,
};
use super::words::{is_credential, is_secret_type};

/// Operators that are words, between a column and a literal.
const OPERATORS: [&str; 6] = ["BETWEEN", "ILIKE", "LIKE", "REGEXP", "RLIKE", "SIMILAR"];

/// Variants around a value.
const WRAPPERS: [&str; 6] = ["Borrowed", "Ok", "Owned", "Some", "Static", "String"];

/// Words between the columns of a statement and its rows.
const BEFORE_ROWS: usize = 5;

/// Adds the ranges of literals behind a name that `is_secret`.
pub(super) fn literals(text: &str, mut is_secret: impl FnMut(&str) -> bool, found: &mut Vec<Range<usize>>) {
    let mut at = 0;
    while let Some(length) = text.as_bytes()[at..].iter().position(|byte| is_quote(*byte)) {
        steps::add(length + 1);
        let quote = at + length;
        at = quote + 1;
        let start = skip_back(text, quote, |byte| byte == b'\\');
        if let Some(end) = secret_end(text, start, &mut is_secret) {
            found.push(start..end);
            at = end.max(at);
        }
    }
}

/// Returns the end of the literal at `start`, if the words before it say that it is a secret.
fn secret_end(text: &str, start: usize, is_secret: &mut impl FnMut(&str) -> bool) -> Option<usize> {
    let literal = with_prefix(text, start);
    let opened = wrappers(text, literal);
    let bracket = skip_back(text, opened, |byte| is_blank(byte) || byte == b'(');
    if bracket == start {
        return None;
    }
    let sign =
        skip_back(text, bracket, |byte| is_blank(byte) || matches!(byte, b'!' | b'<' | b'=' | b'>' | b'~'));
    let is_operator = sign < skip_back(text, bracket, is_blank);
    if is_operator && has_before(text, sign, "PASSWORD FOR") {
        return literals::end(text, literal);
    }
    let word = ValueName::unquoted(text, sign)?;
    let is = |known: &str| word.text.eq_ignore_ascii_case(known);
    let end = literals::end(text, literal)?;
    if is("AS") || is("BY") {
        return has_before(text, word.start, "IDENTIFIED").then_some(end);
    }
    let is_list = is("IN") && text[bracket..literal].contains('(');
    if is_list || OPERATORS.iter().any(|word| is(word)) {
        let is_secret = column(text, word.start).is_some_and(|column| is_secret(column.text));
        let second =
            || text[end..].strip_prefix(" AND ").and_then(|_| literals::end(text, end + " AND ".len()));
        return is_secret.then(|| match () {
            () if is_list => end + text[end..].find(')').unwrap_or(text.len() - end),
            () if is("BETWEEN") => second().unwrap_or(end),
            () => end,
        });
    }
    let is_keyword =
        byte(text, start) == Some(b'\'') && word.text.bytes().all(|byte| byte.is_ascii_uppercase());
    let is_type = || text[bracket..literal].contains('(') && is_secret_type(word.text);
    let is_named = is_operator || is_keyword || is_type() || is_credential(word.text, word.word_before(text));
    (is_named && is_secret(word.text)).then_some(end)
}

/// Returns the place of the outermost bracket around the literal alone: that behind the name in
/// `Password(Some("x"))`, on one line or several.
fn wrappers(text: &str, literal: usize) -> usize {
    let mut opened = literal;
    loop {
        let inside = skip_back(text, opened, |byte| byte.is_ascii_whitespace());
        if byte_before(text, inside) != Some(b'(') {
            return opened;
        }
        opened = inside - 1;
        let wrapper = skip_back(text, opened, is_word);
        if !WRAPPERS.contains(&&text[wrapper..opened]) {
            return opened;
        }
        opened = wrapper;
    }
}

/// Returns the beginning of a literal with the letter before its quote (`N'x'`).
fn with_prefix(text: &str, quote: usize) -> usize {
    let start = skip_back(text, quote, |byte| byte.is_ascii_alphabetic());
    let is_prefix = quote - start == 1 && byte_before(text, start).is_none_or(|byte| !is_word(byte));
    if is_prefix { start } else { quote }
}

/// Returns the column before an operator that is a word.
fn column(text: &str, operator: usize) -> Option<ValueName<'_>> {
    let before = |end| skip_back(text, end, |byte| is_blank(byte) || is_quote(byte) || byte == b']');
    let column = ValueName::unquoted(text, before(operator))?;
    let is_not = column.text.eq_ignore_ascii_case("NOT");
    if is_not { ValueName::unquoted(text, before(column.start)) } else { Some(column) }
}

/// Returns whether a word stands shortly before a place.
fn has_before(text: &str, at: usize, word: &str) -> bool {
    let start = ceil_boundary(text, at.saturating_sub(LONGEST_NAME));
    text[start..at].to_ascii_uppercase().contains(word)
}

/// Adds the ranges of the values whose column `is_secret`.
pub(super) fn columns(text: &str, mut is_secret: impl FnMut(&str) -> bool, found: &mut Vec<Range<usize>>) {
    let mut at = 0;
    while let Some((end, row)) = list_end(text, at) {
        let columns = text[at..end].rfind('(').map(|open| &text[at + open + 1..end]);
        steps::add(end - at);
        let is_quote = |sign| matches!(sign, '"' | '\'' | '`' | '[' | ']' | '\\');
        let secrets: Vec<bool> = columns
            .into_iter()
            .flat_map(|columns| columns.split(','))
            .map(|column| is_secret(column.trim().trim_matches(is_quote)))
            .collect();
        at = row;
        if secrets.contains(&true) {
            at = rows(text, at, &secrets, found);
        }
    }
}

/// Returns the end of the next list of columns, and the place of its first row: a bracket behind
/// `VALUES` or an equals sign.
fn list_end(text: &str, from: usize) -> Option<(usize, usize)> {
    let closes = text[from..].match_indices(')').map(|(length, _)| from + length);
    closes.into_iter().find_map(|close| first_row(text, close + 1).map(|row| (close, row)))
}

/// Returns the place of the first row behind a list of columns.
fn first_row(text: &str, from: usize) -> Option<usize> {
    let (mut at, mut word) = (from, "");
    for _ in 0..=BEFORE_ROWS {
        at = comment_end(text, skip(text, at, |byte| byte.is_ascii_whitespace()));
        if byte(text, at) == Some(b'(') {
            let is_sign = ["VALUE", "VALUES", "="].iter().any(|known| known.eq_ignore_ascii_case(word));
            return is_sign.then_some(at);
        }
        let end = skip(text, at, |byte| byte.is_ascii_alphabetic() || byte == b'=');
        if end == at {
            return None;
        }
        (word, at) = (&text[at..end], end);
    }
    None
}

/// Returns the end of a short comment and the blanks behind it; the place itself if none is there.
fn comment_end(text: &str, at: usize) -> usize {
    let ahead = &text[at..floor_boundary(text, at + LONGEST_NAME)];
    let length = ahead.strip_prefix("/*").and_then(|comment| comment.find("*/"));
    length.map_or(at, |length| {
        skip(text, at + "/*".len() + length + "*/".len(), |byte| byte.is_ascii_whitespace())
    })
}

/// Adds the ranges of the secrets of rows such as `('a', 'x'), ('b', 'y')`. Returns their end.
fn rows(text: &str, from: usize, secrets: &[bool], found: &mut Vec<Range<usize>>) -> usize {
    let mut at = from;
    while byte(text, at) == Some(b'(') {
        let (row, mut column) = (at + 1, 0);
        loop {
            let start = skip(text, at + 1, |byte| byte.is_ascii_whitespace());
            at = item_end(text, start);
            // The backslash may be an escape, or the end of the literal. That moves the columns.
            if text[start..at].starts_with('\'') && text[start..at].contains("\\'") {
                let end = text[start..].rfind(')').map_or(text.len(), |length| start + length);
                found.push(row..end);
                return end;
            }
            if start < at && secrets.get(column) == Some(&true) {
                found.push(start..start + text[start..at].trim_end().len());
            }
            column += 1;
            if byte(text, at) != Some(b',') {
                break;
            }
        }
        at = skip(text, (at + 1).min(text.len()), |byte| byte.is_ascii_whitespace() || byte == b',');
    }
    at
}

/// Returns the end of an item of a row.
fn item_end(text: &str, from: usize) -> usize {
    let (mut at, mut depth) = (from, 0_usize);
    while let Some(byte) = byte(text, at) {
        steps::add(1);
        match byte {
            b',' | b')' if depth == 0 => return at,
            b'(' => depth += 1,
            b')' => depth -= 1,
            quote if is_quote(quote) => {
                at = literals::end(text, at).unwrap_or(at + 1);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    text.len()
}
