//! Text of the user's program, made safe for one line.

use std::fmt::{self, Write};

use crate::vocabulary::invisible::{is_invisible, is_variation_selector};

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
        let mut last = None;
        for c in characters.by_ref().take(self.limit) {
            if is_harmless(c, last) {
                f.write_char(c)?
            } else {
                write!(f, "{}", c.escape_default())?
            }
            last = Some(c);
        }
        f.write_str(if characters.next().is_some() { "…" } else { "" })
    }
}

/// Returns whether the character is no control character or separator of lines, not invisible, and
/// does not order text. `last` is the character before it.
fn is_harmless(c: char, last: Option<char>) -> bool {
    // One selector shapes a sign of a script or an emoji. More of them, or one behind a letter of
    // ASCII, carry hidden text.
    let has_shape = |last: char| !last.is_ascii() && !last.is_control() && !is_invisible(last);
    let selects = || is_variation_selector(c) && last.is_some_and(has_shape);
    !c.is_control() && (!is_invisible(c) || selects())
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
    fn characters_that_hide_text_become_visible() {
        let hidden = [
            "\u{fff9}",
            "\u{fffa}",
            "\u{fffb}",
            "\u{180e}",
            "\u{115f}",
            "\u{1160}",
            "\u{3164}",
            "\u{ffa0}",
            "\u{e0001}",
            "\u{e0041}",
            "\u{e007f}",
            "\u{34f}",
            "\u{61c}",
            "\u{17b4}",
            "\u{200b}",
            "\u{200f}",
            "\u{2028}",
            "\u{202a}",
            "\u{2060}",
            "\u{2066}",
            "\u{2069}",
            "\u{2800}",
            "\u{feff}",
            "\u{13430}",
            "\u{1bca0}",
            "\u{1d173}",
            "\u{fe0f}",
            "\u{e0100}",
            "\u{180b}",
            "\u{ad}",
            "\u{fff0}",
            "\u{e01f0}",
        ];
        for hidden in hidden {
            let text = format!("a{hidden}b");
            assert_eq!(
                value(&text).to_string(),
                format!("a{}b", hidden.escape_unicode()),
                "{}",
                hidden.escape_unicode()
            );
        }
    }

    #[test]
    fn one_selector_behind_a_sign_shapes_it_and_more_hide_text() {
        assert_eq!(value("❤\u{fe0f} 葛\u{e0100}").to_string(), "❤\u{fe0f} 葛\u{e0100}");
        assert_eq!(value("❤\u{fe0f}\u{fe01}").to_string(), "❤\u{fe0f}\\u{fe01}");
        assert_eq!(value("é\u{600}").to_string(), "é\u{600}", "a mark with a shape");
    }

    #[test]
    fn long_text_is_cut_at_a_character() {
        assert_eq!(value(&"é".repeat(VALUE)).to_string(), "é".repeat(VALUE));
        assert_eq!(value(&"é".repeat(VALUE + 1)).to_string(), "é".repeat(VALUE) + "…");
    }
}
