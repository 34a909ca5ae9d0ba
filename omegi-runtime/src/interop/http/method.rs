//! Which methods are known: span names and `http.request.method` must not be whatever somebody sends.

use std::borrow::Cow;

use crate::recording::notes::SpanUpdate;
use crate::recording::policy;
use crate::recording::task::TaskSpan;

use super::say;

/// Says which method a request has, and names the span by it and by what it is for, if that is known.
pub(super) fn describe(span: &mut TaskSpan, method: &str, target: Option<&str>) {
    let known = known(method);
    say(span, "http.request.method", known.unwrap_or("_OTHER"));
    if known.is_none() {
        say(span, "http.request.method_original", method.to_owned());
    }
    let method = known.unwrap_or("HTTP");
    span.update(SpanUpdate::Name(match target {
        Some(target) => Cow::Owned(format!("{method} {target}")),
        None => Cow::Borrowed(method),
    }));
}

/// The method, if it is one of those that `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS` names.
fn known(method: &str) -> Option<&'static str> {
    let known = &policy::get()?.known_methods;
    known.iter().find(|known| *known == method).map(String::as_str)
}
