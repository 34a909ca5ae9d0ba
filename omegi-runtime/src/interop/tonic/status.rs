//! What both ends say of a call: which it is, and how it ended.

use http::{HeaderMap, request};

use crate::recording::notes::SpanUpdate;
use crate::recording::task::TaskSpan;
use crate::vocabulary::percent;

use super::super::http::{protocol_version, say};
use super::code::Code;

const GRPC_STATUS: &str = "grpc-status";
const GRPC_MESSAGE: &str = "grpc-message";

/// The full name of the method that is called: `package.Service/Method`.
pub(super) fn method(request: &request::Parts) -> &str {
    request.uri.path().trim_start_matches('/')
}

/// Says which call it is.
pub(super) fn describe_call(span: &mut TaskSpan, request: &request::Parts) {
    let method = method(request);
    span.update(SpanUpdate::Name(method.to_owned().into()));
    say(span, "rpc.system.name", "grpc");
    say(span, "rpc.method", method.to_owned());
    say(span, "network.protocol.version", protocol_version(&format!("{:?}", request.version)));
}

/// How the call ended, if these headers or trailers say so.
pub(super) fn code(headers: &HeaderMap) -> Option<Code> {
    headers.get(GRPC_STATUS).map(|status| Code::parse(status.as_bytes()))
}

/// What the service says to how it ended; nothing where nothing stands there.
pub(super) fn message(headers: &HeaderMap) -> Option<String> {
    let message = headers.get(GRPC_MESSAGE)?.to_str().ok()?;
    let octets: Vec<u8> = percent::octets(message).flatten().collect();
    Some(String::from_utf8_lossy(&octets).into_owned()).filter(|message| !message.is_empty())
}

/// Says how the call ended. `fails`: that is a failure, to this end.
pub(super) fn describe_end(span: &mut TaskSpan, code: Code, message: Option<String>, fails: bool) {
    say(span, "rpc.response.status_code", code.name());
    if fails {
        say(span, "error.type", code.name());
        span.fail_quietly();
        if let Some(message) = message {
            span.update(SpanUpdate::Failed(message.into()));
        }
    }
}
