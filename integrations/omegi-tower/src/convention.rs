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
    ///
    /// ```
    /// use http::request;
    /// use omegi::SpanKind;
    /// use omegi::instrumentation::{LibraryCallSite, StartedSpan};
    ///
    /// static CALL: LibraryCallSite = LibraryCallSite::new("shop_rpc", "Client::call", SpanKind::Client);
    ///
    /// /// The body of `start` for a client. A server calls `start_from_headers` instead.
    /// fn start(_: &request::Parts) -> StartedSpan {
    ///     CALL.start()
    /// }
    /// # let (head, ()) = http::Request::new(()).into_parts();
    /// # drop(start(&head));
    /// ```
    fn start(&self, request: &request::Parts) -> StartedSpan;

    /// Describes a request, before the service gets it; a client writes its span into the headers
    /// here.
    ///
    /// ```
    /// use http::request;
    /// use omegi::instrumentation::ActiveSpan;
    /// use omegi::propagation::inject;
    /// use omegi_http::HeaderInjector;
    ///
    /// /// The body of `on_request` for a client.
    /// fn on_request(span: &mut ActiveSpan<'_>, request: &mut request::Parts) {
    ///     if span.is_recording() {
    ///         span.update_name(request.uri.path().to_owned());
    ///         inject(&mut HeaderInjector(&mut request.headers));
    ///     }
    /// }
    /// ```
    fn on_request(&self, span: &mut ActiveSpan<'_>, request: &mut request::Parts) -> Self::Exchange;
}

/// The response to one request, described inside the span of the request. It is not called if
/// the span is not recorded. [`Convention`] has an example.
///
/// ```
/// use http::{HeaderMap, StatusCode};
/// use omegi::instrumentation::ActiveSpan;
/// use omegi_tower::{Exchange, WithBody};
///
/// /// A response whose span ends with its body.
/// struct Download;
///
/// impl Exchange for Download {
///     type End = WithBody;
///
///     fn on_head(
///         &mut self,
///         span: &mut ActiveSpan<'_>,
///         status: StatusCode,
///         _: &mut HeaderMap,
///     ) -> bool {
///         span.set_attribute("http.response.status_code", u32::from(status.as_u16()));
///         false
///     }
/// }
/// ```
pub trait Exchange: Sized {
    /// The part of the response with which the span ends: [`WithHead`](super::WithHead) or
    /// [`WithBody`](super::WithBody).
    type End: SpanEnd;

    /// Describes the head of the response. Returns whether the span ends with it; with
    /// [`WithHead`](super::WithHead) it does in any case.
    ///
    /// ```
    /// use http::{HeaderMap, StatusCode};
    /// use omegi::instrumentation::ActiveSpan;
    /// use omegi::propagation::hear_kept;
    /// use omegi_http::HeaderExtractor;
    ///
    /// /// The body of `on_head` for a client: a refusal has no body, so the span ends with it.
    /// fn on_head(span: &mut ActiveSpan<'_>, status: StatusCode, headers: &mut HeaderMap) -> bool {
    ///     hear_kept(&HeaderExtractor(headers));
    ///     if status.is_client_error() {
    ///         span.fail(&status);
    ///     }
    ///     status.is_client_error()
    /// }
    /// ```
    fn on_head(&mut self, span: &mut ActiveSpan<'_>, status: StatusCode, headers: &mut HeaderMap) -> bool;

    /// Describes the end of the body, with its trailers, if it has any. Does nothing by default.
    ///
    /// ```
    /// use http::HeaderMap;
    /// use omegi::instrumentation::ActiveSpan;
    ///
    /// /// The body of `on_end` for a protocol whose failure is in a trailer.
    /// fn on_end(span: &mut ActiveSpan<'_>, trailers: Option<&mut HeaderMap>) {
    ///     let failure = trailers.and_then(|trailers| trailers.get("shop-failure"));
    ///     if let Some(Ok(failure)) = failure.map(|failure| failure.to_str()) {
    ///         span.fail(&failure);
    ///     }
    /// }
    /// ```
    fn on_end(&mut self, span: &mut ActiveSpan<'_>, trailers: Option<&mut HeaderMap>) {
        let _ = (span, trailers);
    }

    /// Returns the length in bytes of a body of this `size`, if the span ends with its last byte.
    /// By default the span waits for the end of the body, which may have trailers.
    ///
    /// ```
    /// use http_body::SizeHint;
    ///
    /// /// The body of `body_length` for a protocol without trailers.
    /// fn body_length(size: &SizeHint) -> Option<u64> {
    ///     size.exact()
    /// }
    /// assert_eq!(body_length(&SizeHint::with_exact(7)), Some(7));
    /// ```
    fn body_length(&self, size: &SizeHint) -> Option<u64> {
        let _ = size;
        None
    }
}

/// The part of a response with which the span of its request ends: [`WithHead`](super::WithHead) or
/// [`WithBody`](super::WithBody). [`Convention`] has an example.
///
/// ```
/// use omegi_tower::{Exchange, HttpClientExchange, SpanEnd};
///
/// /// The body that a client of HTTP gets: that of the service, because the span has ended.
/// type ClientBody<B> = <<HttpClientExchange as Exchange>::End as SpanEnd>::Body<B, HttpClientExchange>;
///
/// let body: ClientBody<&str> = "an order";
/// assert_eq!(body.len(), 8);
/// ```
pub trait SpanEnd: Sized {
    /// True if the span ends with the head whatever [`Exchange::on_head`] returns.
    const IS_HEAD: bool;

    /// The body that the caller gets for the body `B` of the service.
    type Body<B, X>;

    /// Makes the body that the caller gets. A body that `instrument` returns continues the span.
    ///
    /// ```
    /// use http_body::Body;
    /// use omegi_tower::{Exchange, SpanEnd, WithHead};
    ///
    /// /// Gives the body of a response to the caller, whose span has ended.
    /// fn hand_out<B: Body, X: Exchange<End = WithHead>>(exchange: X, body: B) -> B {
    ///     WithHead::wrap_body(exchange, body, |_| unreachable!("the body has no span"))
    /// }
    /// ```
    fn wrap_body<B: http_body::Body, X: Exchange<End = Self>>(
        exchange: X,
        body: B,
        instrument: impl FnOnce(B) -> Instrumented<B>,
    ) -> Self::Body<B, X>;
}
