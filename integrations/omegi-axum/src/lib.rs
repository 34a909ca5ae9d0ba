#![doc = include_str!("../README.md")]

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, MatchedPath};
use axum::http::request;
use omegi_tower::{HttpServer, RequestInfo, TraceLayer, TraceService};

/// A layer for axum: a span of the kind SERVER for each request, with its route and its peer.
///
/// Add it by `Router::layer`, after the routes: the route is known below the router. The peer is
/// known where the program serves by `into_make_service_with_connect_info`.
///
/// ```
/// use std::net::SocketAddr;
///
/// use axum::Router;
/// use axum::routing::get;
/// use omegi_axum::ServerLayer;
///
/// let app = Router::new()
///     .route("/orders/{id}", get(async || "an order"))
///     .layer(ServerLayer::new().request_headers(["x-tenant"]));
/// let service = app.into_make_service_with_connect_info::<SocketAddr>();
/// # drop(service);
/// ```
pub type ServerLayer = TraceLayer<HttpServer<AxumRequestInfo>>;

/// The service that [`ServerLayer`] makes of the service `S`. [`TraceService`] has an example.
pub type ServerService<S> = TraceService<S, HttpServer<AxumRequestInfo>>;

/// The facts that axum leaves in the extensions of a request.
///
/// ```
/// use std::net::SocketAddr;
///
/// use axum::extract::ConnectInfo;
/// use omegi_axum::AxumRequestInfo;
/// use omegi_tower::RequestInfo as _;
///
/// let peer = SocketAddr::from(([127, 0, 0, 1], 40_000));
/// let (mut head, ()) = axum::http::Request::new(()).into_parts();
/// head.extensions.insert(ConnectInfo(peer));
/// assert_eq!(AxumRequestInfo.peer(&head), Some(peer));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct AxumRequestInfo;

impl RequestInfo for AxumRequestInfo {
    fn route<'r>(&self, request: &'r request::Parts) -> Option<&'r str> {
        request.extensions.get::<MatchedPath>().map(MatchedPath::as_str)
    }

    fn peer(&self, request: &request::Parts) -> Option<SocketAddr> {
        request.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0)
    }
}
