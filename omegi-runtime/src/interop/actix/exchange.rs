//! One request: its future, until the head of the response is there.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_web::Error;
use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::ServiceResponse;
use pin_project_lite::pin_project;

use crate::recording::fork::{Carried, Then};
use crate::recording::notes::SpanUpdate;
use crate::recording::probe::{ErrorView, Failing as _};
use crate::recording::task::TaskSpan;

use super::super::http::captured::capture;
use super::super::http::{say, status};
use super::super::passing::{tell_kept, unheard};
use super::body::Body;

pin_project! {
    /// A request that is a span.
    #[must_use = "futures do nothing unless polled"]
    pub struct Exchange<F> {
        #[pin]
        work: Carried<F>,
        is_head: bool,
        response_headers: Rc<[String]>,
    }
}

impl<F> Exchange<F> {
    pub(super) fn new(work: Carried<F>, is_head: bool, response_headers: Rc<[String]>) -> Self {
        Self { work, is_head, response_headers }
    }
}

impl<F> fmt::Debug for Exchange<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").finish_non_exhaustive()
    }
}

impl<F, B> Future for Exchange<F>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
    B: MessageBody,
{
    type Output = Result<ServiceResponse<Body<B>>, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let (is_head, told) = (*this.is_head, &*this.response_headers);
        let judge = |span: &mut TaskSpan, polled: &mut _| judge(span, polled, is_head, told);
        let response = ready!(this.work.as_mut().polled(|future| future.poll(context), |_| {}, judge));
        let carry = |body| Body::new(this.work.pass_on(body));
        Poll::Ready(response.map(|response| response.map_body(|_, body| carry(body))))
    }
}

fn judge<B: MessageBody>(
    span: &mut TaskSpan,
    polled: &mut Poll<Result<ServiceResponse<B>, Error>>,
    is_head: bool,
    told: &[String],
) -> Then {
    match polled {
        Poll::Pending => return Then::GoOn,
        _ if !span.is_recording() => return Then::PassOn,
        Poll::Ready(Err(error)) => refuse(span, error),
        Poll::Ready(Ok(response)) => {
            answer(span, response, told);
            let has_body = !matches!(response.response().body().size(), BodySize::None | BodySize::Sized(0));
            if has_body && !is_head {
                return Then::PassOn;
            }
        }
    }
    Then::End
}

/// The service answers. An error of the handler has become the response, and says why there is none better.
fn answer<B>(span: &mut TaskSpan, response: &mut ServiceResponse<B>, told: &[String]) {
    let code = response.status().as_u16();
    status::answered(span, code);
    let error = response.response().error().filter(|_| code >= 500);
    if let Some(reason) = error.and_then(|error| unheard(|| error.to_string())) {
        span.update(SpanUpdate::Failed(reason.into()));
    }
    capture(span, "http.response.header.", told, response.headers());
    tell_kept(response.headers_mut());
}

/// The service fails, with an error that something above will make a response of.
fn refuse(span: &mut TaskSpan, error: &Error) {
    let code = unheard(|| error.as_response_error().status_code().as_u16()).unwrap_or(500);
    if code >= 500 {
        span.fail_with(error, ErrorView::displayed);
    }
    say(span, "http.response.status_code", u32::from(code));
}
