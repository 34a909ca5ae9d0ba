//! What a request of actix-web is to the conventions.

use actix_web::dev::ServiceRequest;
use actix_web::http::header::{HOST, HeaderName, USER_AGENT};

use crate::recording::span::task::TaskSpan;

use super::super::http::captured::capture;
use super::super::http::protocol_version;
use super::super::http::server::Incoming;

/// Says what there is to say of a request, with these of its headers.
pub(super) fn describe(span: &mut TaskSpan, request: &ServiceRequest, headers: &[String]) {
    let route = request.match_pattern();
    let uri = request.uri();
    Incoming {
        method: request.method().as_str(),
        route: route.as_deref(),
        scheme: uri.scheme_str().or_else(|| request.app_config().secure().then_some("https")),
        authority: uri.authority().map(|authority| authority.as_str()).or_else(|| text(request, HOST)),
        path: uri.path(),
        query: uri.query(),
        version: protocol_version(&format!("{:?}", request.version())),
        user_agent: text(request, USER_AGENT),
        peer: request.peer_addr(),
    }
    .describe(span);
    capture(span, "http.request.header.", headers, request.headers());
}

fn text(request: &ServiceRequest, name: HeaderName) -> Option<&str> {
    request.headers().get(name)?.to_str().ok()
}
