//! How long the texts of a message may be that has to be cut.

use std::borrow::Cow;

/// How many characters are left of a value, when values are cut.
pub(super) const SHORT: usize = 128;

/// How many characters are left of texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lengths {
    /// Of a name, an attribute's value and a function's path.
    value: usize,
    /// Of what an error says.
    text: usize,
}

impl Lengths {
    /// However many there are.
    pub(super) const ALL: Self = Self { value: usize::MAX, text: usize::MAX };

    /// So few that what an error says takes a part of the room that there is, however it is escaped.
    pub(super) const fn within(room: usize) -> Self {
        Self { value: SHORT, text: room / 64 }
    }

    /// Half of each, unless nothing is left of them.
    pub(super) fn halved(self) -> Option<Self> {
        let half = Self { value: self.value / 2, text: self.text / 2 };
        (half != self).then_some(half)
    }

    /// A name, an attribute's value, or a function's path.
    pub(super) fn value<'t>(&self, text: &'t str) -> Cow<'t, str> {
        shortened(text, self.value)
    }

    /// What an error says.
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
