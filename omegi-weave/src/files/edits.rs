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
}

/// A place where text can be inserted: a byte offset.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InsertionPoint(pub(crate) usize);

impl InsertionPoint {
    /// Returns the edit that inserts `text` here.
    pub(crate) fn insert(self, text: String) -> TextEdit {
        TextEdit { range: self.0..self.0, text }
    }
}

/// Returns `text` with all `edits`, which do not overlap.
pub(crate) fn apply(text: &str, mut edits: Vec<TextEdit>) -> String {
    edits.sort_by_key(|edit| edit.range.start);
    let mut edited =
        String::with_capacity(text.len() + edits.iter().map(|edit| edit.text.len()).sum::<usize>());
    let mut at = 0;
    for TextEdit { range, text: new } in edits {
        edited.push_str(&text[at..range.start]);
        edited.push_str(&new);
        at = range.end;
    }
    edited.push_str(&text[at..]);
    edited
}

/// Returns the length of the byte order mark and of the `#!` line, which syn's spans do not count.
pub(crate) fn prefix_length(text: &str, file: &File) -> usize {
    let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    mark + file.shebang.as_ref().map_or(0, String::len)
}
