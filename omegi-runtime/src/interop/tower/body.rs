//! The body of a response, inside the span of its request.

use std::cell::Cell;
use std::fmt::{self, Display};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Buf as _;
use http_body::{Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::recording::probe::error_view::{ErrorView, Failing as _};
use crate::recording::span::fork::{Carried, PollOutcome};
use crate::recording::span::task::TaskSpan;

use super::convention::Call;

pin_project! {
    /// The body of a response whose request is a span: that is at work whenever the body is polled, and ends with it. Dropped
    /// before that, the request was cancelled.
    pub struct Body<B, C> {
        #[pin]
        work: Carried<B>,
        call: C,
        // How many bytes are to come, if that is known: who has read those need not ask whether there are more.
        left: Option<u64>,
    }
}

impl<B, C> Body<B, C> {
    /// The body of the response to `call`, of which `left` bytes will be read.
    pub(in super::super) fn new(work: Carried<B>, call: C, left: Option<u64>) -> Self {
        Self { work, call, left }
    }
}

impl<B, C> fmt::Debug for Body<B, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").finish_non_exhaustive()
    }
}

impl<B, C> http_body::Body for Body<B, C>
where
    B: http_body::Body<Error: Display>,
    C: Call,
{
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        if this.work.work().is_none() {
            return Poll::Ready(None);
        }
        let is_last = Cell::new(false);
        let poll = |mut body: Pin<&mut B>| {
            let polled = body.as_mut().poll_frame(context);
            is_last.set(body.is_end_stream());
            polled
        };
        let (call, left) = (this.call, this.left);
        this.work.polled(poll, |_| {}, |span, polled| judge::<B>(call, span, polled, left, is_last.get()))
    }

    fn is_end_stream(&self) -> bool {
        self.work.work().is_none_or(http_body::Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.work.work().map_or_else(|| SizeHint::with_exact(0), http_body::Body::size_hint)
    }
}

/// What a body is polled to.
type Polled<B> = Result<Frame<<B as http_body::Body>::Data>, <B as http_body::Body>::Error>;

/// Ends the span where the body ends. The body itself is polled on as long as somebody wants to, until it says that it ends.
fn judge<B: http_body::Body<Error: Display>>(
    call: &mut impl Call,
    span: &mut TaskSpan,
    polled: &mut Poll<Option<Polled<B>>>,
    left: &mut Option<u64>,
    is_last: bool,
) -> PollOutcome {
    match polled {
        Poll::Pending => return PollOutcome::PollAgain,
        Poll::Ready(None) => {
            call.end(span, None);
            return PollOutcome::Done;
        }
        _ if !span.is_recording() => return PollOutcome::PollAgain,
        Poll::Ready(Some(Err(error))) => span.fail_with(&*error, ErrorView::displayed),
        Poll::Ready(Some(Ok(frame))) => {
            count::<B>(left, frame);
            let trailers = frame.trailers_mut();
            if trailers.is_none() && !is_last && *left != Some(0) {
                return PollOutcome::PollAgain;
            }
            call.end(span, trailers);
        }
    }
    span.close();
    PollOutcome::PollAgain
}

fn count<B: http_body::Body>(left: &mut Option<u64>, frame: &Frame<B::Data>) {
    if let (Some(left), Some(data)) = (left, frame.data_ref()) {
        *left = left.saturating_sub(data.remaining() as u64);
    }
}
