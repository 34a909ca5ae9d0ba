//! The readings of a text: as it is, and decoded.
//!
//! A name or a sign may be written as an escape: `pass%77ord`, `"pass\u0077ord"`, `&quot;`. It may
//! have other signs of Unicode for quotes, blanks and colons, invisible characters inside, or
//! colours of a terminal. Each reading remembers the places of its bytes in the text.

use std::ops::Range;

use crate::vocabulary::invisible::is_invisible;

/// The most decodings of a text: `%2577` takes two.
const DECODINGS: usize = 3;

/// The named entities of XML.
const ENTITIES: [(&str, char); 5] =
    [("&quot;", '"'), ("&apos;", '\''), ("&lt;", '<'), ("&gt;", '>'), ("&amp;", '&')];

/// A text that was decoded.
#[derive(Debug)]
pub(super) struct Decoded {
    pub(super) text: String,
    /// The place of each byte in the source, and the source's length.
    places: Vec<usize>,
}

impl Decoded {
    /// Returns the range of the source that reads as this range.
    pub(super) fn source(&self, range: &Range<usize>) -> Range<usize> {
        self.places[range.start]..self.places[range.end]
    }
}

/// Returns the readings of a text that differ from it and from one another.
pub(super) fn readings(text: &str) -> Vec<Decoded> {
    let mut readings: Vec<Decoded> = Vec::new();
    while readings.len() < DECODINGS {
        let last = readings.last();
        let Some(mut reading) = decoded(last.map_or(text, |last| &last.text)) else { break };
        if let Some(last) = last {
            reading.places.iter_mut().for_each(|place| *place = last.places[*place]);
        }
        readings.push(reading);
    }
    readings
}

/// Decodes a text once; `None` if nothing in it is encoded.
fn decoded(text: &str) -> Option<Decoded> {
    let mut at = first_encoded(text, 0)?;
    let mut reading = Decoded { text: text[..at].to_owned(), places: (0..at).collect() };
    let mut is_changed = false;
    while let Some(letter) = text[at..].chars().next() {
        let (read, length) = character(&text[at..]).unwrap_or((Some(letter), letter.len_utf8()));
        is_changed |= read != Some(letter) || length > letter.len_utf8();
        if let Some(read) = read {
            reading.text.push(read);
            reading.places.resize(reading.text.len(), at);
        }
        at += length;
        let next = first_encoded(text, at).unwrap_or(text.len());
        reading.text.push_str(&text[at..next]);
        reading.places.extend(at..next);
        at = next;
    }
    reading.places.push(text.len());
    is_changed.then_some(reading)
}

/// Returns the place of the next byte at which something encoded may begin.
fn first_encoded(text: &str, from: usize) -> Option<usize> {
    let is_special = |byte: &u8| matches!(byte, b'%' | b'\\' | b'&' | 0x1b) || !byte.is_ascii();
    text.as_bytes()[from..].iter().position(is_special).map(|length| from + length)
}

/// Returns the character that is encoded at the beginning of `rest`, `None` in place of one without
/// a meaning, and its length there.
fn character(rest: &str) -> Option<(Option<char>, usize)> {
    match rest.as_bytes()[0] {
        b'%' => hex(rest.get(1..3)?).filter(char::is_ascii).map(|letter| (Some(letter), 3)),
        b'\\' => escaped(rest).map(|(letter, length)| (Some(letter), length)),
        b'&' => entity(rest).map(|(letter, length)| (Some(letter), length)),
        0x1b => colour(rest).map(|length| (None, length)),
        _ => {
            let letter = rest.chars().next()?;
            folded(letter).map(|folded| (folded, letter.len_utf8()))
        }
    }
}

/// Reads `\n`, `\/`, `\x77`, `\u0077` and `\u{77}`, with any number of backslashes.
fn escaped(rest: &str) -> Option<(char, usize)> {
    let backslashes = rest.bytes().take(8).take_while(|byte| *byte == b'\\').count();
    let digits = backslashes + 1;
    let (digits, length) = match rest.as_bytes().get(backslashes)? {
        b'n' => return Some(('\n', digits)),
        b'r' => return Some(('\r', digits)),
        b't' => return Some(('\t', digits)),
        b'/' => return Some(('/', digits)),
        b'x' => (rest.get(digits..digits + 2)?, digits + 2),
        b'u' if rest.as_bytes().get(digits) == Some(&b'{') => {
            let inside = rest.get(digits + 1..)?;
            let end = inside.bytes().take(8).position(|byte| byte == b'}')?;
            (&inside[..end], digits + end + 2)
        }
        b'u' => (rest.get(digits..digits + 4)?, digits + 4),
        _ => return None,
    };
    Some((hex(digits)?, length))
}

/// Reads `&quot;`, `&#34;` and `&#x22;`.
fn entity(rest: &str) -> Option<(char, usize)> {
    if let Some((entity, letter)) = ENTITIES.iter().find(|(entity, _)| rest.starts_with(entity)) {
        return Some((*letter, entity.len()));
    }
    let number = rest.strip_prefix("&#")?;
    let end = number.bytes().take(8).position(|byte| byte == b';')?;
    let length = "&#".len() + end + 1;
    let letter = match number[..end].strip_prefix(['x', 'X']) {
        Some(digits) => hex(digits),
        None => number[..end].parse().ok().and_then(char::from_u32),
    };
    Some((letter?, length))
}

fn hex(digits: &str) -> Option<char> {
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    u32::from_str_radix(digits, 16).ok().filter(|_| is_hex).and_then(char::from_u32)
}

/// Returns the length of a sequence that sets the colour of a terminal.
fn colour(rest: &str) -> Option<usize> {
    let parameters = rest.strip_prefix("\u{1b}[")?;
    let length = parameters.bytes().take(32).position(|byte| byte.is_ascii_alphabetic())?;
    Some("\u{1b}[".len() + length + 1)
}

/// Returns the sign of ASCII with the same meaning; `None` in place of an invisible character.
fn folded(letter: char) -> Option<Option<char>> {
    Some(match letter {
        '\u{201c}'..='\u{201f}' | '«' | '»' | '″' => Some('"'),
        '\u{2018}'..='\u{201b}' | '‹' | '›' | '′' => Some('\''),
        // The signs of ASCII in full width.
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0),
        letter if is_invisible(letter) => None,
        letter if letter.is_whitespace() => Some(' '),
        _ => return None,
    })
}
