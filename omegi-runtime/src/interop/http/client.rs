//! What a client's span says of a request.

use crate::recording::span::task::TaskSpan;

use super::authority::Authority;
use super::secrets::without_secrets;
use super::{method, say, say_if};

/// A request that goes out.
#[derive(Debug)]
pub(in super::super) struct Outgoing<'a> {
    pub(in super::super) method: &'a str,
    /// The whole URL, as far as it is known.
    pub(in super::super) url: &'a str,
    pub(in super::super) scheme: Option<&'a str>,
    /// What the URL says of the server, or the header `Host`.
    pub(in super::super) authority: Option<&'a str>,
}

impl Outgoing<'_> {
    /// Says all that.
    pub(in super::super) fn describe(self, span: &mut TaskSpan) {
        method::describe(span, self.method, None);
        say(span, "url.full", without_secrets(self.url));
        if let Some(server) = self.authority.and_then(Authority::parse) {
            say(span, "server.address", server.host.to_owned());
            say_if(span, "server.port", server.port.or_else(|| self.default_port()).map(u32::from));
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
