//! The request that a server answers.

use std::net::SocketAddr;

use omegi::instrumentation::ActiveSpan;

use super::authority::Authority;
use super::method;
use super::redaction::redact_query;

/// A request that a server answers, as the conventions see it.
///
/// ```
/// use omegi::instrumentation::LibraryCallSite;
/// use omegi::{MemoryExporter, SpanKind};
/// use omegi_http::{IncomingRequest, describe_server_response, protocol_version};
///
/// static HANDLE: LibraryCallSite =
///     LibraryCallSite::new("shop_server", "Connection::handle", SpanKind::Server);
///
/// let memory = MemoryExporter::new();
/// let guard = omegi::builder().flow_rate(1).exporter(memory.clone()).init();
///
/// let mut span = HANDLE.start();
/// let request = IncomingRequest {
///     method: "GET",
///     route: Some("/orders/{id}"),
///     scheme: None,
///     authority: Some("shop.example:8080"),
///     path: "/orders/7",
///     query: None,
///     version: protocol_version(&http::Version::HTTP_11),
///     user_agent: None,
///     peer: None,
/// };
/// request.describe(&mut span.active());
/// describe_server_response(&mut span.active(), 503, Some("no database".to_owned()));
///
/// drop((span, guard)); // exports the flow
/// let flow = memory.flows().remove(0);
/// assert_eq!(flow.root().unwrap().name, "GET /orders/{id}");
/// assert!(flow.has_error());
/// ```
#[derive(Clone, Debug)]
pub struct IncomingRequest<'a> {
    /// The method.
    pub method: &'a str,
    /// The route that the router matched, if it is known: `/orders/{id}`.
    pub route: Option<&'a str>,
    /// The scheme, if it is known; the default is `http`.
    pub scheme: Option<&'a str>,
    /// `:authority`, else the header `Host`.
    pub authority: Option<&'a str>,
    /// The path of the URL.
    pub path: &'a str,
    /// The query of the URL.
    pub query: Option<&'a str>,
    /// The version of HTTP, by [`protocol_version`](super::protocol_version).
    pub version: String,
    /// The header `User-Agent`.
    pub user_agent: Option<&'a str>,
    /// The other end of the connection. Forwarding headers do not count, because any client can
    /// send them.
    pub peer: Option<SocketAddr>,
}

impl IncomingRequest<'_> {
    /// Names the span by the method and the route, and sets the attributes of the request. Secrets
    /// in the query are masked.
    ///
    /// ```
    /// use omegi::SpanKind;
    /// use omegi::instrumentation::LibraryCallSite;
    /// use omegi_http::IncomingRequest;
    ///
    /// static HANDLE: LibraryCallSite =
    ///     LibraryCallSite::new("shop_server", "Connection::handle", SpanKind::Server);
    ///
    /// /// Describes a request of which only the first line is read.
    /// fn describe(method: &str, path: &str) {
    ///     let mut span = HANDLE.start();
    ///     let request = IncomingRequest {
    ///         method,
    ///         path,
    ///         route: None,
    ///         scheme: None,
    ///         authority: None,
    ///         query: None,
    ///         version: "1.1".to_owned(),
    ///         user_agent: None,
    ///         peer: None,
    ///     };
    ///     request.describe(&mut span.active());
    /// }
    /// describe("GET", "/orders/7");
    /// ```
    pub fn describe(self, span: &mut ActiveSpan<'_>) {
        method::describe(span, self.method, self.route);
        if let Some(route) = self.route {
            span.set_attribute("http.route", route.to_owned());
        }
        span.set_attribute("url.scheme", self.scheme.unwrap_or("http").to_owned());
        span.set_attribute("url.path", self.path.to_owned());
        if let Some(query) = self.query {
            span.set_attribute("url.query", redact_query(query));
        }
        if let Some(server) = self.authority.and_then(Authority::parse) {
            server.describe(span);
        }
        if let Some(peer) = self.peer {
            span.set_attribute("client.address", peer.ip().to_string());
            span.set_attribute("network.peer.address", peer.ip().to_string());
            span.set_attribute("network.peer.port", u32::from(peer.port()));
        }
        span.set_attribute("network.protocol.version", self.version);
        if let Some(user_agent) = self.user_agent {
            span.set_attribute("user_agent.original", user_agent.to_owned());
        }
    }
}
