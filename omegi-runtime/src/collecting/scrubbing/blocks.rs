//! Values of YAML over several lines ([YAML 1.2, 8](https://yaml.org/spec/1.2.2/)), and folded
//! headers.
//!
//! A block has more indentation than the name before it. The line breaks may be escaped.

use std::ops::Range;

use super::reading::{
    Signs, begins_entry, begins_line, byte, is_blank, is_quote, line_break, skip, skip_back, steps,
};

/// Returns the lines below a name whose own line has no value, or the sign of a block (`|`, `>`).
/// `name` and `after` are the places of the name and behind its colon.
pub(super) fn block(text: &str, name: usize, after: usize) -> Option<Range<usize>> {
    let begin = skip(text, after, is_blank);
    let mut start = begin;
    // Tags and anchors.
    while matches!(byte(text, start), Some(b'!' | b'&')) {
        let end = skip(text, start, |byte| !byte.is_ascii_whitespace() && byte != b'\\');
        start = skip(text, end, is_blank);
    }
    let is_scalar = matches!(byte(text, start), Some(b'|' | b'>'));
    let header = skip(text, start, |byte| matches!(byte, b'|' | b'>' | b'+' | b'-' | b'0'..=b'9'));
    let comment = skip(text, header, is_blank);
    let header = match byte(text, comment) {
        Some(b'#') => skip(text, comment, |byte| byte != b'\n' && byte != b'\r' && byte != b'\\'),
        _ => comment,
    };
    let first = line_break(text, header)?;
    let indentation = indentation(text, name);
    let mut end = None;
    let mut line = first;
    while line < text.len() {
        let content = skip(text, line, is_blank);
        let next = line_end(text, content);
        let is_item = !is_scalar && byte(text, content) == Some(b'-') && content - line >= indentation;
        if next.is_empty_from(content) {
            // An empty line belongs to the block if the block goes on.
        } else if content - line > indentation || is_item {
            end = Some(next.end);
        } else {
            break;
        }
        line = next.after;
    }
    let start =
        if is_scalar || start > begin { begin } else { skip(text, first, |byte| byte.is_ascii_whitespace()) };
    end.filter(|end| *end > start).map(|end| start..end)
}

/// Returns the end of a value that goes on in lines with more indentation. Each of them is one
/// word, or stands behind a comma.
pub(super) fn continued(text: &str, name: usize, value: Range<usize>) -> usize {
    let indentation = indentation(text, name);
    let mut end = value.end;
    while let Some(line) = line_break(text, end) {
        let content = skip(text, line, is_blank);
        let next = line_end(text, content);
        let word = &text[content..next.end];
        let is_list = text[..end].ends_with(',');
        let is_word = || {
            !word.bytes().any(|byte| byte.is_ascii_whitespace() || byte == b':' || is_quote(byte))
                && !word.starts_with(['-', '#', '}', ']', ')', '|', '='])
                && !begins_entry(text, content, Signs::All)
        };
        if word.is_empty() || content - line <= indentation || !is_list && !is_word() {
            break;
        }
        end = next.end;
    }
    end
}

/// The end of a line.
struct LineEnd {
    /// The place of its line break.
    end: usize,
    /// The place behind the line break.
    after: usize,
}

impl LineEnd {
    fn is_empty_from(&self, content: usize) -> bool {
        self.end == content
    }
}

/// Returns the end of the line from `at`. A quote behind an escaped line ends the text.
fn line_end(text: &str, from: usize) -> LineEnd {
    let bytes = text.as_bytes();
    let mut at = from;
    while at < bytes.len() {
        steps::add(1);
        if matches!(bytes[at], b'\n' | b'\r' | b'\\')
            && let Some(after) = line_break(text, at)
        {
            return LineEnd { end: at, after };
        }
        at += 1;
    }
    LineEnd { end: text.len(), after: text.len() }
}

/// Returns the indentation of a name: the blanks and signs of lists before it. If words are before
/// it, it is that of its line.
fn indentation(text: &str, name: usize) -> usize {
    let is_indentation = |byte| is_blank(byte) || matches!(byte, b'-' | b'?');
    let start = skip_back(text, name, is_indentation);
    if begins_line(text, start) {
        return name - start;
    }
    let line = skip_back(text, start, |byte| byte != b'\n' && byte != b'\r');
    skip(text, line, is_blank) - line
}
