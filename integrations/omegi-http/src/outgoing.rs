//! The request of a client.

use omegi::instrumentation::ActiveSpan;

use super::authority::Authority;
use super::method;
use super::redaction::redact_url;

/// A request that a client sends, as the conventions see it.
///
/// ```
/// use omegi::instrumentation::LibraryCallSite;
/// use omegi::{MemoryExporter, SpanKind, Value};
/// use omegi_http::{OutgoingRequest, describe_client_response};
///
/// static SEND: LibraryCallSite =
///     LibraryCallSite::new("shop_client", "Client::send", SpanKind::Client);
///
/// let memory = MemoryExporter::new();
/// let guard = omegi::builder().flow_rate(1).exporter(memory.clone()).init();
///
/// let mut span = SEND.start();
/// let request = OutgoingRequest {
///     method: "GET",
///     url: "https://shop.example/orders/7",
///     scheme: Some("https"),
///     authority: Some("shop.example"),
/// };
/// request.describe(&mut span.active());
/// describe_client_response(&mut span.active(), 200);
///
/// drop((span, guard)); // exports the flow
/// let flow = memory.flows().remove(0);
/// assert_eq!(flow.root().unwrap().attribute("server.port"), Some(&Value::from(443_u32)));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct OutgoingRequest<'a> {
    /// The method.
    pub method: &'a str,
    /// The whole URL, as far as it is known.
    pub url: &'a str,
    /// The scheme, if it is known: it has a default port.
    pub scheme: Option<&'a str>,
    /// The authority of the URL, else the header `Host`.
    pub authority: Option<&'a str>,
}

impl OutgoingRequest<'_> {
    /// Names the span by the method, and sets the attributes of the request. Secrets in the URL are
    /// masked.
    ///
    /// ```
    /// use omegi::SpanKind;
    /// use omegi::instrumentation::LibraryCallSite;
    /// use omegi_http::OutgoingRequest;
    ///
    /// static SEND: LibraryCallSite =
    ///     LibraryCallSite::new("shop_client", "Client::send", SpanKind::Client);
    ///
    /// let mut span = SEND.start();
    /// // The attribute `url.full` ends in `?token=****`.
    /// let url = "https://shop.example/orders?token=hunter2";
    /// let authority = Some("shop.example");
    /// let request = OutgoingRequest { method: "GET", url, scheme: Some("https"), authority };
    /// request.describe(&mut span.active());
    /// ```
    pub fn describe(self, span: &mut ActiveSpan<'_>) {
        method::describe(span, self.method, None);
        span.set_attribute("url.full", redact_url(self.url));
        if let Some(server) = self.authority.and_then(Authority::parse) {
            let port = server.port.or_else(|| self.default_port());
            Authority { port, ..server }.describe(span);
        }
    }

    fn default_port(&self) -> Option<u16> {
        match self.scheme? {
            "http" => Some(80),
            "https" => Some(443),
            _ => None,
        }
    }
}
