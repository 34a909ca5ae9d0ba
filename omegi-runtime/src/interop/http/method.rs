//! Which methods are known: span names and `http.request.method` must not be whatever somebody sends.

use std::borrow::Cow;

use crate::recording::notes::What;
use crate::recording::task::TaskSpan;

use super::say;

/// The methods of RFC 9110, and `PATCH` (RFC 5789).
const KNOWN: [&str; 9] = ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"];

/// Says which method a request has, and names the span by it and by what it is for, if that is known.
pub(super) fn describe(span: &mut TaskSpan, method: &str, target: Option<&str>) {
    let known = KNOWN.into_iter().find(|known| *known == method);
    say(span, "http.request.method", known.unwrap_or("_OTHER"));
    if known.is_none() {
        say(span, "http.request.method_original", method.to_owned());
    }
    let method = known.unwrap_or("HTTP");
    span.note(What::Name(match target {
        Some(target) => Cow::Owned(format!("{method} {target}")),
        None => Cow::Borrowed(method),
    }));
}
