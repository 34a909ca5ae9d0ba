//! omegi's own credential, in any text.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::Range;

use crate::settings::SecretText;

/// The shortest token that is searched: a shorter one would be found everywhere by chance.
const SHORTEST: usize = 4;

/// Finds the token in all its spellings.
#[derive(Clone)]
pub(super) struct TokenFinder(Vec<String>);

impl TokenFinder {
    /// The token as it is, as `Debug` prints it, and percent-encoded.
    pub(super) fn new(token: Option<&SecretText>) -> Self {
        let token = token.map(SecretText::expose).filter(|token| token.len() >= SHORTEST);
        let spellings = token.map(|token| {
            BTreeSet::from([token.to_owned(), token.escape_debug().to_string(), percent_encoded(token)])
        });
        Self(spellings.into_iter().flatten().collect())
    }

    /// Adds the ranges of the token in `text`.
    pub(super) fn find(&self, text: &str, found: &mut Vec<Range<usize>>) {
        for spelling in &self.0 {
            found.extend(text.match_indices(spelling.as_str()).map(|(at, it)| at..at + it.len()));
            found.extend(cut_off(text, spelling));
        }
    }
}

/// The beginning of the token at the end of a text that was cut there.
fn cut_off(text: &str, spelling: &str) -> Option<Range<usize>> {
    let lengths = (SHORTEST..spelling.len()).rev().filter(|length| spelling.is_char_boundary(*length));
    let length = lengths.into_iter().find(|length| text.ends_with(&spelling[..*length]))?;
    Some(text.len() - length..text.len())
}

fn percent_encoded(token: &str) -> String {
    token.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

impl std::fmt::Debug for TokenFinder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenFinder")
    }
}
