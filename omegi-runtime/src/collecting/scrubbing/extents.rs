//! The ends of values without quotes.
//!
//! A sign that could end a value is part of it if a letter or digit follows, unless another named
//! value begins there: `password=a&b` is one value, `password=a&b=c` are two.

use super::literals;
use super::reading::{
    Signs, begins_entry, byte, is_blank, is_quote, is_word, line_break, skip, skip_backslashes, steps,
};

/// The end of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// The next blank: `?token=x&n=1`, `--password=x`.
    Word,
    /// The next field, or the bracket around it: `{ password: x, n: 1 }`.
    Field,
    /// The end of the line, or the next named value in it: `password: x y`.
    Line,
    /// The end of the line, or the next `name:`. The value is a list itself: `Cookie: a=1; b=2`.
    List,
    /// The next semicolon: `Uid=sa;Pwd=x y;Server=db`.
    Setting,
}

/// A value without quotes, and the text around it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unquoted<'a> {
    pub(super) text: &'a str,
    pub(super) start: usize,
    pub(super) extent: Extent,
    /// True if a quote stands before it: one behind it may close the string around it.
    pub(super) is_in_quotes: bool,
    /// True if a bracket may stand before it: one behind it may close it.
    pub(super) is_in_brackets: bool,
}

impl Unquoted<'_> {
    /// Returns the end of the value.
    pub(super) fn end(&self) -> usize {
        let bytes = self.text.as_bytes();
        let nests = matches!(self.extent, Extent::Word | Extent::Field);
        let (mut at, mut depth) = (self.start, 0_usize);
        while at < bytes.len() {
            steps::add(1);
            if depth == 0 && self.ends_at(at) {
                return at;
            }
            match bytes[at] {
                b'(' | b'[' | b'{' if nests => depth += 1,
                b')' | b']' | b'}' => depth = depth.saturating_sub(1),
                b'"' if depth > 0 => {
                    at = literals::end(self.text, at).unwrap_or(at + 1);
                    continue;
                }
                _ => {}
            }
            at += 1;
        }
        self.text.len()
    }

    fn ends_at(&self, at: usize) -> bool {
        use Extent::{Field, Line, List, Setting, Word};
        let is_loose = || !self.is_word_at(at + 1);
        match (self.text.as_bytes()[at], self.extent) {
            (b'\n' | b'\r' | 0, _) => true,
            (sign, Word) if is_blank(sign) || sign.is_ascii_control() => true,
            (b' ' | b'\t', Field) => begins_entry(self.text, at, Signs::All),
            (b'\\', _) => self.ends_at_escape(at),
            (quote, Word | Setting | Field) if is_quote(quote) => is_loose(),
            (quote, Line | List) if is_quote(quote) => self.is_in_quotes && is_loose(),
            (b';', Setting) => true,
            (b'&', Word) | (b',' | b';', Word | Field | Line | List) => self.ends_at_separator(at),
            (b')' | b']' | b'}', Word | Field) => is_loose(),
            (b')' | b']' | b'}', Line | List) => self.is_in_brackets && is_loose(),
            (b'<', Word | Field) => byte(self.text, at + 1) == Some(b'/'),
            (b'>', Word) => byte(self.text, at + 1)
                .is_none_or(|next| next.is_ascii_whitespace() || next == b'<' || is_quote(next)),
            _ => false,
        }
    }

    fn is_word_at(&self, at: usize) -> bool {
        byte(self.text, at).is_some_and(is_word)
    }

    /// Returns whether an escaped quote or line break ends the value.
    fn ends_at_escape(&self, at: usize) -> bool {
        let letter = skip_backslashes(self.text, at);
        match byte(self.text, letter) {
            Some(quote) if is_quote(quote) => !self.is_word_at(letter + 1),
            Some(b'n' | b'r' | b't') => {
                let next = line_break(self.text, at).unwrap_or(letter + 1);
                let after = skip_backslashes(self.text, next);
                byte(self.text, after).is_none_or(|byte| is_quote(byte) || byte.is_ascii_whitespace())
                    || line_break(self.text, next).is_some()
                    || begins_entry(self.text, next, Signs::All)
            }
            _ => false,
        }
    }

    fn ends_at_separator(&self, at: usize) -> bool {
        let signs = if self.extent == Extent::List { Signs::Colons } else { Signs::All };
        let entity = if self.text[at..].starts_with("&amp;") { "amp;".len() } else { 0 };
        let next = skip(self.text, at + 1 + entity, is_blank);
        let is_last = || match byte(self.text, next) {
            None | Some(b'\n' | b'\r' | b')' | b']' | b'}') => true,
            Some(quote) => is_quote(quote) || self.text[next..].starts_with(".."),
        };
        match self.extent {
            Extent::Word if next > at + 1 => true,
            Extent::Word | Extent::Field => is_last() || begins_entry(self.text, next, signs),
            _ => begins_entry(self.text, next, signs),
        }
    }
}
