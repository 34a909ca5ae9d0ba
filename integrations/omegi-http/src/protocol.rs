//! The version of HTTP.

use std::fmt::Debug;

/// Returns a version of HTTP as the conventions write it: `1.1` or `2`. `version` is
/// `http::Version` from any major version of the crate `http`; its `Debug` is `HTTP/1.1` or
/// `HTTP/2.0`.
///
/// ```
/// assert_eq!(omegi_http::protocol_version(&http::Version::HTTP_11), "1.1");
/// assert_eq!(omegi_http::protocol_version(&http::Version::HTTP_2), "2");
/// ```
#[must_use]
pub fn protocol_version(version: &impl Debug) -> String {
    let version = format!("{version:?}");
    let version = version.trim_start_matches("HTTP/");
    match version {
        "2.0" | "3.0" => version[..1].to_owned(),
        _ => version.to_owned(),
    }
}
