//! The name before a sign, and its place in the text.

use super::reading::{begins_line, byte, byte_before, is_blank, is_name, is_quote, is_word, skip_back};

/// The most quotes and brackets behind a name (`['password'] = …`).
const CLOSERS: usize = 4;

/// A name before a sign.
#[derive(Clone, Copy, Debug)]
pub(super) struct ValueName<'a> {
    pub(super) text: &'a str,
    /// The place at which it begins, quotes included.
    pub(super) start: usize,
    /// True if it stands in quotes or brackets.
    pub(super) is_quoted: bool,
    /// True if its first letter may belong to an escape (`\npassword: x`).
    pub(super) is_escaped: bool,
}

/// The place of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Position {
    /// The beginning of a line.
    Line,
    /// Behind a bracket, a quote or a separator.
    Entry,
    /// Behind another word.
    Sentence,
    /// Inside a path.
    Path,
}

impl<'a> ValueName<'a> {
    /// Reads the name that ends before `sign`.
    pub(super) fn before(text: &'a str, sign: usize) -> Option<Self> {
        let end = skip_back(text, sign, is_blank);
        let has_operator =
            byte(text, sign) == Some(b'=') && matches!(byte_before(text, end), Some(b'+' | b'?'));
        let end = if has_operator { skip_back(text, end - 1, is_blank) } else { end };
        let may_be_argument = byte(text, sign) == Some(b'=');
        let (end, quote) = closers(text, end, may_be_argument);
        let end = if may_be_argument { before_type(text, end) } else { end };
        let quoted = quote.and_then(|quote| Self::quoted(text, end, quote));
        quoted.or_else(|| Self::unquoted(text, end))
    }

    fn quoted(text: &'a str, end: usize, quote: u8) -> Option<Self> {
        let start = skip_back(text, end, |byte| byte != quote);
        (byte_before(text, start) == Some(quote)).then(|| Self {
            text: text[start..end].trim_end_matches('\\'),
            start: skip_back(text, start - 1, |byte| byte == b'\\'),
            is_quoted: true,
            is_escaped: false,
        })
    }

    /// Reads the word that ends at `end`.
    pub(super) fn unquoted(text: &'a str, end: usize) -> Option<Self> {
        let run = skip_back(text, end, is_name);
        let start = end - text[run..end].trim_start_matches(['-', '.']).len();
        let is_escaped =
            byte_before(text, start) == Some(b'\\') && matches!(byte(text, start), Some(b'n' | b'r' | b't'));
        let is_quoted = byte(text, end) == Some(b']');
        (start < end).then_some(Self { text: &text[start..end], start, is_quoted, is_escaped })
    }

    /// Returns the name without a letter that may belong to an escape.
    pub(super) fn without_escape(&self) -> &'a str {
        if self.is_escaped { &self.text[1..] } else { self.text }
    }

    /// Returns the name before the brackets around this one, in a field of a form:
    /// `filter[password][eq]=x`.
    pub(super) fn outer(&self, text: &'a str, sign: usize) -> Option<Self> {
        let bracket = self.start.checked_sub(1).filter(|at| byte(text, *at) == Some(b'['))?;
        let is_field = byte(text, sign) == Some(b'=') && byte_before(text, sign) == Some(b']');
        is_field.then(|| Self::unquoted(text, closers(text, bracket, false).0)).flatten()
    }

    /// Returns its place.
    pub(super) fn position(&self, text: &str) -> Position {
        let at = skip_back(text, self.start, is_blank);
        let is_apart = at < self.start;
        if self.is_escaped || begins_line(text, at) {
            return Position::Line;
        }
        match byte_before(text, at) {
            Some(b'/' | b':' | b'\\' | b'@' | b'~' | b'.') if !is_apart => Position::Path,
            Some(b'-' | b'>' | b'<' | b'*' | b'#' | b'+' | b'|' | b'?' | b'/' | b'$') => {
                let decorated = skip_back(text, at, |byte| {
                    is_blank(byte) || !is_word(byte) && b"-><*#+|?/$".contains(&byte)
                });
                if begins_line(text, decorated) { Position::Line } else { Position::Entry }
            }
            // The beginning of a text in quotes.
            Some(byte) if is_quote(byte) && !is_apart => Position::Line,
            Some(byte) if is_word(byte) => Position::Sentence,
            _ => Position::Entry,
        }
    }

    /// Returns the word before it in a sentence.
    pub(super) fn word_before(&self, text: &'a str) -> &'a str {
        let end = skip_back(text, self.start, is_blank);
        &text[skip_back(text, end, is_name)..end]
    }
}

/// Skips the brackets and quotes behind a name. Returns its end, and its last quote. The name may
/// be that of an argument (`lower(password) = 'x'`).
fn closers(text: &str, end: usize, may_be_argument: bool) -> (usize, Option<u8>) {
    let (mut end, mut quote) = (end, None);
    for _ in 0..CLOSERS {
        match byte_before(text, end) {
            Some(b']') => end = index(text, end - 1),
            Some(b')') if may_be_argument && is_argument(text, end - 1) => end -= 1,
            Some(byte) if is_quote(byte) => {
                quote = Some(byte);
                end = skip_back(text, end - 1, |byte| byte == b'\\');
            }
            _ => break,
        }
    }
    (end, quote)
}

/// Skips the type of a column (`password::text = 'x'`).
fn before_type(text: &str, end: usize) -> usize {
    let start = skip_back(text, end, is_word);
    let is_type = start < end && text[..start].ends_with("::");
    if is_type && byte_before(text, start - 2).is_some_and(is_word) { start - 2 } else { end }
}

/// Returns whether a name alone stands in the bracket that ends at `bracket`.
fn is_argument(text: &str, bracket: usize) -> bool {
    let start = skip_back(text, bracket, |byte| is_name(byte) || is_quote(byte));
    start < bracket && byte_before(text, start) == Some(b'(')
}

/// Skips the brackets behind a name, empty or with a number (`passwords[0]`); else the closing one
/// alone.
fn index(text: &str, bracket: usize) -> usize {
    let start = skip_back(text, bracket, |byte| byte.is_ascii_digit());
    if byte_before(text, start) == Some(b'[') { start - 1 } else { bracket }
}
