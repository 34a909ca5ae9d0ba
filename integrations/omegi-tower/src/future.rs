//! The future of a request, until the head of the response is there.

use std::fmt::{self, Display};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::Response;
use omegi::instrumentation::{ActiveSpan, AfterPoll, Instrumented};
use pin_project_lite::pin_project;

use super::convention::{Exchange, SpanEnd};

pin_project! {
    /// The future of a request that is a span. Made by a [`TraceService`](super::TraceService).
    ///
    /// # Panics
    ///
    /// Polling panics once the response is there.
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F, X> {
        #[pin]
        future: Instrumented<F>,
        // `None` after the response.
        exchange: Option<X>,
    }
}

impl<F, X> ResponseFuture<F, X> {
    pub(super) fn new(future: Instrumented<F>, exchange: X) -> Self {
        Self { future, exchange: Some(exchange) }
    }
}

impl<F, X> fmt::Debug for ResponseFuture<F, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

impl<F, X, B, E> Future for ResponseFuture<F, X>
where
    F: Future<Output = Result<Response<B>, E>>,
    X: Exchange,
    B: http_body::Body,
    E: Display,
{
    type Output = Result<Response<<X::End as SpanEnd>::Body<B, X>>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Some(exchange) = this.exchange.as_mut() else { panic!("polled after completion") };
        let inspect = |span: &mut ActiveSpan<'_>, polled: &mut _| inspect(exchange, span, polled);
        let response = ready!(this.future.as_mut().poll_with(|future| future.poll(context), inspect));
        let Some(exchange) = this.exchange.take() else { unreachable!("it was there before the poll") };
        Poll::Ready(response.map(|response| {
            let (head, body) = response.into_parts();
            let instrument = |body| this.future.hand_over(body);
            Response::from_parts(head, X::End::wrap_body(exchange, body, instrument))
        }))
    }
}

fn inspect<B: http_body::Body, E: Display, X: Exchange>(
    exchange: &mut X,
    span: &mut ActiveSpan<'_>,
    polled: &mut Poll<Result<Response<B>, E>>,
) -> AfterPoll {
    match polled {
        Poll::Pending => return AfterPoll::Continue,
        _ if !span.is_recording() => return AfterPoll::HandOver,
        Poll::Ready(Err(error)) => span.fail(error),
        Poll::Ready(Ok(response)) => {
            let is_empty = response.body().is_end_stream();
            let ends = exchange.on_head(span, response.status(), response.headers_mut());
            if !ends && !is_empty && !X::End::IS_HEAD {
                return AfterPoll::HandOver;
            }
        }
    }
    AfterPoll::End
}
