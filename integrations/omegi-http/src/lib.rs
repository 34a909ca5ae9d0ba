#![cfg_attr(feature = "enable", doc = include_str!("../README.md"))]
#![cfg_attr(not(feature = "enable"), doc = "The headers of the crate `http`, for `omegi::propagation`.")]
#![cfg_attr(not(feature = "enable"), doc = "The rest of this crate needs the feature `enable`.")]

mod header_map;

#[cfg(feature = "enable")]
mod authority;
#[cfg(feature = "enable")]
mod captured_headers;
#[cfg(feature = "enable")]
mod incoming;
#[cfg(feature = "enable")]
mod method;
#[cfg(feature = "enable")]
mod outgoing;
#[cfg(feature = "enable")]
mod protocol;
#[cfg(feature = "enable")]
mod redaction;
#[cfg(feature = "enable")]
mod response;

pub use header_map::{HeaderExtractor, HeaderInjector};
#[cfg(feature = "enable")]
pub use {
    authority::{Authority, authority},
    captured_headers::CapturedHeaders,
    incoming::IncomingRequest,
    outgoing::OutgoingRequest,
    protocol::protocol_version,
    redaction::redact_url,
    response::{describe_client_response, describe_server_response},
};
