//! A value that could not be used, and how that is told.
//!
//! There also where the cargo feature `enable` is off: `try_init` has the same signature then.

use std::borrow::Cow;
use std::fmt;

/// What is wrong with a text, as the end of the sentence that begins with the text: `is not a whole number`.
pub(super) type Complaint = Cow<'static, str>;

/// What a problem comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "enable"), expect(dead_code, reason = "no setting is read"))]
pub(super) enum Severity {
    /// A value cannot be used, so something is not as it was asked for.
    CannotBeUsed,
    /// What is set has no effect, be it right or not.
    HasNoEffect,
}

/// A value that could not be used.
///
/// Displays as exactly one line, whatever the value held:
///
/// ```text
/// OMEGI_FLOW_RATE="often" is not a whole number (0, 1, 2 …); using 5
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub(super) variable: Cow<'static, str>,
    /// The beginning of the sentence: the variable and what of its value may be shown.
    pub(super) subject: String,
    /// Its end.
    pub(super) complaint: Complaint,
    /// What is used instead, or is in force anyway.
    pub(super) instead: String,
    pub(super) severity: Severity,
}

impl Problem {
    /// The environment variable that the value came from.
    #[must_use]
    pub fn variable(&self) -> &str {
        &self.variable
    }

    /// Whether it is about a value that cannot be used, and not about one that has no effect.
    #[cfg(feature = "enable")]
    pub(crate) fn is_about_an_unusable_value(&self) -> bool {
        self.severity == Severity::CannotBeUsed
    }

    /// Whether it says the same of the same value, whatever is used instead.
    #[cfg(feature = "enable")]
    pub(super) fn blames_the_same_as(&self, other: &Self) -> bool {
        (&self.subject, &self.complaint) == (&other.subject, &other.complaint)
    }

    /// A problem with a variable because of its name.
    #[cfg(feature = "enable")]
    pub(super) fn with_name(name: String, complaint: Complaint, severity: Severity) -> Self {
        let subject = super::rejection::printable(&name);
        Self { variable: name.into(), subject, complaint, instead: "nothing of it".to_owned(), severity }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}; using {}", self.subject, self.complaint, self.instead)
    }
}

/// Every value that cannot be used, all at once.
///
/// Displays as one line for each [`Problem`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError(Vec<Problem>);

impl SettingsError {
    /// An error that tells of `problems`; none where there are none.
    #[cfg(any(test, feature = "enable"))]
    pub(crate) fn of(problems: Vec<Problem>) -> Option<Self> {
        (!problems.is_empty()).then_some(Self(problems))
    }

    /// The problems, in the order in which the settings were read.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.0
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for SettingsError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_lists_every_problem_on_a_line_of_its_own() {
        let problem = |value: &str| Problem {
            variable: "X".into(),
            subject: format!("X={value:?}"),
            complaint: "is odd".into(),
            instead: "5".to_owned(),
            severity: Severity::CannotBeUsed,
        };
        let error = SettingsError::of(vec![problem("1"), problem("3")]).expect("there are problems");
        assert_eq!(error.to_string(), "X=\"1\" is odd; using 5\nX=\"3\" is odd; using 5");
        assert_eq!(error.problems().len(), 2);
        assert_eq!(error.problems()[0].variable(), "X");
        assert_eq!(SettingsError::of(Vec::new()), None);
    }
}
