//! Describes a response on its span. The span of a server fails from status 500 on, that of a
//! client from 400 on.

use std::borrow::Cow;

use omegi::Status;
use omegi::instrumentation::ActiveSpan;

/// Sets the attributes of the response that a server sends. `reason`, if any, describes the
/// failure; below status 500 it is not used. [`IncomingRequest`](super::IncomingRequest) has an
/// example.
pub fn describe_server_response(span: &mut ActiveSpan<'_>, status: u16, reason: Option<String>) {
    describe(span, status, 500, reason.map_or(Cow::Borrowed(""), Cow::Owned));
}

/// Sets the attributes of the response that a client receives. From 400 on its span fails.
/// [`OutgoingRequest`](super::OutgoingRequest) has an example.
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
