//! Facts about a request that only the framework knows.

use std::net::SocketAddr;

use http::request;

/// Provides [`HttpServer`](super::HttpServer) with the facts about a request that the framework
/// around the service knows. Implement it to support a framework, as `omegi-axum` does.
///
/// ```
/// use omegi_tower::{HttpServer, RequestInfo, TraceLayer};
///
/// /// The route, which the router of a framework leaves in the extensions of a request.
/// #[derive(Clone)]
/// struct Route(String);
///
/// #[derive(Clone, Copy, Debug, Default)]
/// struct ByExtension;
///
/// impl RequestInfo for ByExtension {
///     fn route<'r>(&self, request: &'r http::request::Parts) -> Option<&'r str> {
///         request.extensions.get::<Route>().map(|route| route.0.as_str())
///     }
/// }
///
/// let layer = TraceLayer::<HttpServer<ByExtension>>::new();
/// # drop(layer);
/// ```
pub trait RequestInfo: Clone {
    /// Returns the route that the request takes (`/orders/{id}`), if it is known.
    fn route<'r>(&self, request: &'r request::Parts) -> Option<&'r str> {
        let _ = request;
        None
    }

    /// Returns the address at the other end of the connection, if it is known.
    fn peer(&self, request: &request::Parts) -> Option<SocketAddr> {
        let _ = request;
        None
    }
}

/// Provides no further facts: for services without a framework.
///
/// ```
/// use omegi_tower::{HttpServer, NoRequestInfo, ServerLayer, TraceLayer};
///
/// let layer: ServerLayer = TraceLayer::<HttpServer<NoRequestInfo>>::new();
/// # drop(layer);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct NoRequestInfo;

impl RequestInfo for NoRequestInfo {}
