//! HTTP at the client's end.

use http::{HeaderMap, StatusCode, Uri, request};

use crate::recording::span::fork::{Carried, Fork};
use crate::recording::span::task::TaskSpan;
use crate::vocabulary::SpanKind;
use crate::vocabulary::call_site::{CallSite, Path};

use super::super::http::client::Outgoing;
use super::super::http::status;
use super::super::passing::{hear_kept, inject};
use super::convention::{Call, Convention};
use super::server::authority;

static SITE: CallSite =
    CallSite::new("omegi::tower", Path::Written("ClientService::call")).kind(SpanKind::Client);

/// What a client says of requests.
#[derive(Clone, Debug, Default)]
pub struct Client {}

impl Convention for Client {
    type Call = Asking;

    fn fork(&self, _: &request::Parts) -> Fork {
        Fork::call(&SITE)
    }

    fn begin(&self, span: &mut TaskSpan, request: &mut request::Parts) -> Asking {
        if span.is_recording() {
            describe(span, request);
            inject(&mut request.headers);
        }
        Asking(())
    }
}

fn describe(span: &mut TaskSpan, request: &request::Parts) {
    let authority = authority(request);
    Outgoing {
        method: request.method.as_str(),
        url: &url(&request.uri, authority),
        scheme: request.uri.scheme_str(),
        authority,
    }
    .describe(span);
}

/// The whole URL: a client may have the server in a header, and only the path here.
fn url(uri: &Uri, authority: Option<&str>) -> String {
    match (uri.authority(), authority) {
        (None, Some(authority)) => format!("//{authority}{uri}"),
        _ => uri.to_string(),
    }
}

/// A request that has been sent.
#[derive(Debug)]
pub struct Asking(());

/// The span ends with the head of the response: whether somebody will ever read the body, nobody knows.
impl Call for Asking {
    type Body<B> = B;

    fn answer(&mut self, span: &mut TaskSpan, status: StatusCode, headers: &mut HeaderMap) -> bool {
        status::received(span, status.as_u16());
        hear_kept(headers);
        true
    }

    fn end(&mut self, _: &mut TaskSpan, _: Option<&mut HeaderMap>) {}

    fn hand_over<B: http_body::Body>(self, body: B, _: impl FnOnce(B) -> Carried<B>) -> B {
        body
    }
}
