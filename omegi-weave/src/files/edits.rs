//! Edits of a source text.

use std::ops::Range;

use syn::File;

/// A replacement of a part of the text.
#[derive(Clone, Debug)]
pub(crate) struct TextEdit {
    /// The bytes to replace.
    pub(crate) range: Range<usize>,
    /// The new text.
    pub(crate) text: String,
    /// The bytes of the original that the new text is about: of the item or function it changes.
    pub(crate) subject: Range<usize>,
}

/// A text that was edited, with the places of its edits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EditedText {
    /// The new text.
    pub text: String,
    /// The edits, in order.
    edits: Vec<EditPlace>,
}

/// The place of one edit.
#[derive(Clone, Debug, PartialEq, Eq)]
struct EditPlace {
    /// The bytes that it replaces in the original text.
    original: Range<usize>,
    /// The bytes that it has in the new text.
    edited: Range<usize>,
    subject: Range<usize>,
}

impl EditedText {
    /// Returns the bytes of the original text that the bytes `edited` of the new one are about.
    /// They are its subject for the text of an edit, and else a place.
    #[must_use]
    pub fn original(&self, edited: usize) -> Range<usize> {
        let before = self.edits.iter().take_while(|edit| edit.edited.start <= edited).last();
        match before {
            Some(edit) if edit.edited.contains(&edited) => edit.subject.clone(),
            Some(edit) => {
                let at = edit.original.end + (edited - edit.edited.end);
                at..at
            }
            None => edited..edited,
        }
    }
}

/// A place where text can be inserted: a byte offset.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InsertionPoint(pub(crate) usize);

impl InsertionPoint {
    /// Returns the edit that inserts `text` here, which is about the bytes `subject`.
    pub(crate) fn insert(self, text: String, subject: Range<usize>) -> TextEdit {
        TextEdit { range: self.0..self.0, text, subject }
    }
}

/// Returns `text` with all `edits`, which do not overlap.
pub(crate) fn apply(text: &str, mut edits: Vec<TextEdit>) -> EditedText {
    edits.sort_by_key(|edit| edit.range.start);
    let mut edited =
        String::with_capacity(text.len() + edits.iter().map(|edit| edit.text.len()).sum::<usize>());
    let mut places = Vec::with_capacity(edits.len());
    let mut at = 0;
    for TextEdit { range, text: new, subject } in edits {
        edited.push_str(&text[at..range.start]);
        let start = edited.len();
        edited.push_str(&new);
        at = range.end;
        places.push(EditPlace { original: range, edited: start..edited.len(), subject });
    }
    edited.push_str(&text[at..]);
    EditedText { text: edited, edits: places }
}

/// Returns the length of the byte order mark and of the `#!` line, which syn's spans do not count.
pub(crate) fn prefix_length(text: &str, file: &File) -> usize {
    let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    mark + file.shebang.as_ref().map_or(0, String::len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_lead_back_to_the_original() {
        let insertion = InsertionPoint(2).insert("++".to_owned(), 2..5);
        let second = InsertionPoint(2).insert("#".to_owned(), 3..4);
        let replacement = TextEdit { range: 5..8, text: "-".to_owned(), subject: 5..8 };
        let edited = apply("abcdefghij", vec![replacement, insertion, second]);
        assert_eq!(edited.text, "ab++#cde-ij");
        let original: Vec<_> = (0..11).map(|at| edited.original(at)).collect();
        let expected = [0..0, 1..1, 2..5, 2..5, 3..4, 2..2, 3..3, 4..4, 5..8, 8..8, 9..9];
        assert_eq!(original, expected);
    }
}
