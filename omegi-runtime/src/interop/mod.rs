//! Interop: what others see of a flow, and it of them.

pub(crate) mod current;
pub(crate) mod in_flow;
#[cfg(feature = "tracing")]
pub(crate) mod tracing;
