//! omegi beside others: what tasks, other services and other libraries see of a flow, and it of them.

#[cfg(feature = "enable")]
pub(crate) mod current;
pub(crate) mod headers;
#[cfg(feature = "enable")]
pub(crate) mod in_flow;
#[cfg(feature = "enable")]
pub(crate) mod passing;

#[cfg(feature = "actix-web")]
pub mod actix;
#[cfg(feature = "enable")]
#[allow(dead_code, unused_imports, reason = "each framework's layer says its part of it")]
mod http;
#[cfg(feature = "otel")]
pub mod otel;
#[cfg(feature = "reqwest")]
pub mod reqwest;
#[cfg(feature = "tonic")]
pub mod tonic;
#[cfg(feature = "tower")]
pub mod tower;
#[cfg(feature = "tracing")]
pub(crate) mod tracing;
