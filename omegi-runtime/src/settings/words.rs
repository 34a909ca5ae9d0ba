//! Words that stand for values.

use super::parsed::Reason;
use super::suggestion::nearest;

/// A value that one word stands for.
pub(crate) trait Word: Copy + PartialEq + Send + Sync + 'static {
    /// Returns the word.
    fn word(self) -> &'static str;
}

/// A word and its meaning: a value, or the reason why this program cannot use it.
pub(super) type Meaning<T> = (&'static str, Result<T, &'static str>);

/// Reads one of `words`, in any case. An unknown word is answered with the nearest known one.
pub(super) fn one_of<T: Copy>(words: &[Meaning<T>], text: &str) -> Result<T, Reason> {
    if let Some((_, meaning)) = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)) {
        return meaning.map_err(Reason::unusable);
    }
    let usable = || words.iter().filter(|(_, meaning)| meaning.is_ok()).map(|(word, _)| *word);
    let expected = usable().collect::<Vec<_>>().join(", ");
    Err(match nearest(text, usable()) {
        None => format!("is not one of {expected}").into(),
        Some(word) => format!("is not one of {expected} (did you mean {word}?)").into(),
    })
}

/// Reads the word of one of `values`, in any case.
pub(super) fn word_of<W: Word>(values: &[W], text: &str) -> Result<W, Reason> {
    let words: Vec<_> = values.iter().map(|value| (value.word(), Ok(*value))).collect();
    one_of(&words, text)
}

/// Reads `true` or `false`, in any case: OpenTelemetry forbids to take anything else for true.
pub(super) fn boolean(text: &str) -> Result<bool, Reason> {
    one_of(&[("true", Ok(true)), ("false", Ok(false))], text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_any_case_and_typos_answered_with_the_nearest() {
        let words = [("console", Ok(1)), ("kafka", Err("not yet")), ("otlp", Ok(2))];
        assert_eq!(one_of(&words, "OTLP"), Ok(2));
        assert_eq!(one_of(&words, "kafka"), Err("cannot be used: not yet".into()));
        assert_eq!(
            one_of(&words, "consol"),
            Err("is not one of console, otlp (did you mean console?)".into())
        );
        assert_eq!(one_of(&words, "zipkin"), Err("is not one of console, otlp".into()));
    }
}
