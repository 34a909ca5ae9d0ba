//! The lengths of texts in a message that is cut.

use std::borrow::Cow;

/// The characters that a cut value keeps.
pub(super) const SHORT: usize = 128;

/// The characters that texts keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lengths {
    /// For a name, an attribute's value and a function's path.
    value: usize,
    /// For the texts of an error.
    text: usize,
}

impl Lengths {
    /// All characters.
    pub(super) const ALL: Self = Self { value: usize::MAX, text: usize::MAX };

    /// Returns lengths with which the texts of an error take only a part of the room, with any
    /// escapes.
    pub(super) const fn within(room: usize) -> Self {
        Self { value: SHORT, text: room / 64 }
    }

    /// Returns half of each, unless both are 0.
    pub(super) fn halved(self) -> Option<Self> {
        let half = Self { value: self.value / 2, text: self.text / 2 };
        (half != self).then_some(half)
    }

    /// Shortens a name, an attribute's value, or a function's path.
    pub(super) fn value<'t>(&self, text: &'t str) -> Cow<'t, str> {
        shortened(text, self.value)
    }

    /// Shortens a text of an error.
    pub(super) fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        shortened(text, self.text)
    }
}

fn shortened(text: &str, limit: usize) -> Cow<'_, str> {
    // A text has no more characters than bytes, and most are short.
    if text.len() <= limit {
        return text.into();
    }
    match text.char_indices().nth(limit) {
        None => text.into(),
        Some((end, _)) => format!("{}…", &text[..end]).into(),
    }
}
