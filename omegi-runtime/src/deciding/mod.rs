//! Deciding which flows are kept.

pub(crate) mod sampling;
