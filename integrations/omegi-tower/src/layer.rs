//! The layer and its service.

use std::fmt::{self, Display};
use std::future::Future;
use std::task::{Context, Poll};

use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::convention::{Convention, Exchange, SpanEnd};
use super::future::ResponseFuture;

/// A layer that makes a span of each request, by the convention `C`.
///
/// Its usual names are [`ServerLayer`](super::ServerLayer) and [`ClientLayer`](super::ClientLayer).
///
/// ```
/// use omegi_tower::{HttpClient, TraceLayer};
///
/// let layer = TraceLayer::<HttpClient>::new();
/// let same = TraceLayer::with(HttpClient::default());
/// # drop((layer, same));
/// ```
#[derive(Clone, Default)]
pub struct TraceLayer<C> {
    pub(super) convention: C,
}

impl<C> fmt::Debug for TraceLayer<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TraceLayer").finish_non_exhaustive()
    }
}

impl<C: Default> TraceLayer<C> {
    /// Creates a layer that records what the convention asks for.
    ///
    /// ```
    /// use omegi_tower::{ClientLayer, ServerLayer};
    ///
    /// let (server, client) = (ServerLayer::new(), ClientLayer::new());
    /// # drop((server, client));
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl<C> TraceLayer<C> {
    /// Creates a layer for `convention`, one with settings of its own.
    ///
    /// ```
    /// use omegi_tower::{Convention, TraceLayer, TraceService};
    /// use tower_layer::Layer as _;
    ///
    /// /// Traces a service by the convention of any protocol.
    /// fn traced<S, C: Convention>(service: S, convention: C) -> TraceService<S, C> {
    ///     TraceLayer::with(convention).layer(service)
    /// }
    /// ```
    #[must_use]
    pub fn with(convention: C) -> Self {
        Self { convention }
    }
}

impl<S, C: Clone> Layer<S> for TraceLayer<C> {
    type Service = TraceService<S, C>;

    fn layer(&self, inner: S) -> TraceService<S, C> {
        TraceService { inner, convention: self.convention.clone() }
    }
}

/// A service whose requests are spans. Made by a [`TraceLayer`].
///
/// ```
/// use omegi_tower::{HttpClient, TraceLayer, TraceService};
/// use tower_layer::Layer as _;
///
/// /// A client whose requests are spans.
/// struct ShopClient<S> {
///     connection: TraceService<S, HttpClient>,
/// }
///
/// impl<S> ShopClient<S> {
///     fn new(connection: S) -> Self {
///         Self { connection: TraceLayer::new().layer(connection) }
///     }
/// }
/// # drop(ShopClient::new(()).connection);
/// ```
#[derive(Clone)]
pub struct TraceService<S, C> {
    inner: S,
    convention: C,
}

impl<S: fmt::Debug, C> fmt::Debug for TraceService<S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TraceService").field("inner", &self.inner).finish_non_exhaustive()
    }
}

impl<S, C, B, R> Service<Request<B>> for TraceService<S, C>
where
    S: Service<Request<B>, Response = Response<R>, Error: Display>,
    S::Future: Future<Output = Result<Response<R>, S::Error>>,
    C: Convention,
    R: http_body::Body<Error: Display>,
{
    type Response = Response<<<C::Exchange as Exchange>::End as SpanEnd>::Body<R, C::Exchange>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, C::Exchange>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    /// Starts the span: calls of the service before it returns its future are part of the request.
    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut head, body) = request.into_parts();
        let mut span = self.convention.start(&head);
        let exchange = self.convention.on_request(&mut span.active(), &mut head);
        let future = self.inner.call(Request::from_parts(head, body));
        ResponseFuture::new(span.instrument(future), exchange)
    }
}
