//! The body of a response, inside the span of its request.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;
use omegi::Status;
use omegi::instrumentation::{AfterPoll, Instrumented};
use pin_project_lite::pin_project;

pin_project! {
    /// The body of a response whose request is a span. The span is active whenever the body is
    /// polled, and ends with it. Dropped before that, the request was cancelled.
    ///
    /// Made by a [`ServerResponseFuture`](super::ServerResponseFuture).
    pub struct ServerResponseBody<B> {
        #[pin]
        body: Instrumented<B>,
        // The bytes to come, if they are known: a client that has read them all need not poll for
        // the end.
        remaining: Option<u64>,
    }
}

impl<B: MessageBody> ServerResponseBody<B> {
    pub(super) fn new(body: Instrumented<B>) -> Self {
        let remaining = match body.inner().map(MessageBody::size) {
            Some(BodySize::Sized(length)) => Some(length),
            _ => None,
        };
        Self { body, remaining }
    }
}

impl<B> fmt::Debug for ServerResponseBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerResponseBody").finish_non_exhaustive()
    }
}

impl<B: MessageBody> MessageBody for ServerResponseBody<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.body.inner().map_or(BodySize::Sized(0), MessageBody::size)
    }

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, B::Error>>> {
        let this = self.project();
        if this.body.inner().is_none() {
            return Poll::Ready(None);
        }
        let remaining = this.remaining;
        this.body.poll_with(
            |body| body.poll_next(context),
            |span, polled| {
                match polled {
                    Poll::Ready(None) => return AfterPoll::End,
                    // The message stays unread, because an error of a body can be converted only
                    // once, by actix-web.
                    Poll::Ready(Some(Err(_))) if span.is_recording() => {
                        span.set_attribute("error.type", std::any::type_name::<B::Error>());
                        span.set_status(Status::Error { description: "".into() });
                        span.end();
                    }
                    Poll::Ready(Some(Ok(bytes))) if is_last(remaining, bytes) => span.end(),
                    _ => {}
                }
                AfterPoll::Continue
            },
        )
    }

    fn try_into_bytes(mut self) -> Result<Bytes, Self> {
        self.body.try_finish(MessageBody::try_into_bytes).ok_or(self)
    }
}

/// Counts `bytes`. Returns whether they are the last of a body whose length is known.
fn is_last(remaining: &mut Option<u64>, bytes: &Bytes) -> bool {
    if let Some(remaining) = remaining {
        *remaining = remaining.saturating_sub(bytes.len() as u64);
    }
    *remaining == Some(0)
}
