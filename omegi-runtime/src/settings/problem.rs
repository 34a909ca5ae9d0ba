//! A value that cannot be used, and the line that reports it.
//!
//! Compiled without the cargo feature `enable` too: `try_init` has the same signature then.

use std::borrow::Cow;
use std::fmt;

#[cfg(feature = "enable")]
use super::parsed::Reason;
#[cfg(feature = "enable")]
use super::printing::{Privacy, printable, shown, shown_piece};

/// The consequence of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "enable"), expect(dead_code, reason = "no setting is read"))]
pub(super) enum Severity {
    /// A value cannot be used, so a setting differs from the requested one.
    Unusable,
    /// A setting has no effect, be its value right or wrong.
    NoEffect,
}

/// A value that cannot be used.
///
/// Displays as exactly one line, whatever the value holds:
///
/// ```text
/// OMEGI_FLOW_RATE="often" is not a whole number (0, 1, 2 …); using 5
/// ```
///
/// ```
/// # use omegi_runtime as omegi;
/// // A setting in code is checked like its variable.
/// let result = omegi::builder().memory(1).try_init();
/// # #[cfg(feature = "enable")] {
/// let Err(omegi::InitError::Settings(error)) = result else { panic!() };
/// assert!(error.problems()[0].to_string().starts_with("OMEGI_MEMORY="));
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub(super) variable: Cow<'static, str>,
    /// The beginning of the line: the variable, and as much of its value as may be shown.
    pub(super) subject: String,
    /// The middle of the line.
    pub(super) reason: Cow<'static, str>,
    /// The end of the line: the value that is used instead, or `None` if the setting is ignored.
    pub(super) instead: Option<String>,
    pub(super) severity: Severity,
}

impl Problem {
    /// Returns the name of the environment variable that the value came from.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// let error = omegi::builder().memory(1).try_init();
    /// # #[cfg(feature = "enable")]
    /// # {
    /// let omegi::InitError::Settings(error) = error.unwrap_err() else { panic!() };
    /// assert_eq!(error.problems()[0].variable(), "OMEGI_MEMORY");
    /// # }
    /// ```
    #[must_use]
    pub fn variable(&self) -> &str {
        &self.variable
    }

    /// Reports a value of `variable`, or one piece of it, that cannot be used.
    #[cfg(feature = "enable")]
    pub(super) fn of_value(variable: &'static str, value: &str, privacy: Privacy, reason: Reason) -> Self {
        let subject = match reason.piece {
            None => format!("{variable}={}", shown(value, privacy)),
            Some(piece) => format!("{variable} holds {}, which", shown_piece(value, &piece, privacy)),
        };
        let severity = Severity::Unusable;
        Self { variable: variable.into(), subject, reason: reason.text, instead: None, severity }
    }

    /// Reports a variable because of its name. Its value is not shown: it may be a secret.
    #[cfg(feature = "enable")]
    pub(super) fn of_name(name: String, reason: String, severity: Severity) -> Self {
        let subject = printable(&name);
        Self { variable: name.into(), subject, reason: reason.into(), instead: None, severity }
    }

    /// Adds the value that is used instead.
    #[cfg(feature = "enable")]
    pub(super) fn using(self, instead: &str) -> Self {
        Self { instead: Some(instead.to_owned()), ..self }
    }

    /// Returns whether it is about a value that cannot be used, and not about one without effect.
    #[cfg(feature = "enable")]
    pub(crate) fn is_unusable_value(&self) -> bool {
        self.severity == Severity::Unusable
    }

    /// Returns whether it gives the same reason for the same value, whatever is used instead.
    #[cfg(feature = "enable")]
    pub(super) fn has_reason_of(&self, other: &Self) -> bool {
        (&self.subject, &self.reason) == (&other.subject, &other.reason)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}; ", self.subject, self.reason)?;
        match &self.instead {
            Some(instead) => write!(f, "using {instead}"),
            None => f.write_str("it is ignored"),
        }
    }
}

/// All values that cannot be used.
///
/// Displays as one line for each [`Problem`].
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::{InitError, Sampler};
///
/// let builder = omegi::builder().memory(1).sampler(Sampler::TraceIdRatio(7.0));
/// # #[cfg(feature = "enable")] {
/// let Err(InitError::Settings(error)) = builder.try_init() else { panic!() };
/// assert_eq!(error.problems().len(), 2);
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError(Vec<Problem>);

impl SettingsError {
    /// Returns the error that lists `problems`; `None` if there are none.
    #[cfg(any(test, feature = "enable"))]
    pub(crate) fn of(problems: Vec<Problem>) -> Option<Self> {
        (!problems.is_empty()).then_some(Self(problems))
    }

    /// Returns the problems, in the order in which the settings were read.
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
            reason: "is odd".into(),
            instead: Some("5".to_owned()),
            severity: Severity::Unusable,
        };
        let error = SettingsError::of(vec![problem("1"), problem("3")]).expect("there are problems");
        assert_eq!(error.to_string(), "X=\"1\" is odd; using 5\nX=\"3\" is odd; using 5");
        assert_eq!(error.problems().len(), 2);
        assert_eq!(error.problems()[0].variable(), "X");
        assert_eq!(SettingsError::of(Vec::new()), None);
    }
}
