//! omegi beside others: what tasks, other services and other libraries see of a flow, and it of them.

#[cfg(feature = "enable")]
pub(crate) mod current;
pub(crate) mod headers;
#[cfg(feature = "enable")]
pub(crate) mod in_flow;
#[cfg(feature = "enable")]
pub(crate) mod passing;
