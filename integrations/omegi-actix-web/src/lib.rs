#![doc = include_str!("../README.md")]

#[cfg(feature = "enable")]
mod body;
#[cfg(feature = "enable")]
mod future;
#[cfg(feature = "enable")]
mod headers;
#[cfg(feature = "enable")]
mod middleware;
#[cfg(not(feature = "enable"))]
mod off;
#[cfg(feature = "enable")]
mod request;

#[cfg(not(feature = "enable"))]
pub use off::{ServerMiddleware, ServerMiddlewareService};
#[cfg(feature = "enable")]
pub use {
    body::ServerResponseBody,
    future::ServerResponseFuture,
    middleware::{ServerMiddleware, ServerMiddlewareService},
};
