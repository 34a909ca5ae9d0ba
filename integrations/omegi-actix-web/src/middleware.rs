//! The middleware and its service.

use std::fmt;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use omegi::SpanKind;
use omegi::instrumentation::LibraryCallSite;
use omegi_http::CapturedHeaders;

use super::body::ServerResponseBody;
use super::future::ServerResponseFuture;
use super::headers::ActixHeaders;
use super::request::describe;

static SITE: LibraryCallSite = LibraryCallSite::new("omegi::actix", "Service::call", SpanKind::Server);

/// Middleware that makes a span of each request.
///
/// ```
/// use actix_web::{App, test, web};
/// use omegi_actix_web::ServerMiddleware;
///
/// actix_web::rt::System::new().block_on(async {
///     let middleware = ServerMiddleware::new().response_headers(["etag"]);
///     let order = web::get().to(async || "an order");
///     let app = App::new().wrap(middleware).route("/orders/{id}", order);
///     let service = test::init_service(app).await;
///     let request = test::TestRequest::get().uri("/orders/7").to_request();
///     assert_eq!(test::call_and_read_body(&service, request).await, "an order");
/// });
/// ```
#[derive(Clone, Debug, Default)]
pub struct ServerMiddleware {
    request_headers: CapturedHeaders,
    response_headers: CapturedHeaders,
}

impl ServerMiddleware {
    /// Creates middleware that records what the conventions ask for.
    ///
    /// ```
    /// use actix_web::App;
    /// use omegi_actix_web::ServerMiddleware;
    ///
    /// let app = App::new().wrap(ServerMiddleware::new());
    /// # drop(app);
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Captures these headers of requests as `http.request.header.<name>`; upper and lower case are
    /// the same.
    ///
    /// ```
    /// use omegi_actix_web::ServerMiddleware;
    ///
    /// let middleware = ServerMiddleware::new().request_headers(["x-tenant"]);
    /// # drop(middleware);
    /// ```
    #[must_use]
    pub fn request_headers(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.request_headers = CapturedHeaders::new(names);
        self
    }

    /// Captures these headers of responses as `http.response.header.<name>`; upper and lower case
    /// are the same.
    ///
    /// ```
    /// use omegi_actix_web::ServerMiddleware;
    ///
    /// let middleware = ServerMiddleware::new().response_headers(["etag", "retry-after"]);
    /// # drop(middleware);
    /// ```
    #[must_use]
    pub fn response_headers(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.response_headers = CapturedHeaders::new(names);
        self
    }
}

impl<S, B> Transform<S, ServiceRequest> for ServerMiddleware
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<ServerResponseBody<B>>;
    type Error = Error;
    type InitError = ();
    type Transform = ServerMiddlewareService<S>;
    type Future = Ready<Result<ServerMiddlewareService<S>, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(ServerMiddlewareService { inner, captured: self.clone() }))
    }
}

/// A service whose requests are spans. Made by [`ServerMiddleware`].
pub struct ServerMiddlewareService<S> {
    inner: S,
    captured: ServerMiddleware,
}

impl<S: fmt::Debug> fmt::Debug for ServerMiddlewareService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerMiddlewareService").field("inner", &self.inner).finish_non_exhaustive()
    }
}

impl<S, B> Service<ServiceRequest> for ServerMiddlewareService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<ServerResponseBody<B>>;
    type Error = Error;
    type Future = ServerResponseFuture<S::Future>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    /// Starts the span: calls of the service before it returns its future are part of the request.
    fn call(&self, request: ServiceRequest) -> Self::Future {
        let mut span = SITE.start_from_headers(&ActixHeaders(request.headers()));
        if span.active().is_recording() {
            describe(&mut span.active(), &request, &self.captured.request_headers);
        }
        let is_head = request.method() == actix_web::http::Method::HEAD;
        let future = self.inner.call(request);
        ServerResponseFuture::new(span.instrument(future), is_head, self.captured.response_headers.clone())
    }
}
