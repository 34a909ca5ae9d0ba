//! One request: a span until the head of the response is there.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use reqwest::{Request, Response};
use reqwest_middleware::Result;

use crate::recording::span::fork::{Carried, Fork};
use crate::recording::span::task::TaskSpan;
use crate::vocabulary::SpanKind;
use crate::vocabulary::call_site::{CallSite, Path};

use super::super::http::client::Outgoing;
use super::super::http::{protocol_version, say, status};
use super::super::passing::{hear_kept, inject};
use super::failure::fail;

static SITE: CallSite =
    CallSite::new("omegi::reqwest", Path::Written("Middleware::handle")).kind(SpanKind::Client);

/// Has `send` send the request, inside its span.
pub(super) async fn exchange<F>(mut request: Request, send: impl FnOnce(Request) -> F) -> Result<Response>
where
    F: Future<Output = Result<Response>>,
{
    let mut span = Fork::call(&SITE).begin();
    if span.is_recording() {
        describe(&mut span, &request);
        inject(request.headers_mut());
    }
    let sent = send(request);
    let mut work = pin!(Carried::begun(span, sent));
    poll_fn(|context| work.as_mut().polled(|sent| sent.poll(context), |_| {}, judge)).await
}

fn describe(span: &mut TaskSpan, request: &Request) {
    let url = request.url();
    Outgoing {
        method: request.method().as_str(),
        url: url.as_str(),
        scheme: Some(url.scheme()),
        authority: Some(url.authority()),
    }
    .describe(span);
}

fn judge(span: &mut TaskSpan, polled: &mut Poll<Result<Response>>) -> bool {
    match polled {
        Poll::Pending => return false,
        _ if !span.is_recording() => {}
        Poll::Ready(Err(error)) => fail(span, error),
        Poll::Ready(Ok(response)) => {
            say(span, "network.protocol.version", protocol_version(&format!("{:?}", response.version())));
            status::received(span, response.status().as_u16());
            hear_kept(response.headers());
        }
    }
    true
}
