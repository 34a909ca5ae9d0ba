//! Describes a response on its span. The span of a server fails from status 500 on, that of a
//! client from 400 on.

use std::borrow::Cow;

use omegi::Status;
use omegi::instrumentation::ActiveSpan;

/// Sets the attributes of the response that a server sends. `reason`, if any, describes the
/// failure; below status 500 it is not used.
///
/// ```
/// use omegi::SpanKind;
/// use omegi::instrumentation::LibraryCallSite;
/// use omegi_http::describe_server_response;
///
/// static HANDLE: LibraryCallSite =
///     LibraryCallSite::new("shop_server", "Connection::handle", SpanKind::Server);
///
/// let mut span = HANDLE.start();
/// // The caller is to blame: the span of the server does not fail.
/// describe_server_response(&mut span.active(), 404, None);
/// assert!(!span.active().must_keep());
/// ```
pub fn describe_server_response(span: &mut ActiveSpan<'_>, status: u16, reason: Option<String>) {
    describe(span, status, 500, reason.map_or(Cow::Borrowed(""), Cow::Owned));
}

/// Sets the attributes of the response that a client receives. From 400 on its span fails.
///
/// ```
/// use omegi::SpanKind;
/// use omegi::instrumentation::LibraryCallSite;
/// use omegi_http::describe_client_response;
///
/// static SEND: LibraryCallSite =
///     LibraryCallSite::new("shop_client", "Client::send", SpanKind::Client);
///
/// let mut span = SEND.start();
/// // The request of the client failed, whoever is to blame.
/// describe_client_response(&mut span.active(), 404);
/// ```
pub fn describe_client_response(span: &mut ActiveSpan<'_>, status: u16) {
    describe(span, status, 400, Cow::Borrowed(""));
}

fn describe(span: &mut ActiveSpan<'_>, status: u16, failures_from: u16, description: Cow<'static, str>) {
    span.set_attribute("http.response.status_code", u32::from(status));
    if status >= failures_from {
        span.set_attribute("error.type", status.to_string());
        span.set_status(Status::Error { description });
    }
}
