//! The names under which values are secrets.

use regex_lite::{Regex, RegexBuilder};

use super::parsed::Parsed;
use super::patterns::patterns;
use super::reader::Reader;
use super::variable::Fallback::Text;
use super::variable::Parser::Pieces;
use super::variable::Variable;

const DEFAULT_PATTERNS: &str =
    r#"[".*pass.*",".*key.*",".*secret.*",".*credential.*",".*token.*",".*authorization.*"]"#;

pub(super) static SECRET_MASKING_REGEX: Variable<Masking> = Variable::new(
    "OMEGI_SECRET_MASKING_REGEX",
    Text(DEFAULT_PATTERNS),
    Pieces(|text, _| parse(text)),
    "JSON list of case-insensitive regexes, matched from a name's beginning; a value under a matching name \
     leaves the process as `****`",
);

/// Decides by its name whether a value is masked before it leaves the process.
///
/// A pattern matches from the beginning of a name, in any case, like Python's `re.match`: `pass`
/// masks `password` and `PASSPORT`, not `compass`; `.*pass.*` masks all three. It therefore masks
/// every name that a match of the whole name would mask. `pass$` matches whole names only.
#[derive(Clone, Debug)]
pub(crate) struct Masking(Vec<Regex>);

impl Masking {
    /// Returns whether a value under this name is a secret, to be replaced by
    /// [`MASK`](super::MASK).
    pub(crate) fn masks(&self, name: &str) -> bool {
        self.0.iter().any(|pattern| pattern.find(name).is_some_and(|found| found.start() == 0))
    }

    pub(super) fn resolve(reader: &mut Reader<'_>) -> Self {
        let reading = reader.read(&SECRET_MASKING_REGEX);
        let instead = match reading.value() {
            Some(_) => "the default patterns and the good ones of the list",
            None => "the default patterns",
        };
        reader.finish(reading, instead).unwrap_or_default()
    }
}

impl Default for Masking {
    /// Returns the masking of the documented default patterns.
    fn default() -> Self {
        parse(DEFAULT_PATTERNS).value.expect("the default patterns are well formed")
    }
}

/// Reads the patterns of a JSON list. An invalid one never leads to fewer masks than the default:
/// the valid ones are added to it.
fn parse(text: &str) -> Parsed<Masking> {
    let Parsed { value, reasons } = patterns(text, compile);
    let masking = value.map(|mut good| {
        if !reasons.is_empty() {
            good.extend(Masking::default().0);
        }
        Masking(good)
    });
    Parsed { value: masking, reasons }
}

fn compile(pattern: &str) -> Result<Regex, regex_lite::Error> {
    // A line break in a name must not hide the rest of the name from `.*pass.*`.
    RegexBuilder::new(pattern).case_insensitive(true).dot_matches_new_line(true).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masking(patterns: &str) -> (Masking, usize) {
        let Parsed { value, reasons } = parse(patterns);
        (value.expect("it is a list"), reasons.len())
    }

    #[test]
    fn the_default_masks_the_names_of_the_contract() {
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
        let (masking, reasons) = masking(r#"["pass", "ssn$"]"#);
        assert_eq!(reasons, 0);
        for (name, masked) in
            [("password", true), ("compass", false), ("SSN", true), ("ssn_hash", false), ("token", false)]
        {
            assert_eq!(masking.masks(name), masked, "{name}");
        }
    }

    #[test]
    fn an_empty_list_of_the_user_masks_nothing() {
        let (masking, reasons) = masking("[]");
        assert_eq!((masking.masks("password"), reasons), (false, 0));
    }

    #[test]
    fn a_wrong_pattern_adds_the_default_to_the_good_ones() {
        let (masking, reasons) = masking(r#"["ssn", "(", "(?=x)"]"#);
        assert_eq!(reasons, 2);
        assert!(masking.masks("ssn") && masking.masks("password") && !masking.masks("user"));
    }

    #[test]
    fn anything_but_a_list_of_texts_is_refused() {
        for text in [".*pass.*", "{}", "[1]", "\"x\"", "[\"a\"", "[\"a\"] b", "null", &"[".repeat(100_000)] {
            assert!(parse(text).value.is_none());
        }
    }

    #[test]
    fn hostile_patterns_and_names_take_bounded_time() {
        let (masking, reasons) = masking(r#"["(a*)*b", "(?:a{1000}){1000}"]"#);
        assert_eq!(reasons, 1, "the second is too large to compile");
        assert!(!masking.masks(&"a".repeat(2_000)));
    }
}
