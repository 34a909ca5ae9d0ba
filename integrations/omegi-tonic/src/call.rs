//! The attributes of a call, the same at both ends: its method, and its end.

use http::{HeaderMap, request};
use omegi::Status;
use omegi::instrumentation::ActiveSpan;
use omegi_http::protocol_version;
use percent_encoding::percent_decode_str;

use super::code::Code;

const GRPC_STATUS: &str = "grpc-status";
const GRPC_MESSAGE: &str = "grpc-message";

/// Returns the full name of the method that is called: `package.Service/Method`.
pub(super) fn method(request: &request::Parts) -> &str {
    request.uri.path().trim_start_matches('/')
}

/// Names the span by the method, and sets the attributes of the call.
pub(super) fn describe_call(span: &mut ActiveSpan<'_>, request: &request::Parts) {
    let method = method(request);
    span.update_name(method.to_owned());
    span.set_attribute("rpc.system.name", "grpc");
    span.set_attribute("rpc.method", method.to_owned());
    span.set_attribute("network.protocol.version", protocol_version(&request.version));
}

/// Returns the status code of the call, if these headers or trailers have it.
pub(super) fn code(headers: &HeaderMap) -> Option<Code> {
    headers.get(GRPC_STATUS).map(|status| Code::parse(status.as_bytes()))
}

/// Returns the message to the status code, unless it is empty.
pub(super) fn message(headers: &HeaderMap) -> Option<String> {
    let message = headers.get(GRPC_MESSAGE)?.to_str().ok()?;
    let message = percent_decode_str(message).decode_utf8_lossy().into_owned();
    Some(message).filter(|message| !message.is_empty())
}

/// Sets the attributes of the end of the call. If the call `fails` at this end, the span does too.
pub(super) fn describe_end(span: &mut ActiveSpan<'_>, code: Code, message: Option<String>, fails: bool) {
    span.set_attribute("rpc.response.status_code", code.name());
    if fails {
        span.set_attribute("error.type", code.name());
        span.set_status(Status::Error { description: message.unwrap_or_default().into() });
    }
}
