//! Layers for servers and clients of gRPC: tonic, or any other that is a `tower` service.
//!
//! They are those of the module `tower` in the words of OpenTelemetry's [conventions for gRPC] (release candidate): the
//! span's name is `package.Service/Method`, and its status that of gRPC, which comes in the trailers: a span is open until then, at
//! both ends.
//!
//! ```
//! use omegi_runtime::tonic::ServerLayer;
//!
//! let layer = ServerLayer::new();
//! // tonic::transport::Server::builder().layer(layer).add_service(orders)
//! # let _ = layer;
//! ```
//!
//! [conventions for gRPC]: https://opentelemetry.io/docs/specs/semconv/rpc/grpc/

#[cfg(feature = "enable")]
mod client;
#[cfg(feature = "enable")]
mod code;
#[cfg(not(feature = "enable"))]
mod off;
#[cfg(feature = "enable")]
mod server;
#[cfg(feature = "enable")]
mod status;

use super::tower::{Layer, Service};

#[cfg(not(feature = "enable"))]
pub use off::{Client, Server};
#[cfg(feature = "enable")]
pub use {client::Client, server::Server};

/// A layer for servers: a span of the kind SERVER for each call.
pub type ServerLayer = Layer<Server>;

/// What [`ServerLayer`] makes of a service.
pub type ServerService<S> = Service<S, Server>;

/// A layer for clients: a span of the kind CLIENT for each call.
///
/// ```
/// use omegi_runtime::tonic::ClientLayer;
///
/// let layer = ClientLayer::new().server("orders.example", 443);
/// // OrdersClient::new(tower::ServiceBuilder::new().layer(layer).service(channel))
/// # let _ = layer;
/// ```
pub type ClientLayer = Layer<Client>;

/// What [`ClientLayer`] makes of a service.
pub type ClientService<S> = Service<S, Client>;
