//! Lists of regular expressions.

use regex_lite::{Error, Regex};

use super::json::list_of_texts;
use super::rejection::Objection;

/// The patterns of a JSON list that `compile` takes, and what is wrong with the others; nothing if it is no list of texts.
pub(super) fn patterns(
    text: &str,
    compile: impl Fn(&str) -> Result<Regex, Error>,
) -> (Option<Vec<Regex>>, Vec<Objection>) {
    let Some(patterns) = list_of_texts(text) else {
        return (None, vec![Objection::to_value("is not a JSON list of regular expressions")]);
    };
    let mut good = Vec::new();
    let mut objections = Vec::new();
    for pattern in &patterns {
        match compile(pattern) {
            Ok(regex) => good.push(regex),
            Err(error) => objections
                .push(Objection::to_piece(pattern, format!("is not a regular expression ({error})"))),
        }
    }
    (Some(good), objections)
}
