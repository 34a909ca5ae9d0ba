//! What stands before the path of a URL, and in the header `Host`: `user:password@host:port`.

use crate::recording::span::task::TaskSpan;

use super::say_if;

/// Which server a request is for, in parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Authority<'a> {
    /// The name or address; one of IPv6 without its brackets.
    pub(in super::super) host: &'a str,
    /// The port, if it is written down.
    pub(in super::super) port: Option<u16>,
}

impl<'a> Authority<'a> {
    /// The parts of `text`; `None` where no host stands in it. A user's name and password are left out.
    pub(in super::super) fn parse(text: &'a str) -> Option<Self> {
        let server = text.rsplit_once('@').map_or(text, |(_, server)| server);
        let (host, rest) = match server.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
            Some(bracketed) => bracketed,
            None => server.split_at(server.find(':').unwrap_or(server.len())),
        };
        let port = rest.strip_prefix(':').and_then(|port| port.parse().ok());
        (!host.is_empty()).then_some(Self { host, port })
    }

    /// Says which server it is.
    pub(in super::super) fn describe(self, span: &mut TaskSpan) {
        super::say(span, "server.address", self.host.to_owned());
        say_if(span, "server.port", self.port.map(u32::from));
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
