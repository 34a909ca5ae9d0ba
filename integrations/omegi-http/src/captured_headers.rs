//! Headers whose values a user wants to record.

use std::sync::Arc;

use omegi::instrumentation::{ActiveSpan, MASK, is_secret};
use omegi::propagation::Headers;

/// The names of headers whose values spans have as attributes. There are none by default, because a
/// header may contain anything.
///
/// ```
/// use http::{HeaderMap, HeaderValue};
/// use omegi::instrumentation::LibraryCallSite;
/// use omegi::{MemoryExporter, SpanKind, Value};
/// use omegi_http::{CapturedHeaders, HeaderExtractor};
///
/// static HANDLE: LibraryCallSite =
///     LibraryCallSite::new("shop_server", "Connection::handle", SpanKind::Server);
///
/// let memory = MemoryExporter::new();
/// let guard = omegi::builder().flow_rate(1).exporter(memory.clone()).init();
///
/// let headers = HeaderMap::from_iter([(
///     http::HeaderName::from_static("x-tenant"),
///     HeaderValue::from_static("seven"),
/// )]);
/// let captured = CapturedHeaders::new(["X-Tenant", "content-type"]);
/// captured.describe_request(&mut HANDLE.start().active(), &HeaderExtractor(&headers));
///
/// drop(guard); // exports the flow
/// let flow = memory.flows().remove(0);
/// let tenant = flow.root().unwrap().attribute("http.request.header.x-tenant");
/// assert_eq!(tenant, Some(&Value::from("seven")));
/// ```
#[derive(Clone, Debug, Default)]
pub struct CapturedHeaders(Arc<[String]>);

impl CapturedHeaders {
    /// Captures the headers of these names; upper and lower case are the same.
    ///
    /// ```
    /// use omegi_http::CapturedHeaders;
    ///
    /// // Both are the header `x-tenant`.
    /// let captured = CapturedHeaders::new(["X-Tenant"]);
    /// let same = CapturedHeaders::new(vec!["x-tenant".to_owned()]);
    /// assert_eq!(format!("{captured:?}"), format!("{same:?}"));
    /// ```
    #[must_use]
    pub fn new(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self(names.into_iter().map(|name| name.into().to_ascii_lowercase()).collect())
    }

    /// Sets the attributes `http.request.header.<name>`. Several values of a header are one list; a
    /// value under the name of a secret is masked.
    ///
    /// ```
    /// use std::collections::HashMap;
    ///
    /// use omegi::SpanKind;
    /// use omegi::instrumentation::LibraryCallSite;
    /// use omegi_http::CapturedHeaders;
    ///
    /// static HANDLE: LibraryCallSite =
    ///     LibraryCallSite::new("shop_server", "Connection::handle", SpanKind::Server);
    ///
    /// let headers = HashMap::from([("x-tenant".to_owned(), "seven".to_owned())]);
    /// let mut span = HANDLE.start();
    /// CapturedHeaders::new(["x-tenant"]).describe_request(&mut span.active(), &headers);
    /// ```
    pub fn describe_request(&self, span: &mut ActiveSpan<'_>, headers: &dyn Headers) {
        self.describe(span, "http.request.header.", headers);
    }

    /// Sets the attributes `http.response.header.<name>`, likewise.
    ///
    /// ```
    /// use std::collections::HashMap;
    ///
    /// use omegi::SpanKind;
    /// use omegi::instrumentation::LibraryCallSite;
    /// use omegi_http::CapturedHeaders;
    ///
    /// static HANDLE: LibraryCallSite =
    ///     LibraryCallSite::new("shop_server", "Connection::handle", SpanKind::Server);
    ///
    /// let headers = HashMap::from([("etag".to_owned(), "\"7\"".to_owned())]);
    /// let mut span = HANDLE.start();
    /// CapturedHeaders::new(["etag"]).describe_response(&mut span.active(), &headers);
    /// ```
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
