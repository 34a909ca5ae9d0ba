//! OpenTelemetry's [semantic conventions for HTTP](https://opentelemetry.io/docs/specs/semconv/http/http-spans/) (stable),
//! for the layers of all frameworks: each shows its request in words of this module, which says the rest.
//!
//! | file | what it knows |
//! |---|---|
//! | `server` | what a server's span says of a request |
//! | `client` | what a client's span says of one |
//! | `status` | what either says of a response, and whether that is a failure |
//! | `method` | which methods are known |
//! | `authority` | what stands in `Host` and before the path of a URL |
//! | `secrets` | what of a URL must not leave the process |
//! | `captured` | headers that somebody asked for |
//! | `arrival` | which trace a request belongs to |

pub(super) mod arrival;
pub(super) mod authority;
pub(super) mod captured;
pub(super) mod client;
mod method;
mod secrets;
pub(super) mod server;
pub(super) mod status;

pub(super) use secrets::without_secrets;

use crate::recording::notes::SpanUpdate;
use crate::recording::task::TaskSpan;
use crate::vocabulary::{Attribute, Value};

/// Adds an attribute.
pub(super) fn say(span: &mut TaskSpan, key: &'static str, value: impl Into<Value>) {
    span.update(SpanUpdate::Attribute(Attribute::new(key, value)));
}

/// Adds an attribute, if there is something to say.
pub(super) fn say_if(span: &mut TaskSpan, key: &'static str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        say(span, key, value);
    }
}

/// The version of HTTP as the conventions write it (`1.1`, `2`), from `HTTP/1.1`, `HTTP/2.0`.
pub(super) fn protocol_version(version: &str) -> String {
    let version = version.trim_start_matches("HTTP/");
    match version {
        "2.0" | "3.0" => version[..1].to_owned(),
        _ => version.to_owned(),
    }
}
