//! Comma lists.

use super::parsed::{Parsed, Reason};
use super::printing::pieces;
use super::words::{Meaning, Word, one_of};

/// Reads a comma list: the pieces that `parse` can use, if there are any, and reasons against the
/// others.
///
/// Blanks around a piece and empty pieces, such as a comma at the end makes, are skipped.
pub(super) fn comma_list<T>(text: &str, parse: impl Fn(&str) -> Result<T, Reason>) -> Parsed<Vec<T>> {
    let mut values = Vec::new();
    let mut reasons = Vec::new();
    for piece in pieces(text) {
        match parse(piece) {
            Ok(value) => values.push(value),
            Err(reason) => reasons.push(reason.of_piece(piece)),
        }
    }
    Parsed { value: (!values.is_empty()).then_some(values), reasons }
}

/// Reads a comma list of `words`, each of which counts once, or `none`.
///
/// `things` names the meaning of the words, in messages.
pub(super) fn set<W: Word>(text: &str, things: &str, words: &[Meaning<W>]) -> Parsed<Vec<W>> {
    let known = words.iter().map(|(word, meaning)| (*word, meaning.map(Some)));
    let known: Vec<_> = known.chain([("none", Ok(None))]).collect();
    let Parsed { value, mut reasons } = comma_list(text, |word| one_of(&known, word));
    let wanted = value.as_ref().map(|words| each_once(words.iter().copied().flatten()));
    let holds_none = value.is_some_and(|words| words.contains(&None));
    if holds_none && wanted.as_ref().is_some_and(|wanted| !wanted.is_empty()) {
        let reason = format!("contradicts the other {things} in the list");
        reasons.push(Reason::from(reason).of_piece("none"));
    }
    Parsed { value: wanted, reasons }
}

/// Returns each value once, in the order in which they come first.
pub(super) fn each_once<W: Word>(values: impl IntoIterator<Item = W>) -> Vec<W> {
    let mut once = Vec::new();
    for value in values {
        if !once.contains(&value) {
            once.push(value);
        }
    }
    once
}

/// Returns the words of `values` as a message shows them; `none` if there are none.
pub(super) fn listed<W: Word>(values: &[W]) -> String {
    let words: Vec<_> = values.iter().map(|value| value.word()).collect();
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::super::parsing::whole_number;
    use super::*;

    #[test]
    fn a_list_keeps_the_pieces_that_are_right() {
        let parsed = comma_list(" 1,,x , 2,", |piece| whole_number(piece, 0..=9));
        assert_eq!((parsed.value, parsed.reasons.len()), (Some(vec![1, 2]), 1));
        let parsed = comma_list(" , ", |piece| whole_number(piece, 0..=9));
        assert_eq!((parsed.value, parsed.reasons.len()), (None, 0));
    }
}
