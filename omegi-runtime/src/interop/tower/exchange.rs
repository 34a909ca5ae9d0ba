//! One request: its future, until the head of the response is there.

use std::fmt::{self, Display};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::Response;
use pin_project_lite::pin_project;

use crate::recording::probe::error_view::{ErrorView, Failing as _};
use crate::recording::span::fork::{Carried, PollOutcome};
use crate::recording::span::task::TaskSpan;

use super::convention::Call;

pin_project! {
    /// A request that is a span.
    #[must_use = "futures do nothing unless polled"]
    pub struct Exchange<F, C> {
        #[pin]
        work: Carried<F>,
        // Gone when the response is there.
        call: Option<C>,
    }
}

impl<F, C> Exchange<F, C> {
    pub(super) fn new(work: Carried<F>, call: C) -> Self {
        Self { work, call: Some(call) }
    }
}

impl<F, C> fmt::Debug for Exchange<F, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").finish_non_exhaustive()
    }
}

impl<F, C, B, E> Future for Exchange<F, C>
where
    F: Future<Output = Result<Response<B>, E>>,
    C: Call,
    B: http_body::Body,
    E: Display,
{
    type Output = Result<Response<C::Body<B>>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Some(call) = this.call.as_mut() else { panic!("polled after completion") };
        let judge = |span: &mut TaskSpan, polled: &mut _| judge(call, span, polled);
        let response = ready!(this.work.as_mut().polled(|future| future.poll(context), |_| {}, judge));
        let Some(call) = this.call.take() else { unreachable!("it was there before the poll") };
        let carry = |body| this.work.pass_on(body);
        Poll::Ready(response.map(|response| {
            let (head, body) = response.into_parts();
            Response::from_parts(head, call.hand_over(body, carry))
        }))
    }
}

fn judge<B: http_body::Body, E: Display, C: Call>(
    call: &mut C,
    span: &mut TaskSpan,
    polled: &mut Poll<Result<Response<B>, E>>,
) -> PollOutcome {
    match polled {
        Poll::Pending => return PollOutcome::PollAgain,
        _ if !span.is_recording() => return PollOutcome::PassOn,
        Poll::Ready(Err(error)) => span.fail_with(&*error, ErrorView::displayed),
        Poll::Ready(Ok(response)) => {
            let is_empty = response.body().is_end_stream();
            let is_over = call.answer(span, response.status(), response.headers_mut());
            if !is_over && !is_empty {
                return PollOutcome::PassOn;
            }
        }
    }
    PollOutcome::Done
}
