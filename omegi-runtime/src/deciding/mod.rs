//! Deciding: which flows are kept.

pub(crate) mod counting;
pub(crate) mod decision;
pub(crate) mod error_rate_limit;
pub(crate) mod expected_errors;
pub(crate) mod sampling;
