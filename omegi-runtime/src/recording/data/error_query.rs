//! The query to an error: the length of its text, and the names of errors that do not count.

use std::fmt::{Debug, Write as _};

use crate::recording::shield::shielded;
use crate::recording::text::Limited;

/// The longest name of a variant, in characters: `Debug` is cut off there.
const LONGEST_NAME: usize = 128;

/// The query to an error that leaves a span.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ErrorQuery {
    /// The most characters of each text.
    pub(crate) limit: usize,
    /// The names of errors that are no reason to keep a flow.
    pub(crate) ignored: &'static [&'static str],
}

impl ErrorQuery {
    /// Returns a query for texts alone.
    pub(crate) const fn of_texts(limit: usize) -> Self {
        Self { limit, ignored: &[] }
    }

    /// Returns whether an error is ignored. Its name is that of its type (`NotFound` for
    /// `shop::NotFound`) or of its variant, with which its `Debug` begins. Calls the user's code
    /// only if there are names.
    pub(crate) fn ignores(&self, type_name: &str, debug: Option<&dyn Debug>) -> bool {
        let is_ignored = |name: &str| self.ignored.contains(&name);
        !self.ignored.is_empty()
            && (is_ignored(last_name(type_name))
                || debug.is_some_and(|debug| is_ignored(first_name(&beginning(debug)))))
    }
}

/// Returns `NotFound` for `shop::NotFound<alloc::string::String>`.
fn last_name(type_name: &str) -> &str {
    let path = type_name.split('<').next().unwrap_or_default();
    path.rsplit("::").next().unwrap_or_default()
}

/// Returns `NotFound` for `NotFound { id: 12 }`.
fn first_name(debug: &str) -> &str {
    let end = debug.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(debug.len());
    &debug[..end]
}

/// Returns the beginning of the `Debug` output; nothing if it panics.
fn beginning(debug: &dyn Debug) -> String {
    let mut text = String::new();
    let _ = shielded(|| write!(Limited::new(&mut text, LONGEST_NAME), "{debug:?}"));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    #[allow(dead_code, reason = "printed")]
    enum Shop {
        NotFound { id: u8 },
        Closed(u8),
        Torn,
    }

    #[test]
    fn errors_have_the_name_of_their_type_and_of_their_variant() {
        let query = ErrorQuery { limit: 9, ignored: &["NotFound", "Torn"] };
        for (type_name, error, expected) in [
            ("shop::Shop", Shop::NotFound { id: 1 }, true),
            ("shop::Shop", Shop::Torn, true),
            ("shop::Shop", Shop::Closed(1), false),
            ("shop::NotFound<core::option::Option<u8>>", Shop::Closed(1), true),
            ("shop::notfound::Shop", Shop::Closed(1), false),
        ] {
            assert_eq!(query.ignores(type_name, Some(&error)), expected, "{type_name} {error:?}");
        }
        assert!(!query.ignores("shop::Shop", None) && query.ignores("NotFound", None));
        assert!(!ErrorQuery::of_texts(9).ignores("shop::Shop", Some(&Shop::Torn)));
    }

    #[test]
    fn a_debug_that_panics_has_no_name() {
        struct Angry;
        impl Debug for Angry {
            fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                panic!("on purpose")
            }
        }
        assert!(!ErrorQuery { limit: 9, ignored: &["Angry"] }.ignores("E", Some(&Angry)));
    }
}
