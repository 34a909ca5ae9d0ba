//! Middleware for [actix-web](https://docs.rs/actix-web): each request is a span of the kind SERVER, which says what
//! OpenTelemetry's [conventions] want of it, goes on with the trace that the request's headers name, and is open until the
//! response's body has been sent or dropped.
//!
//! A response says in `server-timing` that its flow is kept because of an error. Values of headers are in no span unless they
//! are asked for; those under the name of a secret, and such parameters of a URL, are masked.
//!
//! ```
//! use omegi_runtime::actix::Middleware;
//!
//! let app = actix_web::App::new().wrap(Middleware::new().request_headers(["x-tenant"]));
//! # let _ = app;
//! ```
//!
//! [conventions]: https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span

#[cfg(feature = "enable")]
mod body;
#[cfg(feature = "enable")]
mod exchange;
#[cfg(feature = "enable")]
mod headers;
#[cfg(feature = "enable")]
mod middleware;
#[cfg(not(feature = "enable"))]
mod off;
#[cfg(feature = "enable")]
mod request;

#[cfg(not(feature = "enable"))]
pub use off::{Middleware, Service};
#[cfg(feature = "enable")]
pub use {
    body::Body,
    exchange::Exchange,
    middleware::{Middleware, Service},
};
