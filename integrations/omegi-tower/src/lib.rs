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
#[cfg(feature = "enable")]
mod span_end;

#[cfg(not(feature = "enable"))]
pub use off::{HttpClient, HttpServer, TraceLayer, TraceService};
pub use request_info::{NoRequestInfo, RequestInfo};
#[cfg(feature = "enable")]
pub use {
    body::ResponseBody,
    client::{HttpClient, HttpClientExchange},
    convention::{Convention, Exchange, SpanEnd},
    future::ResponseFuture,
    layer::{TraceLayer, TraceService},
    server::{HttpServer, HttpServerExchange},
    span_end::{WithBody, WithHead},
};

/// A layer for servers: a span of the kind SERVER for each request. The route of a request is known
/// by [`route`](TraceLayer::route), or by a framework's own layer, such as that of `omegi-axum`.
///
/// ```
/// use std::convert::Infallible;
/// use std::pin::pin;
/// use std::task::{Context, Poll, Waker};
///
/// use omegi_tower::ServerLayer;
/// use tower::{ServiceExt as _, service_fn};
/// use tower_layer::Layer as _;
///
/// async fn order(_: http::Request<String>) -> Result<http::Response<String>, Infallible> {
///     Ok(http::Response::new("an order".to_owned()))
/// }
///
/// let shop = ServerLayer::new().request_headers(["x-tenant"]).layer(service_fn(order));
/// let response = pin!(shop.oneshot(http::Request::new(String::new())));
/// let polled = response.poll(&mut Context::from_waker(Waker::noop()));
/// assert!(matches!(polled, Poll::Ready(Ok(response)) if response.status() == 200));
/// ```
pub type ServerLayer = TraceLayer<HttpServer>;

/// The service that [`ServerLayer`] makes of the service `S`. [`TraceService`] has an example.
pub type ServerService<S> = TraceService<S, HttpServer>;

/// A layer for clients: a span of the kind CLIENT for each request.
///
/// ```
/// use std::convert::Infallible;
/// use std::pin::pin;
/// use std::task::{Context, Poll, Waker};
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
/// let response = pin!(client.oneshot(http::Request::new(String::new())));
/// let polled = response.poll(&mut Context::from_waker(Waker::noop()));
/// assert!(matches!(polled, Poll::Ready(Ok(response)) if response.body() == "sent"));
/// ```
pub type ClientLayer = TraceLayer<HttpClient>;

/// The service that [`ClientLayer`] makes of the service `S`. [`TraceService`] has an example.
pub type ClientService<S> = TraceService<S, HttpClient>;
