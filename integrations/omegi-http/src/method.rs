//! The method of a request. The method comes from the client, so an unknown one must not become a
//! span's name.

use std::borrow::Cow;

use omegi::instrumentation::{ActiveSpan, known_http_method};

/// Sets the attributes of `method`, and names the span by it and by its `route`, if that is known.
pub(super) fn describe(span: &mut ActiveSpan<'_>, method: &str, route: Option<&str>) {
    let known = known_http_method(method);
    span.set_attribute("http.request.method", known.unwrap_or("_OTHER"));
    if known.is_none() {
        span.set_attribute("http.request.method_original", method.to_owned());
    }
    let method = known.unwrap_or("HTTP");
    span.update_name(match route {
        Some(route) => Cow::Owned(format!("{method} {route}")),
        None => Cow::Borrowed(method),
    });
}
