//! Which names stand for secrets.

use regex_lite::{Regex, RegexBuilder};

use super::patterns::patterns;
use super::reader::Reader;
use super::rejection::Objection;
use super::variables::{Fallback, SECRET_MASKING_REGEX};

/// Decides by its name whether a value may leave the process.
///
/// A pattern matches from the beginning of a name, in any case, like Python's `re.match`: `pass` masks
/// `password` and `PASSPORT`, not `compass`; `.*pass.*` masks all three. So nothing is left open that a match
/// of the whole name would mask; who wants only whole names writes `pass$`.
#[derive(Clone, Debug)]
pub(crate) struct Masking(Vec<Regex>);

impl Masking {
    /// Whether a value under this name is a secret, to be replaced by [`MASK`](super::MASK).
    pub(crate) fn masks(&self, name: &str) -> bool {
        self.0.iter().any(|pattern| pattern.find(name).is_some_and(|found| found.start() == 0))
    }

    pub(super) fn resolve(reader: &mut Reader<'_>) -> Self {
        let reading = reader.read_pieces(&SECRET_MASKING_REGEX, parse);
        let instead = match reading.value() {
            Some(_) => "the default patterns and the good ones of the list",
            None => "the default patterns",
        };
        reader.settle(reading, instead).unwrap_or_default()
    }
}

impl Default for Masking {
    /// The masking of the documented default patterns.
    fn default() -> Self {
        let Fallback::Text(patterns) = SECRET_MASKING_REGEX.default else {
            unreachable!("the default patterns are a text")
        };
        parse(patterns).0.expect("the default patterns are well formed")
    }
}

/// The patterns of a JSON list. A wrong one never leads to fewer masks than the default: the good ones come
/// on top.
fn parse(text: &str) -> (Option<Masking>, Vec<Objection>) {
    let (good, objections) = patterns(text, compile);
    let masking = good.map(|mut good| {
        if !objections.is_empty() {
            good.extend(Masking::default().0);
        }
        Masking(good)
    });
    (masking, objections)
}

fn compile(pattern: &str) -> Result<Regex, regex_lite::Error> {
    // A line break in a name must not hide the rest of the name from `.*pass.*`.
    RegexBuilder::new(pattern).case_insensitive(true).dot_matches_new_line(true).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masking(patterns: &str) -> (Masking, usize) {
        let (masking, objections) = parse(patterns);
        (masking.expect("it is a list"), objections.len())
    }

    #[test]
    fn the_default_masks_what_the_contract_names() {
        let masking = Masking::default();
        for name in [
            "password",
            "db.PassWord",
            "api_key",
            "SECRET",
            "aws.credentials",
            "Token",
            "authorization",
            "http.request.header.authorization",
            "a\npassword\n",
            "monkey",
        ] {
            assert!(masking.masks(name), "{name}");
        }
        for name in ["", "user", "pas", "order_id", "author"] {
            assert!(!masking.masks(name), "{name}");
        }
    }

    #[test]
    fn own_patterns_replace_the_default_and_match_from_the_beginning() {
        let (masking, objections) = masking(r#"["pass", "ssn$"]"#);
        assert_eq!(objections, 0);
        for (name, masked) in
            [("password", true), ("compass", false), ("SSN", true), ("ssn_hash", false), ("token", false)]
        {
            assert_eq!(masking.masks(name), masked, "{name}");
        }
    }

    #[test]
    fn an_empty_list_masks_nothing_because_the_user_said_so() {
        let (masking, objections) = masking("[]");
        assert_eq!((masking.masks("password"), objections), (false, 0));
    }

    #[test]
    fn a_wrong_pattern_adds_the_default_to_the_good_ones() {
        let (masking, objections) = masking(r#"["ssn", "(", "(?=x)"]"#);
        assert_eq!(objections, 2);
        assert!(masking.masks("ssn") && masking.masks("password") && !masking.masks("user"));
    }

    #[test]
    fn what_is_no_list_of_texts_is_refused() {
        for text in [".*pass.*", "{}", "[1]", "\"x\"", "[\"a\"", "[\"a\"] b", "null", &"[".repeat(100_000)] {
            assert!(parse(text).0.is_none());
        }
    }

    #[test]
    fn hostile_patterns_and_names_take_bounded_time() {
        let (masking, objections) = masking(r#"["(a*)*b", "(?:a{1000}){1000}"]"#);
        assert_eq!(objections, 1, "the second is too large to compile");
        assert!(!masking.masks(&"a".repeat(2_000)));
    }
}
