//! How the exchanges of one protocol are told at one end of it: what the layers differ in.

use http::{HeaderMap, StatusCode, request};

use crate::recording::span::fork::{Carried, Fork};
use crate::recording::span::task::TaskSpan;

/// What is said of requests, and where their spans belong.
pub trait Convention: Clone {
    /// What has to be known of a request until it is over.
    type Call: Call;

    /// Where the span of a request belongs.
    #[doc(hidden)]
    fn fork(&self, request: &request::Parts) -> Fork;

    /// Says what there is to say of a request, inside its span, before it is handed on.
    #[doc(hidden)]
    fn begin(&self, span: &mut TaskSpan, request: &mut request::Parts) -> Self::Call;
}

/// What is said of the response to one request, inside the request's span. Not asked where that is not recorded.
pub trait Call {
    /// What the caller gets as the body of the response.
    type Body<B>;

    /// The head of the response is there. Returns whether the span ends with it.
    #[doc(hidden)]
    fn answer(&mut self, span: &mut TaskSpan, status: StatusCode, headers: &mut HeaderMap) -> bool;

    /// The body of the response has come to its end; with trailers, if it has any.
    #[doc(hidden)]
    fn end(&mut self, span: &mut TaskSpan, trailers: Option<&mut HeaderMap>);

    /// Makes of the body what the caller gets. What `carry` returns goes on in the request's span.
    #[doc(hidden)]
    fn hand_over<B: http_body::Body>(self, body: B, carry: impl FnOnce(B) -> Carried<B>) -> Self::Body<B>;
}
