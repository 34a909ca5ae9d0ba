//! Values whose name is a value itself: `name: "password", value: "x"`, `<e key="password">x</e>`,
//! and the fields of a form ([RFC 7578]).
//!
//! [RFC 7578]: https://www.rfc-editor.org/rfc/rfc7578

use std::ops::Range;

use super::reading::{
    LONGEST_NAME, byte, ceil_boundary, floor_boundary, is_blank, is_name, is_word, line_break, skip,
    skip_quote, steps,
};

/// Names of names.
const NAMES: [&str; 7] = ["field", "header", "id", "key", "name", "param", "variable"];

/// Names of values.
const VALUES: [&str; 6] = ["content", "contents", "data", "default", "val", "value"];

/// The most types around a name.
const WRAPPERS: usize = 3;

/// The longest head of a field of a form.
const FARTHEST: usize = 512;

/// Returns whether the value under this name may be the name of another.
pub(super) fn is_name_of_names(name: &str) -> bool {
    NAMES.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Returns whether the value under this name may say that another one is a password, as in
/// `type="password"`.
pub(super) fn is_type(name: &str) -> bool {
    name.eq_ignore_ascii_case("type")
}

/// Returns whether a value under this name may belong to a name shortly before.
pub(super) fn is_name_of_values(name: &str) -> bool {
    VALUES.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Returns the name that is written at `start`, in quotes or not, and its end. A type may be around
/// it: `Some("password")`.
pub(super) fn name_at(text: &str, start: usize) -> Option<(&str, usize)> {
    let start = skip(text, start, is_blank);
    let wrapped = (0..WRAPPERS).try_fold(start, |at, _| {
        let open = skip(text, at, is_word);
        let is_type = open > at && byte(text, open) == Some(b'(');
        if is_type { Ok(skip(text, open + 1, |byte| byte.is_ascii_whitespace())) } else { Err(at) }
    });
    let (Ok(wrapped) | Err(wrapped)) = wrapped;
    let literal =
        wrapped + usize::from(text[wrapped..].starts_with("b\"") || text[wrapped..].starts_with("b\\"));
    let begin = skip_quote(text, literal);
    if wrapped > start && begin == literal {
        return None;
    }
    // Fields of forms have brackets: `user[password]`.
    let is_part = |byte| is_name(byte) || begin > literal && matches!(byte, b'[' | b']');
    let end = skip(text, begin, is_part);
    let closed = skip_quote(text, end);
    let is_whole = byte(text, closed).is_none_or(|byte| !byte.is_ascii_alphanumeric());
    (end > begin && end - begin <= LONGEST_NAME && is_whole).then(|| (&text[begin..end], closed))
}

/// Returns the name of the element in whose tag an attribute's name begins at `at`.
pub(super) fn tag(text: &str, at: usize) -> Option<&str> {
    let before = &text[ceil_boundary(text, at.saturating_sub(LONGEST_NAME))..at];
    let tag = before.rsplit_once('<').map(|(_, tag)| tag).filter(|tag| !tag.contains('>'))?;
    let (element, _) = tag.split_once(|letter: char| letter.is_ascii_whitespace())?;
    element.rsplit(':').next()
}

/// Returns the body of the field of a form, whose name ends at `from`.
pub(super) fn form_field(text: &str, from: usize) -> Option<Range<usize>> {
    let before = &text[ceil_boundary(text, from.saturating_sub(FARTHEST))..from];
    let head = &text[..floor_boundary(text, from + FARTHEST)];
    let line = before.rfind('\n').map_or(before, |end| &before[end..]);
    if !line.contains("form-data") {
        return None;
    }
    let mut at = from;
    loop {
        let (_, next) = next_line(head, at)?;
        if let Some(start) = line_break(text, next) {
            return Some(start..body_end(text, start));
        }
        at = next;
    }
}

/// Returns the content of the element in whose tag the name ends at `from`.
pub(super) fn element(text: &str, from: usize) -> Option<Range<usize>> {
    let before = &text[ceil_boundary(text, from.saturating_sub(LONGEST_NAME))..from];
    let tag = before.rfind('<').filter(|open| !before[*open..].contains('>'))?;
    let is_element = before[tag + 1..].starts_with(|letter: char| letter.is_alphabetic());
    let close = skip(text, from, |byte| byte != b'>' && byte != b'<');
    let is_open = byte(text, close) == Some(b'>') && !text[..close].ends_with('/');
    let content = |close: usize| skip(text, (close + 1).min(text.len()), |byte| byte.is_ascii_whitespace());
    // An element inside may have the value: `<property name="password"><value>x`.
    let start = match content(close) {
        inner if text[inner..].starts_with("<![CDATA[") => {
            let end = text[inner..].find("]]>").map_or(text.len(), |length| inner + length + "]]>".len());
            steps::add(end - inner);
            return (is_element && is_open).then_some(inner..end);
        }
        inner if byte(text, inner) == Some(b'<') => {
            content(skip(text, inner + 1, |byte| byte != b'>' && byte != b'<'))
        }
        start => start,
    };
    let end = skip(text, start, |byte| byte != b'<');
    (is_element && is_open && end > start).then(|| start..start + text[start..end].trim_end().len())
}

/// Returns the end of a body: the line break before the boundary.
fn body_end(text: &str, start: usize) -> usize {
    let mut at = start;
    while let Some((end, next)) = next_line(text, at) {
        if text[next..].starts_with("--") {
            return end;
        }
        at = next;
    }
    text.len()
}

/// Returns the end of a line, and the beginning of the next one.
fn next_line(text: &str, from: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    (from..bytes.len()).find_map(|at| {
        steps::add(1);
        let is_break = matches!(bytes[at], b'\n' | b'\r' | b'\\');
        is_break.then(|| line_break(text, at)).flatten().map(|next| (at, next))
    })
}
