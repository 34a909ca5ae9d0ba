//! How much is recorded, and how much of it is kept.

use std::fmt;

use super::choices::{ArgumentMode, CountedErrors};
use super::parsing::{one_of, whole_number};
use super::problem::Complaint;
use super::variables::FLOW_RATE;

/// The N of *keep 1 in N flows that had no error*.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FlowRate(u64);

impl FlowRate {
    /// 1 in `n`; `1` keeps all, `0` only flows with an error.
    #[cfg(test)]
    pub(crate) const fn one_in(n: u64) -> Self {
        Self(n)
    }

    /// The N.
    pub(crate) const fn get(self) -> u64 {
        self.0
    }

    pub(super) fn parse(text: &str) -> Result<Self, Complaint> {
        whole_number(text, 0..=u64::MAX).map(Self)
    }
}

impl Default for FlowRate {
    /// The documented default.
    fn default() -> Self {
        Self::parse(FLOW_RATE.default_text()).expect("the default is well formed")
    }
}

impl fmt::Display for FlowRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Reads an [`ArgumentMode`].
pub(super) fn argument_mode(text: &str) -> Result<ArgumentMode, Complaint> {
    use ArgumentMode::{Always, Off, Sampled};
    one_of(&[("off", Ok(Off)), ("sampled", Ok(Sampled)), ("always", Ok(Always))], text)
}

/// Reads [`CountedErrors`].
pub(super) fn counted_errors(text: &str) -> Result<CountedErrors, Complaint> {
    one_of(&[("any", Ok(CountedErrors::Any)), ("escaped", Ok(CountedErrors::Escaped))], text)
}

/// How many flows are kept for one kind of error; `0` is no limit.
pub(super) fn error_limit(text: &str) -> Result<Option<u64>, Complaint> {
    whole_number(text, 0..=u64::MAX).map(|limit| (limit > 0).then_some(limit))
}
