//! HTTP at the end of the server.

use std::sync::Arc;

use http::header::{CONTENT_LENGTH, USER_AGENT};
use http::{HeaderMap, Method, StatusCode, request};
use http_body::SizeHint;
use omegi::SpanKind;
use omegi::instrumentation::{ActiveSpan, LibraryCallSite, StartedSpan, call_user_code};
use omegi::propagation::tell_kept;
use omegi_http::{
    CapturedHeaders, HeaderExtractor, HeaderInjector, IncomingRequest, authority, describe_server_response,
    protocol_version,
};

use super::convention::{Convention, Exchange};
use super::layer::TraceLayer;
use super::request_info::{NoRequestInfo, RequestInfo};
use super::span_end::WithBody;

static SITE: LibraryCallSite = LibraryCallSite::new("omegi::tower", "ServerService::call", SpanKind::Server);

/// A callback that knows the route of a request.
type RouteOf = dyn Fn(&request::Parts) -> Option<String> + Send + Sync;

/// The convention for servers of HTTP. `I` provides the facts that a framework knows about a
/// request: [`RequestInfo`] has an example.
///
/// ```
/// use omegi_tower::{HttpServer, TraceLayer};
///
/// // The convention alone, for a service without a framework.
/// let layer = TraceLayer::with(HttpServer::<omegi_tower::NoRequestInfo>::default());
/// # drop(layer);
/// ```
#[derive(Clone, Default)]
pub struct HttpServer<I = NoRequestInfo> {
    info: I,
    route: Option<Arc<RouteOf>>,
    request_headers: CapturedHeaders,
    response_headers: CapturedHeaders,
}

impl<I> TraceLayer<HttpServer<I>> {
    /// Sets a callback that returns the route of a request (`/orders/{id}`), for the name of the
    /// span and `http.route`. It wins over the framework's own route.
    ///
    /// Do not build the route from the text of the request, because that would make as many names
    /// as requests. If `route` panics or returns `None`, the framework's route is used.
    ///
    /// ```
    /// use omegi_tower::ServerLayer;
    ///
    /// let layer = ServerLayer::new().route(|request| {
    ///     request.uri.path().starts_with("/orders/").then(|| "/orders/{id}".to_owned())
    /// });
    /// # drop(layer);
    /// ```
    #[must_use]
    pub fn route(
        mut self,
        route: impl Fn(&request::Parts) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.convention.route = Some(Arc::new(route));
        self
    }

    /// Captures these headers of requests as `http.request.header.<name>`; upper and lower case are
    /// the same.
    ///
    /// ```
    /// use omegi_tower::ServerLayer;
    ///
    /// let layer = ServerLayer::new().request_headers(["x-tenant", "content-type"]);
    /// # drop(layer);
    /// ```
    #[must_use]
    pub fn request_headers(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.convention.request_headers = CapturedHeaders::new(names);
        self
    }

    /// Captures these headers of responses as `http.response.header.<name>`; upper and lower case
    /// are the same.
    ///
    /// ```
    /// use omegi_tower::ServerLayer;
    ///
    /// let layer = ServerLayer::new().response_headers(["etag"]);
    /// # drop(layer);
    /// ```
    #[must_use]
    pub fn response_headers(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.convention.response_headers = CapturedHeaders::new(names);
        self
    }
}

impl<I: RequestInfo> Convention for HttpServer<I> {
    type Exchange = HttpServerExchange;

    fn start(&self, request: &request::Parts) -> StartedSpan {
        SITE.start_from_headers(&HeaderExtractor(&request.headers))
    }

    fn on_request(&self, span: &mut ActiveSpan<'_>, request: &mut request::Parts) -> HttpServerExchange {
        if span.is_recording() {
            self.describe(span, request);
        }
        HttpServerExchange {
            method: request.method.clone(),
            response_headers: self.response_headers.clone(),
            content_length: None,
        }
    }
}

impl<I: RequestInfo> HttpServer<I> {
    fn describe(&self, span: &mut ActiveSpan<'_>, request: &request::Parts) {
        let route = self.route.as_ref().and_then(|route| call_user_code(|| route(request)).flatten());
        IncomingRequest {
            method: request.method.as_str(),
            route: route.as_deref().or_else(|| self.info.route(request)),
            scheme: request.uri.scheme_str(),
            authority: authority(request),
            path: request.uri.path(),
            query: request.uri.query(),
            version: protocol_version(&request.version),
            user_agent: request.headers.get(USER_AGENT).and_then(|value| value.to_str().ok()),
            peer: self.info.peer(request),
        }
        .describe(span);
        self.request_headers.describe_request(span, &HeaderExtractor(&request.headers));
    }
}

/// A request that a server answers. Its span ends with the body of the response.
#[derive(Debug)]
pub struct HttpServerExchange {
    method: Method,
    response_headers: CapturedHeaders,
    content_length: Option<u64>,
}

impl HttpServerExchange {
    /// Returns whether a response of this status has a body on the wire, whatever body the service
    /// gives it (RFC 9110, section 6.4.1).
    fn has_body(&self, status: StatusCode) -> bool {
        let is_tunnel = self.method == Method::CONNECT && status.is_success();
        let is_head_only = status.is_informational()
            || status == StatusCode::NO_CONTENT
            || status == StatusCode::NOT_MODIFIED;
        self.method != Method::HEAD && !is_tunnel && !is_head_only
    }
}

impl Exchange for HttpServerExchange {
    type End = WithBody;

    fn on_head(&mut self, span: &mut ActiveSpan<'_>, status: StatusCode, headers: &mut HeaderMap) -> bool {
        describe_server_response(span, status.as_u16(), None);
        self.response_headers.describe_response(span, &HeaderExtractor(headers));
        tell_kept(&mut HeaderInjector(headers));
        let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
        self.content_length = length.and_then(|length| length.parse().ok());
        !self.has_body(status)
    }

    fn body_length(&self, size: &SizeHint) -> Option<u64> {
        self.content_length.or_else(|| size.exact())
    }
}
