//! Suggests the nearest right spelling of a misspelt word.

/// Returns the end of an error message that offers the nearest right spelling; empty if none is
/// near.
///
/// One wrong letter in three is near, and two neighbours in the wrong order count as one.
///
/// ```
/// assert_eq!(omegi_weave::did_you_mean("pint", ["print", "list"]), "; did you mean `print`?");
/// assert_eq!(omegi_weave::did_you_mean("xyz", ["print", "list"]), "");
/// ```
#[must_use]
pub fn did_you_mean<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(typed, known).map(|word| format!("; did you mean `{word}`?")).unwrap_or_default()
}

fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let tolerated = (typed.chars().count() / 3).max(1);
    let distances = known.into_iter().map(|word| (strsim::osa_distance(typed, word), word));
    distances.filter(|(distance, _)| *distance <= tolerated).min().map(|(_, word)| word)
}

/// Returns a list as a sentence quotes it: `` `a`, `b` ``.
pub(crate) fn quoted<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_spellings_are_suggested_and_far_ones_are_not() {
        let known = ["name", "skip", "skip_all", "fields"];
        assert_eq!(nearest("skipall", known), Some("skip_all"));
        assert_eq!(nearest("nmae", known), Some("name"));
        assert_eq!(nearest("feilds", known), Some("fields"));
        assert_eq!(nearest("level", known), None);
    }
}
