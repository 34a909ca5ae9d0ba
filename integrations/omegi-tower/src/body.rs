//! The body of a response, inside the span of its request.

use std::cell::Cell;
use std::fmt::{self, Display};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Buf as _;
use http_body::{Frame, SizeHint};
use omegi::instrumentation::{ActiveSpan, AfterPoll, Instrumented};
use pin_project_lite::pin_project;

use super::convention::Exchange;

pin_project! {
    /// The body of a response whose request is a span. The span is active whenever the body is
    /// polled, and ends with it. Dropped before that, the request was cancelled.
    ///
    /// Made by a [`TraceService`](super::TraceService) whose [`Exchange`] ends
    /// [`WithBody`](super::WithBody).
    pub struct ResponseBody<B, X> {
        #[pin]
        body: Instrumented<B>,
        exchange: X,
        // The bytes to come, if they are known: a client that has read them all need not poll for
        // the end.
        remaining: Option<u64>,
    }
}

impl<B, X> ResponseBody<B, X> {
    /// Creates the body of the response to `exchange`. `remaining`: its length in bytes, if it is
    /// known.
    pub(super) fn new(body: Instrumented<B>, exchange: X, remaining: Option<u64>) -> Self {
        Self { body, exchange, remaining }
    }
}

impl<B, X> fmt::Debug for ResponseBody<B, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody").finish_non_exhaustive()
    }
}

impl<B, X> http_body::Body for ResponseBody<B, X>
where
    B: http_body::Body<Error: Display>,
    X: Exchange,
{
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        if this.body.inner().is_none() {
            return Poll::Ready(None);
        }
        let is_last = Cell::new(false);
        let poll = |mut body: Pin<&mut B>| {
            let polled = body.as_mut().poll_frame(context);
            is_last.set(body.is_end_stream());
            polled
        };
        let (exchange, remaining) = (this.exchange, this.remaining);
        this.body
            .poll_with(poll, |span, polled| inspect::<B>(exchange, span, polled, remaining, is_last.get()))
    }

    fn is_end_stream(&self) -> bool {
        self.body.inner().is_none_or(http_body::Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.inner().map_or_else(|| SizeHint::with_exact(0), http_body::Body::size_hint)
    }
}

/// The result of polling a body.
type FrameResult<B> = Result<Frame<<B as http_body::Body>::Data>, <B as http_body::Body>::Error>;

/// Ends the span with the last frame. The body may be polled further, until it ends.
fn inspect<B: http_body::Body<Error: Display>>(
    exchange: &mut impl Exchange,
    span: &mut ActiveSpan<'_>,
    polled: &mut Poll<Option<FrameResult<B>>>,
    remaining: &mut Option<u64>,
    is_last: bool,
) -> AfterPoll {
    match polled {
        Poll::Pending => return AfterPoll::Continue,
        Poll::Ready(None) => {
            exchange.on_end(span, None);
            return AfterPoll::End;
        }
        _ if !span.is_recording() => return AfterPoll::Continue,
        Poll::Ready(Some(Err(error))) => span.fail(error),
        Poll::Ready(Some(Ok(frame))) => {
            if let (Some(remaining), Some(data)) = (remaining.as_mut(), frame.data_ref()) {
                *remaining = remaining.saturating_sub(data.remaining() as u64);
            }
            let trailers = frame.trailers_mut();
            if trailers.is_none() && !is_last && *remaining != Some(0) {
                return AfterPoll::Continue;
            }
            exchange.on_end(span, trailers);
        }
    }
    span.end();
    AfterPoll::Continue
}
