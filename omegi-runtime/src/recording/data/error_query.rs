//! What is asked of an error: so much of its text, and whether it is one of those that do not count.

use std::fmt::{Debug, Write as _};

use crate::recording::shield::shielded;
use crate::recording::text::Limited;

/// A longer name has no variant: `Debug` is not listened to any longer.
const LONGEST_NAME: usize = 128;

/// What is asked of an error that leaves a span.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ErrorQuery {
    /// How many characters are kept of each text.
    pub(crate) limit: usize,
    /// Errors of these names are no reason to keep a flow.
    pub(crate) ignored: &'static [&'static str],
}

impl ErrorQuery {
    /// Asks for texts alone.
    pub(crate) const fn of_texts(limit: usize) -> Self {
        Self { limit, ignored: &[] }
    }

    /// Whether an error is ignored: by the name of its type, `NotFound` for `shop::NotFound`, or that of its variant, with
    /// which what `Debug` says begins. Calls the user's code only where there are names.
    pub(crate) fn ignores(&self, type_name: &str, debug: Option<&dyn Debug>) -> bool {
        let is_ignored = |name: &str| self.ignored.contains(&name);
        !self.ignored.is_empty()
            && (is_ignored(last_name(type_name))
                || debug.is_some_and(|debug| is_ignored(first_name(&beginning(debug)))))
    }
}

/// `NotFound` of `shop::NotFound<alloc::string::String>`.
fn last_name(type_name: &str) -> &str {
    let path = type_name.split('<').next().unwrap_or_default();
    path.rsplit("::").next().unwrap_or_default()
}

/// `NotFound` of `NotFound { id: 12 }`.
fn first_name(debug: &str) -> &str {
    let end = debug.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(debug.len());
    &debug[..end]
}

/// What `Debug` says first; nothing if it panics.
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
