//! What is known of a request where no router is: nothing.

use std::net::SocketAddr;

use http::request;

pub(super) fn route(_: &request::Parts) -> Option<&str> {
    None
}

pub(super) fn peer(_: &request::Parts) -> Option<SocketAddr> {
    None
}
