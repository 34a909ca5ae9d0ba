//! The errors for which flows are kept.

use std::num::NonZeroU64;

use regex_lite::Regex;

use crate::vocabulary::ErrorText;

use super::choices::CountedErrors;
use super::parsing::whole_number;
use super::patterns::patterns;
use super::reader::Reader;
use super::variable::Fallback::Text;
use super::variable::Parser::{Pieces, Whole};
use super::variable::Variable;
use super::words::{Word, word_of};

pub(crate) static ERRORS: Variable<CountedErrors> = Variable::new(
    "OMEGI_ERRORS",
    Text("auto"),
    Whole(|text| word_of(&[CountedErrors::Auto, CountedErrors::Any, CountedErrors::Escaped], text)),
    "errors for which a flow is kept in spite of sampling: `any`; `escaped`: errors that left the root of \
     the flow, or of a task or thread of it; `auto`: any, except those that an answer blames on the caller \
     (HTTP 4xx, client codes of gRPC), and expected ones: of a function that fails in 1 of 20 calls or more, \
     and always handled. The first 10 flows of each such kind are kept, then one a minute",
);

impl Word for CountedErrors {
    fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Any => "any",
            Self::Escaped => "escaped",
        }
    }
}

pub(super) static IGNORED_ERRORS: Variable<IgnoredErrors> = Variable::new(
    "OMEGI_IGNORED_ERRORS",
    Text("[]"),
    Pieces(|text, _| patterns(text, Regex::new).map(IgnoredErrors)),
    "JSON list of regexes: an error is no reason to keep a flow if one of them is found in its `type: \
     message` (`NotFound: `, `^panic: `)",
);

pub(crate) static ERROR_LIMIT: Variable<Option<NonZeroU64>> = Variable::new(
    "OMEGI_ERROR_LIMIT",
    Text("1000"),
    Whole(|text| whole_number(text, 0..=u64::MAX).map(NonZeroU64::new)),
    "number of flows that are kept each minute for the same kind of error: its type and the function where \
     it began. Further flows are counted in `omegi.flow.suppressed` of the next one; `0` is no limit. Unless \
     it is set, `cargo omegi run` and `test` keep the first 20, then one whenever their number has doubled",
);

/// Patterns of errors that are no reason to keep a flow.
#[derive(Clone, Debug, Default)]
pub(crate) struct IgnoredErrors(Vec<Regex>);

impl IgnoredErrors {
    /// Returns whether there is no pattern.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether a pattern is found in `type: message` of an error, such as `shop::NotFound:
    /// no item 12` or `panic: index out of bounds`.
    pub(crate) fn contains(&self, error: &ErrorText) -> bool {
        let text = format!("{}: {}", error.error_type, error.message);
        self.0.iter().any(|pattern| pattern.is_match(&text))
    }

    pub(super) fn resolve(reader: &mut Reader<'_>) -> Self {
        let reading = reader.read(&IGNORED_ERRORS);
        let instead = if reading.value().is_some() { "the good ones of the list" } else { "none" };
        reader.finish(reading, instead).unwrap_or_default()
    }
}
