//! Optional colours.

use std::fmt;

/// Paints text with ANSI escape sequences, or leaves it plain.
#[derive(Clone, Copy)]
pub(super) struct Paint {
    colour: bool,
}

/// The meaning of a text in the tree.
#[derive(Clone, Copy)]
pub(super) enum Tone {
    /// A success.
    Good,
    /// A step on an error's path.
    Bad,
    /// The origin of an error.
    Origin,
    /// A call that did not end by itself.
    Stopped,
    /// A detail.
    Quiet,
}

impl Tone {
    const fn code(self) -> &'static str {
        match self {
            Self::Good => "32",
            Self::Bad => "31",
            Self::Origin => "1;31",
            Self::Stopped => "33",
            Self::Quiet => "2",
        }
    }
}

impl Paint {
    /// Paints if `colour` is true.
    pub(super) const fn new(colour: bool) -> Self {
        Self { colour }
    }

    /// The text in this tone.
    pub(super) const fn toned<T: fmt::Display>(self, tone: Tone, text: T) -> Painted<T> {
        Painted { tone: if self.colour { Some(tone) } else { None }, text }
    }
}

/// Text in a tone.
pub(super) struct Painted<T> {
    tone: Option<Tone>,
    text: T,
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.tone {
            Some(tone) => write!(f, "\u{1b}[{}m{}\u{1b}[0m", tone.code(), self.text),
            None => self.text.fmt(f),
        }
    }
}
