//! The differences between protocols and between the ends of one: the description of requests and
//! responses.

use http::{HeaderMap, StatusCode, request};
use http_body::SizeHint;
use omegi::instrumentation::{ActiveSpan, Instrumented, StartedSpan};

/// The semantic convention for one end of a protocol: it starts and describes the spans of
/// requests. A [`TraceLayer`](super::TraceLayer) calls it.
///
/// ```
/// use std::convert::Infallible;
/// use std::pin::pin;
/// use std::task::{Context, Waker};
///
/// use http::{HeaderMap, Request, Response, StatusCode, request};
/// use omegi::instrumentation::{ActiveSpan, LibraryCallSite, StartedSpan};
/// use omegi::{MemoryExporter, SpanKind};
/// use omegi_http::HeaderExtractor;
/// use omegi_tower::{Convention, Exchange, TraceLayer, WithHead};
/// use tower::{ServiceExt as _, service_fn};
/// use tower_layer::Layer as _;
///
/// static CALL: LibraryCallSite =
///     LibraryCallSite::new("shop_rpc", "Server::call", SpanKind::Server);
///
/// /// The servers of a protocol for remote calls.
/// #[derive(Clone, Default)]
/// struct ShopRpcServer;
///
/// impl Convention for ShopRpcServer {
///     type Exchange = ShopRpcCall;
///
///     fn start(&self, request: &request::Parts) -> StartedSpan {
///         CALL.start_from_headers(&HeaderExtractor(&request.headers))
///     }
///
///     fn on_request(&self, span: &mut ActiveSpan<'_>, _: &mut request::Parts) -> ShopRpcCall {
///         span.set_attribute("rpc.system.name", "shop_rpc");
///         ShopRpcCall
///     }
/// }
///
/// /// One call, whose failure is in a header.
/// struct ShopRpcCall;
///
/// impl Exchange for ShopRpcCall {
///     type End = WithHead;
///
///     fn on_head(
///         &mut self,
///         span: &mut ActiveSpan<'_>,
///         _: StatusCode,
///         headers: &mut HeaderMap,
///     ) -> bool {
///         if let Some(Ok(failure)) = headers.get("shop-failure").map(|failure| failure.to_str()) {
///             span.fail(&failure);
///         }
///         true
///     }
/// }
///
/// async fn answer(_: Request<String>) -> Result<Response<String>, Infallible> {
///     Ok(Response::builder().header("shop-failure", "sold out").body(String::new()).unwrap())
/// }
///
/// let memory = MemoryExporter::new();
/// let guard = omegi::builder().flow_rate(1).exporter(memory.clone()).init();
/// let server = TraceLayer::<ShopRpcServer>::new().layer(service_fn(answer));
/// let response = pin!(server.oneshot(Request::new(String::new())));
/// assert!(response.poll(&mut Context::from_waker(Waker::noop())).is_ready());
///
/// drop(guard); // exports the flow
/// assert!(memory.flows()[0].has_error());
/// ```
pub trait Convention: Clone {
    /// The state of one request until its response has ended.
    type Exchange: Exchange;

    /// Starts the span of a request.
    fn start(&self, request: &request::Parts) -> StartedSpan;

    /// Describes a request, before the service gets it; a client writes its span into the headers
    /// here.
    fn on_request(&self, span: &mut ActiveSpan<'_>, request: &mut request::Parts) -> Self::Exchange;
}

/// The response to one request, described inside the span of the request. It is not called if
/// the span is not recorded. [`Convention`] has an example.
pub trait Exchange: Sized {
    /// The part of the response with which the span ends: [`WithHead`](super::WithHead) or
    /// [`WithBody`](super::WithBody).
    type End: SpanEnd;

    /// Describes the head of the response. Returns whether the span ends with it; with
    /// [`WithHead`](super::WithHead) it does in any case.
    fn on_head(&mut self, span: &mut ActiveSpan<'_>, status: StatusCode, headers: &mut HeaderMap) -> bool;

    /// Describes the end of the body, with its trailers, if it has any. Does nothing by default.
    fn on_end(&mut self, span: &mut ActiveSpan<'_>, trailers: Option<&mut HeaderMap>) {
        let _ = (span, trailers);
    }

    /// Returns the length in bytes of a body of this `size`, if the span ends with its last byte.
    /// By default the span waits for the end of the body, which may have trailers.
    fn body_length(&self, size: &SizeHint) -> Option<u64> {
        let _ = size;
        None
    }
}

/// The part of a response with which the span of its request ends: [`WithHead`](super::WithHead) or
/// [`WithBody`](super::WithBody). [`Convention`] has an example.
pub trait SpanEnd: Sized {
    /// True if the span ends with the head whatever [`Exchange::on_head`] returns.
    const IS_HEAD: bool;

    /// The body that the caller gets for the body `B` of the service.
    type Body<B, X>;

    /// Makes the body that the caller gets. A body that `instrument` returns continues the span.
    fn wrap_body<B: http_body::Body, X: Exchange<End = Self>>(
        exchange: X,
        body: B,
        instrument: impl FnOnce(B) -> Instrumented<B>,
    ) -> Self::Body<B, X>;
}
