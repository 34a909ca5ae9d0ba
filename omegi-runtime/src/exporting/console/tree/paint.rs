//! Colours, where they are wanted.

use std::fmt;

/// Paints text with ANSI escape sequences, or leaves it as it is.
#[derive(Clone, Copy)]
pub(super) struct Paint {
    colour: bool,
}

/// What a piece of the tree means to its reader.
#[derive(Clone, Copy)]
pub(super) enum Tone {
    /// It went well.
    Good,
    /// It is on the path of an error.
    Bad,
    /// An error began here.
    Origin,
    /// It did not end by itself.
    Stopped,
    /// It is there for who looks for it.
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
    /// Paints only if `colour`.
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
