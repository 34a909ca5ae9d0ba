//! Headers whose values a user wants to record.

use std::sync::Arc;

use omegi::instrumentation::{ActiveSpan, MASK, is_secret};
use omegi::propagation::Headers;

/// The names of headers whose values spans have as attributes. There are none by default, because a
/// header may contain anything.
///
/// ```
/// use omegi_http::CapturedHeaders;
///
/// let captured = CapturedHeaders::new(["X-Tenant", "content-type"]);
/// # drop(captured);
/// ```
#[derive(Clone, Debug, Default)]
pub struct CapturedHeaders(Arc<[String]>);

impl CapturedHeaders {
    /// Captures the headers of these names; upper and lower case are the same.
    #[must_use]
    pub fn new(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self(names.into_iter().map(|name| name.into().to_ascii_lowercase()).collect())
    }

    /// Sets the attributes `http.request.header.<name>`. Several values of a header are one list; a
    /// value under the name of a secret is masked.
    pub fn describe_request(&self, span: &mut ActiveSpan<'_>, headers: &dyn Headers) {
        self.describe(span, "http.request.header.", headers);
    }

    /// Sets the attributes `http.response.header.<name>`, likewise.
    pub fn describe_response(&self, span: &mut ActiveSpan<'_>, headers: &dyn Headers) {
        self.describe(span, "http.response.header.", headers);
    }

    fn describe(&self, span: &mut ActiveSpan<'_>, prefix: &str, headers: &dyn Headers) {
        for name in &*self.0 {
            let mut values: Vec<String> = Vec::new();
            headers.values(name, &mut |value| values.push(String::from_utf8_lossy(value).into_owned()));
            if !values.is_empty() {
                // A pattern may begin where the header's name does: the attribute's key begins
                // earlier.
                let value = if is_secret(name) { MASK.to_owned() } else { values.join(", ") };
                span.set_attribute(format!("{prefix}{name}"), value);
            }
        }
    }
}
