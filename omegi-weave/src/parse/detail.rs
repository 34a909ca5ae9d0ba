//! The detail of a function: the part of a call that is recorded.

use std::fmt::{self, Display};

/// The part of a function's calls that is recorded.
///
/// ```
/// use omegi_weave::Detail;
///
/// assert_eq!(Detail::Errors.to_string(), "errors");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Detail {
    /// Each call is a span.
    Span,
    /// A call without an error records nothing. An error that leaves it gets a step in its path.
    Errors,
    /// The function is left as it is.
    None,
}

impl Detail {
    const ALL: [Self; 3] = [Self::Span, Self::Errors, Self::None];

    /// Returns its word, as in `detail = "errors"`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Span => "span",
            Self::Errors => "errors",
            Self::None => "none",
        }
    }

    /// Returns the detail with this word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|detail| detail.word() == word)
    }
}

impl Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// `detail = "…"`: the detail of the functions below an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DetailOption {
    /// `"auto"`: the shape of each function decides.
    Auto,
    /// This one.
    Fixed(Detail),
}

impl DetailOption {
    /// The words of all values.
    pub(crate) const WORDS: [&str; 4] = ["span", "errors", "none", "auto"];

    /// Returns the word in the attribute.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Fixed(detail) => detail.word(),
        }
    }

    /// Returns the option with this word.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        if word == Self::Auto.word() { Some(Self::Auto) } else { Detail::of_word(word).map(Self::Fixed) }
    }
}
