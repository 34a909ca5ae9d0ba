//! The segments of a thread: the active one, the spare ones, and the way to those of other threads.

pub(crate) mod current;
mod heap;
pub(crate) mod pool;
#[cfg_attr(not(feature = "otel"), allow(dead_code, reason = "some of it is for bridges to other libraries"))]
pub(crate) mod registry;
pub(crate) mod watching;
