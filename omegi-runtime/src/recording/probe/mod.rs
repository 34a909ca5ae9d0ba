//! Probes: what woven code asks of the user's values, whatever their types.

pub(crate) mod error;
pub(crate) mod value;
