//! The errors for which flows are kept.

use std::num::NonZeroU64;

use super::*;
use crate::vocabulary::ErrorText;

#[test]
fn ignored_errors() {
    let name = "OMEGI_IGNORED_ERRORS";
    let error =
        |message: &str| ErrorText { error_type: "shop::NotFound".into(), message: message.to_owned() };
    check(
        |settings| ["item 1", "item 12"].map(|message| settings.ignored_errors.contains(&error(message))),
        &[
            (&[], [false, false], &[]),
            (&[(name, r#"["^shop::NotFound: .* 12$"]"#)], [false, true], &[]),
            (&[(name, r#"["notfound"]"#)], [false, false], &[]),
            (
                &[(name, "NotFound")],
                [false, false],
                &["OMEGI_IGNORED_ERRORS=\"NotFound\" is not a JSON list of regular expressions; using none"],
            ),
            (
                &[(name, r#"["NotFound", "["]"#)],
                [true, true],
                &["OMEGI_IGNORED_ERRORS holds \"[\", which is not a regular expression (found unclosed \
                   character class); using the good ones of the list"],
            ),
        ],
    );
}

#[test]
fn counted_errors_and_their_limit() {
    check(
        |settings| (settings.counted_errors, settings.error_limit.map(NonZeroU64::get)),
        &[
            (&[], (CountedErrors::Auto, Some(1000)), &[]),
            (&[("OMEGI_ERRORS", "any")], (CountedErrors::Any, Some(1000)), &[]),
            (&[("OMEGI_ERRORS", "Escaped"), ("OMEGI_ERROR_LIMIT", "0")], (CountedErrors::Escaped, None), &[]),
            (
                &[("OMEGI_ERRORS", "escape"), ("OMEGI_ERROR_LIMIT", "-1")],
                (CountedErrors::Auto, Some(1000)),
                &[
                    "OMEGI_ERRORS=\"escape\" is not one of auto, any, escaped (did you mean escaped?); \
                     using auto",
                    "OMEGI_ERROR_LIMIT=\"-1\" is not a whole number (0, 1, 2 …); using 1000",
                ],
            ),
        ],
    );
}
