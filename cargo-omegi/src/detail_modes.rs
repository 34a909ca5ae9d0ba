//! The detail that the functions of woven crates have by default: as `CARGO_OMEGI_DETAIL` says,
//! else as the kind of the build does.

use std::ffi::OsStr;

use omegi_runtime::trimmed;
use omegi_weave::{Detail, DetailOption};

use crate::command_error::{CommandError, CommandErrorKind};

/// The variable by which users choose a mode.
pub(crate) const VARIABLE: &str = "CARGO_OMEGI_DETAIL";

/// The default detail of a crate's functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum DetailMode {
    /// The shape of each function decides.
    Auto,
    /// Every function has a span.
    Spans,
    /// No function but `main` and tests has one: of all others only errors are recorded.
    Errors,
}

impl DetailMode {
    const ALL: [Self; 3] = [Self::Auto, Self::Spans, Self::Errors];

    /// Returns its word, as in `CARGO_OMEGI_DETAIL=auto`.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Spans => "spans",
            Self::Errors => "errors",
        }
    }

    /// Returns the mode with this word.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.word() == word)
    }

    /// Returns the value of the attributes' option `detail`. A span is its default.
    pub(crate) const fn option(self) -> Option<DetailOption> {
        match self {
            Self::Auto => Some(DetailOption::Auto),
            Self::Spans => None,
            Self::Errors => Some(DetailOption::Fixed(Detail::Errors)),
        }
    }

    /// Returns the mode that the environment chooses, if it does.
    pub(crate) fn chosen() -> Result<Option<Self>, CommandError> {
        let Some(set) = std::env::var_os(VARIABLE).and_then(trimmed) else { return Ok(None) };
        Self::read(&set).map(Some)
    }

    fn read(set: &OsStr) -> Result<Self, CommandError> {
        let text = set.to_string_lossy().to_lowercase();
        Self::of_word(&text).ok_or_else(|| {
            let words = Self::ALL.map(Self::word);
            let suggestion = omegi_weave::did_you_mean(&text, words);
            CommandError::new(
                CommandErrorKind::Usage,
                format!("cannot use {VARIABLE}={}: it is none of {}", set.display(), words.join(", ")),
                format!("set it to one of them, or unset it{suggestion}"),
            )
        })
    }
}

/// The modes of the crates of a build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DetailModes {
    /// The mode of crates that are compiled without optimisation.
    pub(crate) unoptimised: DetailMode,
    pub(crate) optimised: DetailMode,
}

impl DetailModes {
    /// Returns the modes of a build: the chosen one, else spans where people explore a program, and
    /// the cheaper `auto` where its speed counts.
    pub(crate) fn of(chosen: Option<DetailMode>, runs_tests: bool) -> Self {
        let unoptimised = if runs_tests { DetailMode::Auto } else { DetailMode::Spans };
        Self { unoptimised: chosen.unwrap_or(unoptimised), optimised: chosen.unwrap_or(DetailMode::Auto) }
    }

    /// Returns the mode of a crate.
    pub(crate) const fn of_crate(self, is_optimised: bool) -> DetailMode {
        if is_optimised { self.optimised } else { self.unoptimised }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_and_optimised_builds_choose_by_shape() {
        let modes = |chosen, runs_tests| {
            let modes = DetailModes::of(chosen, runs_tests);
            [false, true].map(|is_optimised| modes.of_crate(is_optimised).word())
        };
        assert_eq!(modes(None, false), ["spans", "auto"]);
        assert_eq!(modes(None, true), ["auto", "auto"]);
        assert_eq!(modes(Some(DetailMode::Errors), false), ["errors", "errors"]);
        assert_eq!(modes(Some(DetailMode::Spans), true), ["spans", "spans"]);
    }

    #[test]
    fn a_wrong_word_is_answered_with_the_right_ones() {
        let read = |text: &str| DetailMode::read(OsStr::new(text));
        assert_eq!(read("Spans").unwrap(), DetailMode::Spans);
        assert_eq!(
            read("span").unwrap_err().to_string(),
            "cannot use CARGO_OMEGI_DETAIL=span: it is none of auto, spans, errors; set it to one of them, \
             or unset it; did you mean `spans`?"
        );
        assert!(read("none").is_err());
    }
}
