//! The time that spans may add to a program.

use std::fmt;

/// The variable with the budget.
pub(crate) const VARIABLE: &str = "CARGO_OMEGI_BUDGET";

/// The share of a program's time that spans may add, in parts of a million.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Budget(u32);

impl Default for Budget {
    fn default() -> Self {
        Self(20_000)
    }
}

impl Budget {
    /// Reads the budget of the environment: the default if the variable is not set.
    ///
    /// # Errors
    ///
    /// The variable's text, if it is no budget.
    pub(crate) fn read() -> Result<Self, String> {
        match std::env::var(VARIABLE) {
            Ok(text) if !text.trim().is_empty() => Self::parse(&text).ok_or(text),
            _ => Ok(Self::default()),
        }
    }

    /// Reads a text such as `2%` or `0.5 %`: from 0 to 100 percent.
    fn parse(text: &str) -> Option<Self> {
        let percent: f64 = text.trim().strip_suffix('%')?.trim().parse().ok()?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1,000,000")]
        (0.0..=100.0).contains(&percent).then(|| Self((percent * 10_000.0).round() as u32))
    }

    /// Returns this share of a time in nanoseconds.
    pub(crate) fn of(self, time_ns: u64) -> u64 {
        u64::try_from(u128::from(time_ns) * u128::from(self.0) / 1_000_000).unwrap_or(u64::MAX)
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", f64::from(self.0) / 10_000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_are_percentages() {
        for (text, parts) in
            [("2%", Some(20_000)), (" 0.5 % ", Some(5_000)), ("100%", Some(1_000_000)), ("0%", Some(0))]
        {
            assert_eq!(Budget::parse(text), parts.map(Budget), "{text}");
        }
        for text in ["2", "0.02", "%", "-1%", "101%", "x%", "NaN%", "inf%"] {
            assert_eq!(Budget::parse(text), None, "{text}");
        }
        assert_eq!([Budget::default(), Budget(5_000)].map(|budget| budget.to_string()), ["2%", "0.5%"]);
    }

    #[test]
    fn a_budget_is_a_share_of_a_time() {
        assert_eq!(Budget::default().of(1_000_000_000), 20_000_000);
        assert_eq!(Budget(1_000_000).of(u64::MAX), u64::MAX);
    }
}
