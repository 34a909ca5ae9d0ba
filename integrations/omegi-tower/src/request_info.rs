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
    ///
    /// ```
    /// use omegi_tower::RequestInfo;
    ///
    /// /// A router without patterns: each path is a route.
    /// #[derive(Clone, Default)]
    /// struct FewPaths;
    ///
    /// impl RequestInfo for FewPaths {
    ///     fn route<'r>(&self, request: &'r http::request::Parts) -> Option<&'r str> {
    ///         let known = ["/health", "/orders"];
    ///         Some(request.uri.path()).filter(|path| known.contains(path))
    ///     }
    /// }
    ///
    /// let (head, ()) = http::Request::get("/orders").body(()).unwrap().into_parts();
    /// assert_eq!(FewPaths.route(&head), Some("/orders"));
    /// ```
    fn route<'r>(&self, request: &'r request::Parts) -> Option<&'r str> {
        let _ = request;
        None
    }

    /// Returns the address at the other end of the connection, if it is known.
    ///
    /// ```
    /// use std::net::SocketAddr;
    ///
    /// use omegi_tower::RequestInfo;
    ///
    /// /// The peer, which the accepting loop leaves in the extensions of a request.
    /// #[derive(Clone, Default)]
    /// struct Peers;
    ///
    /// impl RequestInfo for Peers {
    ///     fn peer(&self, request: &http::request::Parts) -> Option<SocketAddr> {
    ///         request.extensions.get().copied()
    ///     }
    /// }
    ///
    /// let peer = SocketAddr::from(([192, 0, 2, 7], 40_000));
    /// let (mut head, ()) = http::Request::new(()).into_parts();
    /// head.extensions.insert(peer);
    /// assert_eq!(Peers.peer(&head), Some(peer));
    /// ```
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
