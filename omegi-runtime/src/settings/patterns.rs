//! Lists of regular expressions.

use regex_lite::{Error, Regex};

use super::json::list_of_texts;
use super::parsed::{Parsed, Reason};

/// Reads a JSON list of patterns: those that `compile` accepts, and reasons against the others.
pub(super) fn patterns(text: &str, compile: impl Fn(&str) -> Result<Regex, Error>) -> Parsed<Vec<Regex>> {
    let Some(patterns) = list_of_texts(text) else {
        return Err(Reason::from("is not a JSON list of regular expressions")).into();
    };
    let mut good = Vec::new();
    let mut reasons = Vec::new();
    for pattern in &patterns {
        match compile(pattern) {
            Ok(regex) => good.push(regex),
            Err(error) => {
                let reason = format!("is not a regular expression ({error})");
                reasons.push(Reason::from(reason).of_piece(pattern));
            }
        }
    }
    Parsed { value: Some(good), reasons }
}
