//! A request of actix-web in the words of the conventions.

use actix_web::dev::ServiceRequest;
use actix_web::http::header::{HOST, HeaderName, USER_AGENT};
use omegi::instrumentation::ActiveSpan;
use omegi_http::{CapturedHeaders, IncomingRequest, protocol_version};

use super::headers::ActixHeaders;

/// Describes a request, with these of its headers.
pub(super) fn describe(span: &mut ActiveSpan<'_>, request: &ServiceRequest, captured: &CapturedHeaders) {
    let route = request.match_pattern();
    let uri = request.uri();
    IncomingRequest {
        method: request.method().as_str(),
        route: route.as_deref(),
        scheme: uri.scheme_str().or_else(|| request.app_config().secure().then_some("https")),
        authority: uri.authority().map(|authority| authority.as_str()).or_else(|| text(request, HOST)),
        path: uri.path(),
        query: uri.query(),
        version: protocol_version(&request.version()),
        user_agent: text(request, USER_AGENT),
        peer: request.peer_addr(),
    }
    .describe(span);
    captured.describe_request(span, &ActixHeaders(request.headers()));
}

fn text(request: &ServiceRequest, name: HeaderName) -> Option<&str> {
    request.headers().get(name)?.to_str().ok()
}
