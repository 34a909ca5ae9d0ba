//! omegi next to tasks, other services and other libraries.

pub(crate) mod headers;

#[cfg(feature = "enable")]
pub(crate) mod active_headers;
#[cfg(feature = "enable")]
pub(crate) mod current;
#[cfg(feature = "enable")]
pub(crate) mod in_flow;
#[cfg(feature = "enable")]
pub mod instrumentation;
#[cfg(all(feature = "enable", feature = "otel"))]
pub mod otel;
#[cfg(all(feature = "enable", feature = "tracing"))]
pub(crate) mod tracing;
#[cfg(feature = "enable")]
mod user_code;
