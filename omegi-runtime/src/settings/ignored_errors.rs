//! Which errors are no reason to keep a flow, by what they say.

use regex_lite::Regex;

use crate::vocabulary::ErrorText;

use super::patterns::patterns;
use super::reader::Reader;
use super::variables::IGNORED_ERRORS;

/// Patterns of errors that do not count.
#[derive(Clone, Debug, Default)]
pub(crate) struct IgnoredErrors(Vec<Regex>);

impl IgnoredErrors {
    /// Whether there is no pattern.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a pattern is found in `shop::NotFound: no item 12`, or, of a panic, in `panic: index out of bounds`.
    pub(crate) fn contains(&self, error: &ErrorText) -> bool {
        let text = format!("{}: {}", error.error_type, error.message);
        self.0.iter().any(|pattern| pattern.is_match(&text))
    }

    pub(super) fn resolve(reader: &mut Reader<'_>) -> Self {
        let reading = reader.read_pieces(&IGNORED_ERRORS, |text| {
            let (good, objections) = patterns(text, Regex::new);
            (good.map(Self), objections)
        });
        let instead = if reading.value().is_some() { "the good ones of the list" } else { "none" };
        reader.settle(reading, instead).unwrap_or_default()
    }
}
