//! The differences between protocols and between the ends of one: the description of requests and
//! responses.

use http::{HeaderMap, StatusCode, request};
use omegi::instrumentation::{ActiveSpan, Instrumented, StartedSpan};

/// The semantic convention for one end of a protocol: it starts and describes the spans of
/// requests. A [`TraceLayer`](super::TraceLayer) calls it.
pub trait Convention: Clone {
    /// The state of one request until its response has ended.
    type Exchange: Exchange;

    /// Starts the span of a request.
    fn start(&self, request: &request::Parts) -> StartedSpan;

    /// Describes a request, before the service gets it; a client writes its span into the headers
    /// here.
    fn on_request(&self, span: &mut ActiveSpan<'_>, request: &mut request::Parts) -> Self::Exchange;
}

/// The response to one request, described inside the span of the request. It is not called if the
/// span is not recorded.
pub trait Exchange {
    /// The body that the caller gets for the body `B` of the service.
    type Body<B>;

    /// Describes the head of the response. Returns whether the span ends with it.
    fn on_response(&mut self, span: &mut ActiveSpan<'_>, status: StatusCode, headers: &mut HeaderMap)
    -> bool;

    /// Describes the end of the body, with its trailers, if it has any.
    fn on_end(&mut self, span: &mut ActiveSpan<'_>, trailers: Option<&mut HeaderMap>);

    /// Makes the body that the caller gets. A body that `instrument` returns continues the span.
    fn wrap_body<B: http_body::Body>(
        self,
        body: B,
        instrument: impl FnOnce(B) -> Instrumented<B>,
    ) -> Self::Body<B>;
}
