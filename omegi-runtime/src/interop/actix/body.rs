//! The body of a response, inside the span of its request.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;
use pin_project_lite::pin_project;

use crate::recording::span::fork::{Carried, PollOutcome};

use super::super::http::say;

pin_project! {
    /// The body of a response whose request is a span: that is at work whenever the body is polled, and ends with it. Dropped
    /// before that, the request was cancelled.
    pub struct Body<B> {
        #[pin]
        work: Carried<B>,
        // How many bytes are to come, if that is known: who has read those need not ask whether there are more.
        left: Option<u64>,
    }
}

impl<B: MessageBody> Body<B> {
    pub(super) fn new(work: Carried<B>) -> Self {
        let left = match work.work().map(MessageBody::size) {
            Some(BodySize::Sized(length)) => Some(length),
            _ => None,
        };
        Self { work, left }
    }
}

impl<B> fmt::Debug for Body<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").finish_non_exhaustive()
    }
}

impl<B: MessageBody> MessageBody for Body<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.work.work().map_or(BodySize::Sized(0), MessageBody::size)
    }

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, B::Error>>> {
        let this = self.project();
        if this.work.work().is_none() {
            return Poll::Ready(None);
        }
        let left = this.left;
        this.work.polled(
            |body| body.poll_next(context),
            |_| {},
            |span, polled| {
                match polled {
                    Poll::Ready(None) => return PollOutcome::Done,
                    // What the error says is asked of it by whoever takes it: it can be turned into an error only once.
                    Poll::Ready(Some(Err(_))) if span.is_recording() => {
                        say(span, "error.type", std::any::type_name::<B::Error>());
                        span.fail_quietly();
                        span.close();
                    }
                    Poll::Ready(Some(Ok(bytes))) if is_last(left, bytes) => span.close(),
                    _ => {}
                }
                PollOutcome::PollAgain
            },
        )
    }

    fn try_into_bytes(mut self) -> Result<Bytes, Self> {
        self.work.finish(MessageBody::try_into_bytes).ok_or(self)
    }
}

fn is_last(left: &mut Option<u64>, bytes: &Bytes) -> bool {
    if let Some(left) = left {
        *left = left.saturating_sub(bytes.len() as u64);
    }
    *left == Some(0)
}
