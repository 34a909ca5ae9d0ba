#![doc = include_str!("../README.md")]

mod request_info;

#[cfg(feature = "enable")]
mod body;
#[cfg(feature = "enable")]
mod client;
#[cfg(feature = "enable")]
mod convention;
#[cfg(feature = "enable")]
mod future;
#[cfg(feature = "enable")]
mod layer;
#[cfg(not(feature = "enable"))]
mod off;
#[cfg(feature = "enable")]
mod server;

#[cfg(not(feature = "enable"))]
pub use off::{HttpClient, HttpServer, TraceLayer, TraceService};
pub use request_info::{NoRequestInfo, RequestInfo};
#[cfg(feature = "enable")]
pub use {
    body::ResponseBody,
    client::{HttpClient, HttpClientExchange},
    convention::{Convention, Exchange},
    future::ResponseFuture,
    layer::{TraceLayer, TraceService},
    server::{HttpServer, HttpServerExchange},
};

/// A layer for servers: a span of the kind SERVER for each request. The route of a request is known
/// by [`route`](TraceLayer::route), or by a framework's own layer, such as that of `omegi-axum`.
pub type ServerLayer = TraceLayer<HttpServer>;

/// The service that [`ServerLayer`] makes of the service `S`.
pub type ServerService<S> = TraceService<S, HttpServer>;

/// A layer for clients: a span of the kind CLIENT for each request.
///
/// ```
/// use std::convert::Infallible;
///
/// use omegi_tower::ClientLayer;
/// use tower::{ServiceExt as _, service_fn};
/// use tower_layer::Layer as _;
///
/// async fn send(_: http::Request<String>) -> Result<http::Response<String>, Infallible> {
///     Ok(http::Response::new("sent".to_owned()))
/// }
///
/// let client = ClientLayer::new().layer(service_fn(send));
/// let response = client.oneshot(http::Request::new(String::new()));
/// # drop(response);
/// ```
pub type ClientLayer = TraceLayer<HttpClient>;

/// The service that [`ClientLayer`] makes of the service `S`.
pub type ClientService<S> = TraceService<S, HttpClient>;
