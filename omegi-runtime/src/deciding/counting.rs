//! The errors that count: a flow with such an error is kept, whatever sampling decides.

use std::fmt;
use std::sync::Arc;

use crate::recording::shield::shielded;
use crate::settings::{CountedErrors, IgnoredErrors};
use crate::vocabulary::ErrorSeen;
use crate::vocabulary::say::say_once;

/// A rule of the program.
pub(crate) type ErrorFilter = Arc<dyn Fn(&ErrorSeen<'_>) -> bool + Send + Sync>;

/// Decides which errors count.
pub(crate) struct ErrorRule {
    counted: CountedErrors,
    ignored: IgnoredErrors,
    filter: Option<ErrorFilter>,
}

impl ErrorRule {
    pub(crate) fn new(counted: CountedErrors, ignored: IgnoredErrors, filter: Option<ErrorFilter>) -> Self {
        Self { counted, ignored, filter }
    }

    /// Returns whether every error counts unless it is excused, so that no error needs to be
    /// examined.
    pub(crate) fn counts_all(&self) -> bool {
        self.counted != CountedErrors::Escaped && self.ignored.is_empty() && self.filter.is_none()
    }

    /// Returns whether errors may be excused.
    pub(crate) fn excuses_some(&self) -> bool {
        self.counted == CountedErrors::Auto
    }

    /// Returns whether this error counts unless it is excused. It does if the program's rule
    /// panics.
    pub(crate) fn counts(&self, error: &ErrorSeen<'_>) -> bool {
        let is_counted = self.counted != CountedErrors::Escaped || error.escapes;
        is_counted
            && !self.ignored.contains(error.text)
            && self.filter.as_ref().is_none_or(|filter| passes(filter, error))
    }
}

fn passes(filter: &ErrorFilter, error: &ErrorSeen<'_>) -> bool {
    shielded(|| filter(error)).unwrap_or_else(|message| {
        say_once!("the error filter panicked, and the error counts: {message}");
        true
    })
}

impl fmt::Debug for ErrorRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorRule").field("counted", &self.counted).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::ErrorText;

    fn counts(rule: &ErrorRule, message: &str, escapes: bool) -> bool {
        let text = ErrorText { error_type: "shop::NotFound".into(), message: message.to_owned() };
        rule.counts(&ErrorSeen { text: &text, causes: &[], function: "shop::find", escapes })
    }

    #[test]
    fn every_error_or_each_that_escapes_counts() {
        let any = ErrorRule::new(CountedErrors::Any, IgnoredErrors::default(), None);
        assert!(any.counts_all() && counts(&any, "", false));
        let escaped = ErrorRule::new(CountedErrors::Escaped, IgnoredErrors::default(), None);
        assert!(!escaped.counts_all() && !counts(&escaped, "", false) && counts(&escaped, "", true));
    }

    #[test]
    fn the_programs_rule_applies_as_well_and_may_panic() {
        let filter: ErrorFilter = Arc::new(|error| match &*error.text.message {
            "bug" => panic!("on purpose"),
            message => message != "no item",
        });
        let rule = ErrorRule::new(CountedErrors::Escaped, IgnoredErrors::default(), Some(filter));
        assert!(counts(&rule, "bug", true) && counts(&rule, "refused", true));
        assert!(!counts(&rule, "no item", true) && !counts(&rule, "refused", false));
    }
}
