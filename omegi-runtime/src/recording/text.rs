//! Text with a limit.

use std::fmt;

/// Text that takes no more than a number of characters, and stops its writer then.
///
/// A `Debug` that would print a gigabyte is thus cut off while it prints, not after.
#[derive(Debug)]
pub(crate) struct Limited<'a> {
    text: &'a mut String,
    /// The number of characters that still fit.
    room: usize,
}

impl<'a> Limited<'a> {
    /// Returns a writer that appends at most `limit` characters to `text`.
    pub(crate) fn new(text: &'a mut String, limit: usize) -> Self {
        Self { text, room: limit }
    }
}

impl fmt::Write for Limited<'_> {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        let fitting = cut(piece, self.room);
        self.text.push_str(fitting);
        self.room -= fitting.chars().count();
        if fitting.len() == piece.len() { Ok(()) } else { Err(fmt::Error) }
    }
}

/// Returns the longest start of `text` with at most `limit` characters (OpenTelemetry counts
/// characters, not bytes).
pub(crate) fn cut(text: &str, limit: usize) -> &str {
    if text.len() <= limit {
        return text;
    }
    text.char_indices().nth(limit).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;

    #[test]
    fn counts_characters() {
        assert_eq!(["", "a", "añ", "añb", "añb"], [0, 1, 2, 3, 9].map(|limit| cut("añb", limit)));
    }

    #[test]
    fn stops_the_writer_at_the_limit() {
        let mut text = String::from(">");
        assert!(write!(Limited::new(&mut text, 5), "{:?}", [1, 2, 3]).is_err());
        assert_eq!(text, ">[1, 2");
        assert!(write!(Limited::new(&mut text, 5), "ok").is_ok());
    }
}
