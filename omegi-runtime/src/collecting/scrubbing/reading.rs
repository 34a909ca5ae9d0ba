//! Reads the pieces of a text: runs of bytes, line breaks, and the beginning of another named
//! value.
//!
//! Positions are those of ASCII bytes, so each of them is the boundary of a character. All looks
//! ahead and back are bounded, which keeps the whole search linear.

/// The farthest look back, and the longest name.
pub(super) const LONGEST_NAME: usize = 128;

/// The most backslashes of a quote: those of a string seven strings deep.
const BACKSLASHES: usize = 128;

/// Returns whether the byte is a blank inside a line.
pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Returns whether the byte can be part of a name.
pub(super) fn is_name(byte: u8) -> bool {
    NAME_BYTES[usize::from(byte)]
}

/// Returns whether the byte is a letter or a digit.
pub(super) fn is_word(byte: u8) -> bool {
    WORD_BYTES[usize::from(byte)]
}

/// The bytes of words.
static WORD_BYTES: [bool; 256] = bytes(b"_");

/// The bytes of names.
static NAME_BYTES: [bool; 256] = bytes(b"_-.");

/// Returns a table of letters, digits and these bytes: most bytes of a text are looked up.
const fn bytes(others: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < table.len() {
        table[byte] = byte > 127 || (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    let mut nth = 0;
    while nth < others.len() {
        table[others[nth] as usize] = true;
        nth += 1;
    }
    table
}

/// Returns whether the byte can be a quote.
pub(super) fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}

/// Returns the byte at a position.
pub(super) fn byte(text: &str, at: usize) -> Option<u8> {
    text.as_bytes().get(at).copied()
}

/// Returns the byte before a position.
pub(super) fn byte_before(text: &str, at: usize) -> Option<u8> {
    text.as_bytes()[..at].last().copied()
}

/// Returns the last boundary of a character that is not after `at`: a method of std since Rust
/// 1.91.
pub(super) fn floor_boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// Returns the first boundary of a character that is not before `at`: a method of std since Rust
/// 1.91.
pub(super) fn ceil_boundary(text: &str, at: usize) -> usize {
    (at..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}

/// Returns the end of the run of such bytes at `from`.
pub(super) fn skip(text: &str, from: usize, is: impl Fn(u8) -> bool) -> usize {
    let length = text.as_bytes()[from..].iter().take_while(|byte| is(**byte)).count();
    steps::add(length + 1);
    from + length
}

/// Returns the beginning of the run of such bytes before `to`, if it is not longer than a name.
pub(super) fn skip_back(text: &str, to: usize, is: impl Fn(u8) -> bool) -> usize {
    let before = text.as_bytes()[..to].iter().rev().take(LONGEST_NAME);
    let length = before.take_while(|byte| is(**byte)).count();
    steps::add(length + 1);
    ceil_boundary(text, to - length)
}

/// Returns the end of the backslashes at a position.
pub(super) fn skip_backslashes(text: &str, from: usize) -> usize {
    let length = text.as_bytes()[from..].iter().take(BACKSLASHES).take_while(|byte| **byte == b'\\').count();
    steps::add(length + 1);
    from + length
}

/// Returns the end of the line break at a position: a real one, or one that is escaped, as in the
/// `Debug` of a text.
pub(super) fn line_break(text: &str, at: usize) -> Option<usize> {
    let letter = skip_backslashes(text, at);
    let (feed, carriage) = if letter > at { (b'n', b'r') } else { (b'\n', b'\r') };
    match byte(text, letter)? {
        byte if byte == feed => Some(letter + 1),
        byte if byte == carriage => {
            let next = skip_backslashes(text, letter + 1);
            let is_pair = self::byte(text, next) == Some(feed) && (next > letter + 1) == (letter > at);
            Some(if is_pair { next + 1 } else { letter + 1 })
        }
        _ => None,
    }
}

/// Returns whether the line begins at `at`, or a line break stands before it.
pub(super) fn begins_line(text: &str, at: usize) -> bool {
    match byte_before(text, at) {
        None | Some(b'\n' | b'\r' | 0) => true,
        Some(b'n' | b'r') => byte_before(text, at - 1) == Some(b'\\'),
        Some(_) => false,
    }
}

/// The signs by which another named value is recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signs {
    /// `name:` and `name=`.
    All,
    /// `name:` alone: the value itself is a list of `name=value`.
    Colons,
    /// `name=` alone.
    Equals,
}

/// Returns whether another named value begins at `at`.
pub(super) fn begins_entry(text: &str, at: usize, signs: Signs) -> bool {
    let rest = &text[at..floor_boundary(text, at + LONGEST_NAME)];
    let start = skip_quote(rest, skip(rest, 0, |byte| is_blank(byte) || matches!(byte, b'-' | b'?')));
    let end = skip(rest, start, |byte| is_name(byte) || matches!(byte, b'[' | b']' | b'%'));
    let sign = skip(rest, skip_quote(rest, end), is_blank);
    let (found, next) = (byte(rest, sign), byte(rest, sign + 1));
    // A number before a number is a time.
    let is_time = byte(rest, start).is_some_and(|byte| byte.is_ascii_digit());
    let is_colon = found == Some(b':') && !matches!(next, Some(b':' | b'/')) && !is_time;
    let is_equals = found == Some(b'=') && next != Some(b'=');
    end > start && (is_colon && signs != Signs::Equals || is_equals && signs != Signs::Colons)
}

/// Returns the end of a quote with its backslashes, if one stands at `from`.
pub(super) fn skip_quote(text: &str, from: usize) -> usize {
    let quote = skip_backslashes(text, from);
    if byte(text, quote).is_some_and(is_quote) { quote + 1 } else { from }
}

/// Counts the bytes that are read, for the test of linear time.
pub(super) mod steps {
    #[cfg(test)]
    thread_local! {
        static READ: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
    }

    /// Adds bytes that were read.
    #[cfg(not(test))]
    pub(in super::super) fn add(_: usize) {}

    /// Adds bytes that were read.
    #[cfg(test)]
    pub(in super::super) fn add(read: usize) {
        READ.set(READ.get() + read);
    }

    /// Returns the number of bytes that were read, and begins again.
    #[cfg(test)]
    pub(in super::super) fn take() -> usize {
        READ.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries_are_those_of_characters() {
        let text = "a€b";
        assert_eq!([0, 1, 2, 3, 4, 5, 9].map(|at| floor_boundary(text, at)), [0, 1, 1, 1, 4, 5, 5]);
        assert_eq!([0, 1, 2, 3, 4, 5, 9].map(|at| ceil_boundary(text, at)), [0, 1, 4, 4, 4, 5, 5]);
    }
}
