//! What axum knows of a request.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, MatchedPath};
use http::request;

/// The route that a request takes: known below the router.
pub(super) fn route(request: &request::Parts) -> Option<&str> {
    request.extensions.get::<MatchedPath>().map(MatchedPath::as_str)
}

/// Who is at the other end: known where the program asks axum for it (`into_make_service_with_connect_info`).
pub(super) fn peer(request: &request::Parts) -> Option<SocketAddr> {
    request.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0)
}
