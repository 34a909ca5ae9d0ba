//! The known word that is nearest to an unknown one.

/// The length of the longest text that is compared: longer ones are no typo of our words, and would
/// take time.
const LONGEST_TYPO: usize = 32;

/// Returns the word that is nearest to `text`, in any case, if one is near enough.
pub(super) fn nearest<'w>(text: &str, words: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    if text.len() > LONGEST_TYPO {
        return None;
    }
    let typo = text.to_lowercase();
    let by_distance = words.map(|word| (strsim::levenshtein(&typo, &word.to_lowercase()), word));
    let (edits, word) = by_distance.min_by_key(|(edits, _)| *edits)?;
    (edits <= word.len().div_ceil(3)).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_near_words_are_suggested() {
        let words = ["console", "otlp", "none"];
        for (typo, word) in [
            ("consol", Some("console")),
            ("CONSOLE", Some("console")),
            ("oltp", Some("otlp")),
            ("non", Some("none")),
            ("zipkin", None),
            ("", None),
        ] {
            assert_eq!(nearest(typo, words.into_iter()), word, "{typo}");
        }
        assert_eq!(nearest(&"c".repeat(1_000_000), words.into_iter()), None);
    }
}
