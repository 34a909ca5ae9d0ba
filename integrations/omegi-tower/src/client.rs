//! HTTP at the end of the client.

use http::{HeaderMap, StatusCode, Uri, request};
use omegi::SpanKind;
use omegi::instrumentation::{ActiveSpan, LibraryCallSite, StartedSpan};
use omegi::propagation::{hear_kept, inject};
use omegi_http::{HeaderExtractor, HeaderInjector, OutgoingRequest, authority, describe_client_response};

use super::convention::{Convention, Exchange};
use super::span_end::WithHead;

static SITE: LibraryCallSite = LibraryCallSite::new("omegi::tower", "ClientService::call", SpanKind::Client);

/// The convention for clients of HTTP. Its layer is [`ClientLayer`](super::ClientLayer).
///
/// ```
/// use omegi_tower::{HttpClient, TraceLayer, TraceService};
/// use tower_layer::Layer as _;
///
/// fn traced<S>(connection: S) -> TraceService<S, HttpClient> {
///     TraceLayer::with(HttpClient::default()).layer(connection)
/// }
/// # drop(traced(()));
/// ```
#[derive(Clone, Debug, Default)]
pub struct HttpClient {}

impl Convention for HttpClient {
    type Exchange = HttpClientExchange;

    fn start(&self, _: &request::Parts) -> StartedSpan {
        SITE.start()
    }

    fn on_request(&self, span: &mut ActiveSpan<'_>, request: &mut request::Parts) -> HttpClientExchange {
        if span.is_recording() {
            describe(span, request);
            inject(&mut HeaderInjector(&mut request.headers));
        }
        HttpClientExchange(())
    }
}

fn describe(span: &mut ActiveSpan<'_>, request: &request::Parts) {
    let authority = authority(request);
    OutgoingRequest {
        method: request.method.as_str(),
        url: &url(&request.uri, authority),
        scheme: request.uri.scheme_str(),
        authority,
    }
    .describe(span);
}

/// Returns the whole URL: a client may have the server in a header, and only the path in the URL.
fn url(uri: &Uri, authority: Option<&str>) -> String {
    match (uri.authority(), authority) {
        (None, Some(authority)) => format!("//{authority}{uri}"),
        _ => uri.to_string(),
    }
}

/// A request of a client. Its span ends with the head of the response: the caller may never read
/// the body.
#[derive(Debug)]
pub struct HttpClientExchange(());

impl Exchange for HttpClientExchange {
    type End = WithHead;

    fn on_head(&mut self, span: &mut ActiveSpan<'_>, status: StatusCode, headers: &mut HeaderMap) -> bool {
        describe_client_response(span, status.as_u16());
        hear_kept(&HeaderExtractor(headers));
        true
    }
}
