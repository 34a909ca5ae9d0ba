//! Characters that show nothing, or change how others are shown.

/// Returns whether the character is invisible by itself: one of Unicode's `Default_Ignorable`
/// characters, format controls, fillers and separators of lines. Such a character can hide text,
/// split a word or turn the reading direction.
///
/// See [Unicode's data], version 16. Marks of general category `Cf` that have a shape are not
/// invisible, such as the Arabic number sign.
///
/// [Unicode's data]: https://www.unicode.org/Public/16.0.0/ucd/DerivedCoreProperties.txt
pub(crate) fn is_invisible(c: char) -> bool {
    is_variation_selector(c)
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}'
            | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
            | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Returns whether the character chooses a shape of the one before it.
pub(crate) fn is_variation_selector(c: char) -> bool {
    matches!(c,
        '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}
