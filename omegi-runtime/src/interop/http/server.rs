//! What a server's span says of a request.

use std::net::SocketAddr;

use crate::recording::span::task::TaskSpan;

use super::authority::Authority;
use super::secrets::query_without_secrets;
use super::{method, say, say_if};

/// A request that has come in.
#[derive(Debug)]
pub(in super::super) struct Incoming<'a> {
    pub(in super::super) method: &'a str,
    /// What the router matched, if that is known: `/orders/{id}`.
    pub(in super::super) route: Option<&'a str>,
    pub(in super::super) scheme: Option<&'a str>,
    /// `:authority`, or the header `Host`.
    pub(in super::super) authority: Option<&'a str>,
    pub(in super::super) path: &'a str,
    pub(in super::super) query: Option<&'a str>,
    /// As the conventions write it.
    pub(in super::super) version: String,
    pub(in super::super) user_agent: Option<&'a str>,
    /// Who is at the other end of the connection.
    pub(in super::super) peer: Option<SocketAddr>,
}

impl Incoming<'_> {
    /// Says all that.
    pub(in super::super) fn describe(self, span: &mut TaskSpan) {
        method::describe(span, self.method, self.route);
        say_if(span, "http.route", self.route.map(str::to_owned));
        say(span, "url.scheme", self.scheme.unwrap_or("http").to_owned());
        say(span, "url.path", self.path.to_owned());
        say_if(span, "url.query", self.query.map(query_without_secrets));
        if let Some(server) = self.authority.and_then(Authority::parse) {
            server.describe(span);
        }
        if let Some(peer) = self.peer {
            describe_peer(span, peer);
        }
        say(span, "network.protocol.version", self.version);
        say_if(span, "user_agent.original", self.user_agent.map(str::to_owned));
    }
}

/// What proxies say of the client is not believed: anybody could say it.
fn describe_peer(span: &mut TaskSpan, peer: SocketAddr) {
    say(span, "client.address", peer.ip().to_string());
    say(span, "network.peer.address", peer.ip().to_string());
    say(span, "network.peer.port", u32::from(peer.port()));
}
