//! Layers for servers and clients over the crate `http`: axum, hyper, and whatever else is a `tower` service.
//!
//! Each request is a span that says what OpenTelemetry's [conventions] want of it. A server's span goes on with the trace that
//! the request's headers name, and is open until the response's body has been sent or dropped. A client's span writes itself
//! into the request's headers, and ends with the head of the response. Where a service keeps its part of a trace because of an
//! error, its response says so in `server-timing`, and the client that sees it keeps its own part.
//!
//! Nothing else of requests and responses is changed. Values of headers are in no span unless they are asked for; those under
//! the name of a secret, and such parameters of a URL, are masked.
//!
//! ```
//! use omegi_runtime::tower::ServerLayer;
//!
//! let layer = ServerLayer::new().request_headers(["x-tenant"]);
//! // axum::Router::new().route("/orders/{id}", get(order)).layer(layer)
//! # let _ = layer;
//! ```
//!
//! [conventions]: https://opentelemetry.io/docs/specs/semconv/http/http-spans/

#[cfg(feature = "enable")]
mod body;
#[cfg(feature = "enable")]
mod client;
#[cfg(feature = "enable")]
mod convention;
#[cfg(feature = "enable")]
mod exchange;
#[cfg(feature = "enable")]
mod layer;
#[cfg(not(feature = "enable"))]
mod off;
#[cfg(all(feature = "enable", feature = "axum"))]
#[path = "axum.rs"]
mod router;
#[cfg(all(feature = "enable", not(feature = "axum")))]
#[path = "no_router.rs"]
mod router;
#[cfg(feature = "enable")]
mod server;

#[cfg(all(feature = "enable", feature = "tonic"))]
pub(super) use convention::{Call, Convention};
#[cfg(not(feature = "enable"))]
pub use off::{Client, Layer, Server, Service};
#[cfg(all(feature = "enable", feature = "tonic"))]
pub(super) use server::authority;
#[cfg(feature = "enable")]
pub use {
    body::Body,
    client::Client,
    exchange::Exchange,
    layer::{Layer, Service},
    server::Server,
};

/// A layer for servers: a span of the kind SERVER for each request.
///
/// Where it stands in axum, below the router, it knows the route: `Router::layer`. With the feature `axum` it asks axum, any
/// other router is asked through [`route`](Layer::route).
pub type ServerLayer = Layer<Server>;

/// What [`ServerLayer`] makes of a service.
pub type ServerService<S> = Service<S, Server>;

/// A layer for clients: a span of the kind CLIENT for each request.
///
/// ```
/// use omegi_runtime::tower::ClientLayer;
/// let layer = ClientLayer::new();
/// // tower::ServiceBuilder::new().layer(layer).service(client)
/// # let _ = layer;
/// ```
pub type ClientLayer = Layer<Client>;

/// What [`ClientLayer`] makes of a service.
pub type ClientService<S> = Service<S, Client>;
