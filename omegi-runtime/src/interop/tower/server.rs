//! HTTP at the server's end.

use std::sync::Arc;

use http::header::{CONTENT_LENGTH, HOST, USER_AGENT};
use http::{HeaderMap, HeaderName, Method, StatusCode, request};

use crate::recording::span::fork::{Carried, Fork};
use crate::recording::span::task::TaskSpan;
use crate::vocabulary::SpanKind;
use crate::vocabulary::call_site::{CallSite, Path};

use super::super::http::arrival::arrival;
use super::super::http::captured::capture;
use super::super::http::server::Incoming;
use super::super::http::{protocol_version, status};
use super::super::passing::{tell_kept, unheard};
use super::body::Body;
use super::convention::{Call, Convention};
use super::layer::Layer;
use super::router;

static SITE: CallSite =
    CallSite::new("omegi::tower", Path::Written("ServerService::call")).kind(SpanKind::Server);

/// What a router says of the request.
type RouteOf = dyn Fn(&request::Parts) -> Option<String> + Send + Sync;

/// What a server says of requests.
#[derive(Clone, Default)]
pub struct Server {
    route: Option<Arc<RouteOf>>,
    request_headers: Arc<[String]>,
    response_headers: Arc<[String]>,
}

impl Layer<Server> {
    /// Asks `route` which route a request takes (`/orders/{id}`), for the span's name and `http.route`. It must not be made of
    /// what the request says, or there will be as many names as requests. Where it panics or says `None`, the route is not
    /// known.
    ///
    /// ```
    /// use omegi_runtime::tower::ServerLayer;
    ///
    /// let layer = ServerLayer::new()
    ///     .route(|request| request.uri.path().starts_with("/orders/").then(|| "/orders/{id}".to_owned()));
    /// # let _ = layer;
    /// ```
    #[must_use]
    pub fn route(
        mut self,
        route: impl Fn(&request::Parts) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.convention.route = Some(Arc::new(route));
        self
    }

    /// Has these headers of requests told, as `http.request.header.<name>`. The case of a name means nothing.
    #[must_use]
    pub fn request_headers(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.convention.request_headers = lower_case(names);
        self
    }

    /// Has these headers of responses told, as `http.response.header.<name>`. The case of a name means nothing.
    #[must_use]
    pub fn response_headers(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.convention.response_headers = lower_case(names);
        self
    }
}

fn lower_case(names: impl IntoIterator<Item = impl Into<String>>) -> Arc<[String]> {
    names.into_iter().map(|name| name.into().to_ascii_lowercase()).collect()
}

impl Convention for Server {
    type Call = Answering;

    fn fork(&self, request: &request::Parts) -> Fork {
        arrival(&SITE, &request.headers)
    }

    fn begin(&self, span: &mut TaskSpan, request: &mut request::Parts) -> Answering {
        if span.is_recording() {
            self.describe(span, request);
        }
        Answering {
            method: request.method.clone(),
            response_headers: Arc::clone(&self.response_headers),
            length: None,
        }
    }
}

impl Server {
    fn describe(&self, span: &mut TaskSpan, request: &request::Parts) {
        let asked = self.route.as_ref().and_then(|route| unheard(|| route(request)).flatten());
        Incoming {
            method: request.method.as_str(),
            route: asked.as_deref().or_else(|| router::route(request)),
            scheme: request.uri.scheme_str(),
            authority: authority(request),
            path: request.uri.path(),
            query: request.uri.query(),
            version: protocol_version(&format!("{:?}", request.version)),
            user_agent: text(request, USER_AGENT),
            peer: router::peer(request),
        }
        .describe(span);
        capture(span, "http.request.header.", &self.request_headers, &request.headers);
    }
}

/// Which server a request is for.
pub(in super::super) fn authority(request: &request::Parts) -> Option<&str> {
    request.uri.authority().map(http::uri::Authority::as_str).or_else(|| text(request, HOST))
}

fn text(request: &request::Parts, name: HeaderName) -> Option<&str> {
    request.headers.get(name)?.to_str().ok()
}

/// A request that is being answered.
#[derive(Debug)]
pub struct Answering {
    method: Method,
    response_headers: Arc<[String]>,
    /// What the header `content-length` says.
    length: Option<u64>,
}

impl Answering {
    /// Whether a response of this status has a body at all, whatever is given as one (RFC 9110, section 6.4.1).
    fn has_body(&self, status: StatusCode) -> bool {
        let is_tunnel = self.method == Method::CONNECT && status.is_success();
        let is_bare = status.is_informational()
            || status == StatusCode::NO_CONTENT
            || status == StatusCode::NOT_MODIFIED;
        self.method != Method::HEAD && !is_tunnel && !is_bare
    }
}

impl Call for Answering {
    type Body<B> = Body<B, Self>;

    fn answer(&mut self, span: &mut TaskSpan, status: StatusCode, headers: &mut HeaderMap) -> bool {
        status::answered(span, status.as_u16());
        capture(span, "http.response.header.", &self.response_headers, headers);
        tell_kept(headers);
        let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
        self.length = length.and_then(|length| length.parse().ok());
        !self.has_body(status)
    }

    fn end(&mut self, _: &mut TaskSpan, _: Option<&mut HeaderMap>) {}

    fn hand_over<B: http_body::Body>(self, body: B, carry: impl FnOnce(B) -> Carried<B>) -> Body<B, Self> {
        let left = self.length.or_else(|| body.size_hint().exact());
        Body::new(carry(body), self, left)
    }
}
