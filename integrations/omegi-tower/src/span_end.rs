//! The parts of a response with which the span of its request can end.

use omegi::instrumentation::Instrumented;

use super::body::ResponseBody;
use super::convention::{Exchange, SpanEnd};

/// The span ends with the head of the response. The caller gets the body as it is.
///
/// ```
/// use omegi_tower::{SpanEnd, WithHead};
///
/// // The span ends with the head, so the body needs no wrapper.
/// let body: <WithHead as SpanEnd>::Body<String, ()> = "an order".to_owned();
/// assert!(WithHead::IS_HEAD && body == "an order");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WithHead;

impl SpanEnd for WithHead {
    const IS_HEAD: bool = true;

    type Body<B, X> = B;

    fn wrap_body<B: http_body::Body, X>(_: X, body: B, _: impl FnOnce(B) -> Instrumented<B>) -> B {
        body
    }
}

/// The span ends with the body of the response, or with its head where
/// [`Exchange::on_head`] says so.
///
/// ```
/// use omegi_tower::{Exchange, HttpServerExchange, SpanEnd, WithBody};
///
/// /// Returns whether the spans of a protocol end with the head in any case.
/// fn ends_early<X: Exchange>() -> bool {
///     X::End::IS_HEAD
/// }
/// assert!(!ends_early::<HttpServerExchange>() && !WithBody::IS_HEAD);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WithBody;

impl SpanEnd for WithBody {
    const IS_HEAD: bool = false;

    type Body<B, X> = ResponseBody<B, X>;

    fn wrap_body<B: http_body::Body, X: Exchange>(
        exchange: X,
        body: B,
        instrument: impl FnOnce(B) -> Instrumented<B>,
    ) -> ResponseBody<B, X> {
        let remaining = exchange.body_length(&body.size_hint());
        ResponseBody::new(instrument(body), exchange, remaining)
    }
}
