//! The future of a request, until the head of the response is there.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::Error;
use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::ServiceResponse;
use omegi::instrumentation::{ActiveSpan, AfterPoll, Instrumented, call_user_code};
use omegi::propagation::tell_kept;
use omegi_http::{CapturedHeaders, describe_server_response};
use pin_project_lite::pin_project;

use super::body::ServerResponseBody;
use super::headers::{ActixHeaders, ActixHeadersMut};

pin_project! {
    /// The future of a request that is a span. Made by a
    /// [`ServerMiddlewareService`](super::ServerMiddlewareService).
    ///
    /// # Panics
    ///
    /// Polling panics once the response is there.
    #[must_use = "futures do nothing unless polled"]
    pub struct ServerResponseFuture<F> {
        #[pin]
        future: Instrumented<F>,
        is_head: bool,
        captured: CapturedHeaders,
    }
}

impl<F> ServerResponseFuture<F> {
    pub(super) fn new(future: Instrumented<F>, is_head: bool, captured: CapturedHeaders) -> Self {
        Self { future, is_head, captured }
    }
}

impl<F> fmt::Debug for ServerResponseFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerResponseFuture").finish_non_exhaustive()
    }
}

impl<F, B> Future for ServerResponseFuture<F>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
    B: MessageBody,
{
    type Output = Result<ServiceResponse<ServerResponseBody<B>>, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let (is_head, captured) = (*this.is_head, &*this.captured);
        let inspect = |span: &mut ActiveSpan<'_>, polled: &mut _| inspect(span, polled, is_head, captured);
        let response = ready!(this.future.as_mut().poll_with(|future| future.poll(context), inspect));
        let hand_over = |body| ServerResponseBody::new(this.future.hand_over(body));
        Poll::Ready(response.map(|response| response.map_body(|_, body| hand_over(body))))
    }
}

fn inspect<B: MessageBody>(
    span: &mut ActiveSpan<'_>,
    polled: &mut Poll<Result<ServiceResponse<B>, Error>>,
    is_head: bool,
    captured: &CapturedHeaders,
) -> AfterPoll {
    match polled {
        Poll::Pending => return AfterPoll::Continue,
        _ if !span.is_recording() => return AfterPoll::HandOver,
        Poll::Ready(Err(error)) => describe_error(span, error),
        Poll::Ready(Ok(response)) => {
            describe_response(span, response, captured);
            let has_body = !matches!(response.response().body().size(), BodySize::None | BodySize::Sized(0));
            if has_body && !is_head {
                return AfterPoll::HandOver;
            }
        }
    }
    AfterPoll::End
}

/// Describes a response. An error of the handler that became the response is the reason of the
/// failure.
fn describe_response<B>(
    span: &mut ActiveSpan<'_>,
    response: &mut ServiceResponse<B>,
    captured: &CapturedHeaders,
) {
    let status = response.status().as_u16();
    let error = response.response().error().filter(|_| status >= 500);
    let reason = error.and_then(|error| call_user_code(|| error.to_string()));
    describe_server_response(span, status, reason);
    captured.describe_response(span, &ActixHeaders(response.headers()));
    tell_kept(&mut ActixHeadersMut(response.headers_mut()));
}

/// Describes an error that outer middleware turns into a response.
fn describe_error(span: &mut ActiveSpan<'_>, error: &Error) {
    let status = call_user_code(|| error.as_response_error().status_code().as_u16()).unwrap_or(500);
    if status >= 500 {
        span.fail(error);
    }
    span.set_attribute("http.response.status_code", u32::from(status));
}
