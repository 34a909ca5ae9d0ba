//! One request: a span until the head of the response is there.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use omegi::SpanKind;
use omegi::instrumentation::{ActiveSpan, AfterPoll, Instrumented, LibraryCallSite};
use omegi::propagation::{hear_kept, inject};
use omegi_http::{
    HeaderExtractor, HeaderInjector, OutgoingRequest, describe_client_response, protocol_version,
};
use reqwest::{Request, Response};
use reqwest_middleware::Result;

use super::error::fail;

static SITE: LibraryCallSite = LibraryCallSite::new("omegi::reqwest", "Middleware::handle", SpanKind::Client);

/// Sends the request by `send`, inside its span.
pub(super) async fn exchange<F>(request: Request, send: impl FnOnce(Request) -> F) -> Result<Response>
where
    F: Future<Output = Result<Response>>,
{
    let mut sent = pin!(start(request, send));
    poll_fn(|context| sent.as_mut().poll_with(|sent| sent.poll(context), inspect)).await
}

/// Starts the span and sends the request in it.
fn start<F>(mut request: Request, send: impl FnOnce(Request) -> F) -> Instrumented<F> {
    let mut span = SITE.start();
    if span.active().is_recording() {
        describe(&mut span.active(), &request);
        inject(&mut HeaderInjector(request.headers_mut()));
    }
    let sent = send(request);
    span.instrument(sent)
}

fn describe(span: &mut ActiveSpan<'_>, request: &Request) {
    let url = request.url();
    OutgoingRequest {
        method: request.method().as_str(),
        url: url.as_str(),
        scheme: Some(url.scheme()),
        authority: Some(url.authority()),
    }
    .describe(span);
}

fn inspect(span: &mut ActiveSpan<'_>, polled: &mut Poll<Result<Response>>) -> AfterPoll {
    match polled {
        Poll::Pending => return AfterPoll::Continue,
        _ if !span.is_recording() => {}
        Poll::Ready(Err(error)) => fail(span, error),
        Poll::Ready(Ok(response)) => {
            span.set_attribute("network.protocol.version", protocol_version(&response.version()));
            describe_client_response(span, response.status().as_u16());
            hear_kept(&HeaderExtractor(response.headers()));
        }
    }
    AfterPoll::End
}
