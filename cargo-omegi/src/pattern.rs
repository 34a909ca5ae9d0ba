//! Patterns in which `*` stands for any text.

/// Returns whether `text` matches `pattern` as a whole.
pub(crate) fn matches_pattern(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            (0..=text.len())
                .filter(|at| text.is_char_boundary(*at))
                .any(|at| matches_pattern(rest, &text[at..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text) in [("*", ""), ("a*", "a"), ("*é", "caffé"), ("a*b*c", "a-b-b-c"), ("ab", "ab")]
        {
            assert!(matches_pattern(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("", "a"), ("a*", "xa"), ("a*b", "abc"), ("*a*a*", "a")] {
            assert!(!matches_pattern(pattern, text), "{pattern} {text}");
        }
    }
}
