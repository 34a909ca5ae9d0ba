//! Deciding which flows are kept.

pub(crate) mod counting;
pub(crate) mod sampling;
pub(crate) mod storms;
