//! Elements of XML: `<password>x</password>`, and the value that follows an element with a name
//! (`<key>password</key><string>x</string>`).

use std::collections::HashMap;
use std::ops::Range;

use super::reading::{byte, byte_before, is_name, is_quote, is_word, skip, steps};

/// Elements whose content is the name of the next element's content.
const NAMES: [&str; 3] = ["key", "name", "param-name"];

/// Adds the ranges of the contents of elements whose name `is_secret`.
pub(super) fn find(text: &str, mut is_secret: impl FnMut(&str) -> bool, found: &mut Vec<Range<usize>>) {
    let mut closing: Option<HashMap<&str, Vec<usize>>> = None;
    let mut is_next = false;
    let mut at = 0;
    while let Some(length) = text[at..].find('<') {
        let open = at + length;
        let end = skip(text, open + 1, |byte| is_name(byte) || byte == b':');
        at = open + 1;
        let Some(content) = content(text, end).filter(|_| end > open + 1) else { continue };
        let element = &text[open + 1..end];
        let local = element.rsplit(':').next().unwrap_or(element);
        let begins = byte_before(text, open).is_none_or(|byte| !is_word(byte));
        let is_value = std::mem::take(&mut is_next);
        let is_named = begins && is_secret(local);
        let names_next = NAMES.iter().any(|name| name.eq_ignore_ascii_case(local));
        if !is_value && !is_named && !names_next {
            continue;
        }
        let places = closing.get_or_insert_with(|| closing_tags(text)).get(element);
        let close = places.and_then(|places| places.get(places.partition_point(|place| *place < content)));
        let end = close.copied().or_else(|| unclosed(text, local, content)).unwrap_or(content);
        let value = content + text[content..end].len() - text[content..end].trim_start().len()
            ..content + text[content..end].trim_end().len();
        is_next = names_next && close.is_some() && is_secret_name(&text[content..end], &mut is_secret);
        if (is_value || is_named) && value.start < value.end {
            at = value.end;
            found.push(value);
        }
    }
}

/// Returns whether a content is the name of a secret.
fn is_secret_name(content: &str, is_secret: &mut impl FnMut(&str) -> bool) -> bool {
    let name = content.trim();
    !name.is_empty() && name.len() <= 64 && name.bytes().all(is_name) && is_secret(name)
}

/// Returns the place behind an opening tag whose name ends at `end`.
fn content(text: &str, end: usize) -> Option<usize> {
    let mut at = end;
    let mut quote = None;
    loop {
        let byte = byte(text, at).filter(|byte| *byte != b'<')?;
        steps::add(1);
        match quote {
            Some(open) if byte == open => quote = None,
            Some(_) => {}
            None if byte == b'>' => break,
            None if is_quote(byte) => quote = Some(byte),
            None => {}
        }
        at += 1;
    }
    (byte_before(text, at) != Some(b'/')).then_some(at + 1)
}

/// Returns the places of all closing tags by their names.
fn closing_tags(text: &str) -> HashMap<&str, Vec<usize>> {
    let mut tags: HashMap<&str, Vec<usize>> = HashMap::new();
    for (place, sign) in text.match_indices("</") {
        let start = place + sign.len();
        let end = skip(text, start, |byte| is_name(byte) || byte == b':');
        tags.entry(&text[start..end]).or_default().push(place);
    }
    tags
}

/// Returns the end of the content of an element that was cut off. A blank behind `<PASSWORD>` makes
/// it a placeholder; a line break does so if the name has capitals only.
fn unclosed(text: &str, element: &str, content: usize) -> Option<usize> {
    if text[content..].starts_with("<![CDATA[") {
        return Some(text.len());
    }
    let is_block = element.bytes().any(|byte| byte.is_ascii_lowercase())
        && matches!(byte(text, content), Some(b'\n' | b'\r'));
    let start = if is_block { skip(text, content, |byte| byte.is_ascii_whitespace()) } else { content };
    byte(text, start).is_some_and(is_word).then(|| skip(text, start, |byte| byte != b'<'))
}
