//! The authority of a URL, which is also the header `Host`: `user:password@host:port`.

use http::header::HOST;
use http::{request, uri};
use omegi::instrumentation::ActiveSpan;

/// Returns the authority that a request is for: that of its URL, else its header `Host`.
///
/// ```
/// let request = http::Request::get("/orders").header("host", "shop.example").body(()).unwrap();
/// let (head, ()) = request.into_parts();
/// assert_eq!(omegi_http::authority(&head), Some("shop.example"));
/// ```
#[must_use]
pub fn authority(request: &request::Parts) -> Option<&str> {
    let host = || request.headers.get(HOST)?.to_str().ok();
    request.uri.authority().map(uri::Authority::as_str).or_else(host)
}

/// The server of a request, as an authority names it.
///
/// ```
/// use omegi_http::Authority;
///
/// let server = Authority::parse("[2001:db8::7]:443").unwrap();
/// assert_eq!((server.host, server.port), ("2001:db8::7", Some(443)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Authority<'a> {
    /// The name or address; one of IPv6 without its brackets.
    pub host: &'a str,
    /// The port, if the authority has one.
    pub port: Option<u16>,
}

impl<'a> Authority<'a> {
    /// Parses an authority without its user and password. Returns `None` where it names no host.
    ///
    /// ```
    /// use omegi_http::Authority;
    ///
    /// let parsed = Authority::parse("user:password@shop.example:8080");
    /// assert_eq!(parsed, Some(Authority { host: "shop.example", port: Some(8080) }));
    /// ```
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let server = text.rsplit_once('@').map_or(text, |(_, server)| server);
        let (host, rest) = match server.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
            Some(bracketed) => bracketed,
            None => server.split_at(server.find(':').unwrap_or(server.len())),
        };
        let port = rest.strip_prefix(':').and_then(|port| port.parse().ok());
        (!host.is_empty()).then_some(Self { host, port })
    }

    /// Sets the attributes `server.address` and `server.port`.
    ///
    /// ```
    /// use omegi::SpanKind;
    /// use omegi::instrumentation::LibraryCallSite;
    /// use omegi_http::Authority;
    ///
    /// static CONNECT: LibraryCallSite =
    ///     LibraryCallSite::new("shop_client", "Client::connect", SpanKind::Client);
    ///
    /// let mut span = CONNECT.start();
    /// Authority { host: "shop.example", port: Some(443) }.describe(&mut span.active());
    /// ```
    pub fn describe(self, span: &mut ActiveSpan<'_>) {
        span.set_attribute("server.address", self.host.to_owned());
        if let Some(port) = self.port {
            span.set_attribute("server.port", u32::from(port));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_and_port_are_found_and_credentials_left_out() {
        for (text, host, port) in [
            ("shop.example", "shop.example", None),
            ("shop.example:8080", "shop.example", Some(8080)),
            ("[::1]", "::1", None),
            ("[::1]:80", "::1", Some(80)),
            ("user:pass@shop.example:80", "shop.example", Some(80)),
            ("a@b@host", "host", None),
            ("host:", "host", None),
            ("host:99999", "host", None),
        ] {
            assert_eq!(Authority::parse(text), Some(Authority { host, port }), "{text}");
        }
        assert_eq!(Authority::parse(""), None);
        assert_eq!(Authority::parse(":80"), None);
    }
}
