//! Probes: they read the user's values in woven code, whatever the types.

pub(crate) mod error;
pub(crate) mod error_view;
pub(crate) mod none;
pub(crate) mod question_mark;
pub(crate) mod value;
