//! Text of the user's program, made safe for one line.

use std::fmt::{self, Write};

/// The most characters of a name, an argument or a field.
const VALUE: usize = 60;

/// The most characters of an error's message.
const MESSAGE: usize = 240;

/// Text with a limit of characters.
///
/// Escapes everything that could move the cursor, change the colour or turn the reading direction:
/// such characters in an argument could forge output.
pub(super) struct Clean<'a> {
    text: &'a str,
    limit: usize,
}

/// The text as a name, an argument or a field.
pub(super) const fn value(text: &str) -> Clean<'_> {
    Clean { text, limit: VALUE }
}

/// The text as a message.
pub(super) const fn message(text: &str) -> Clean<'_> {
    Clean { text, limit: MESSAGE }
}

/// The text without a limit.
pub(super) const fn whole(text: &str) -> Clean<'_> {
    Clean { text, limit: usize::MAX }
}

impl fmt::Display for Clean<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut characters = self.text.chars();
        for c in characters.by_ref().take(self.limit) {
            if is_harmless(c) { f.write_char(c)? } else { write!(f, "{}", c.escape_default())? }
        }
        f.write_str(if characters.next().is_some() { "…" } else { "" })
    }
}

/// Returns whether the character is no control character or separator of lines, not invisible, and
/// does not order text.
fn is_harmless(c: char) -> bool {
    !(c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_become_visible() {
        let hostile = "\u{1b}[2J\r\nx\u{9b}31m\u{7}\u{202e}é✓";
        assert_eq!(value(hostile).to_string(), "\\u{1b}[2J\\r\\nx\\u{9b}31m\\u{7}\\u{202e}é✓");
    }

    #[test]
    fn long_text_is_cut_at_a_character() {
        assert_eq!(value(&"é".repeat(VALUE)).to_string(), "é".repeat(VALUE));
        assert_eq!(value(&"é".repeat(VALUE + 1)).to_string(), "é".repeat(VALUE) + "…");
    }
}
