//! Proxies between the program and an OpenTelemetry backend (ADR 33).
//!
//! The variables are those of curl and of many other programs, and mean the same. Connections
//! within this machine never go through a proxy.

use std::net::IpAddr;

use omegi_config::{UrlParts, is_host_and_port, is_loopback};

use super::lists::comma_list;
use super::parsed::{Parsed, Reason};
use super::printing::{Privacy, shown};
use super::problem::{Problem, Severity};
use super::reader::Reader;
use super::variable::Fallback::Rule;
use super::variable::Parser::{Pieces, Whole};
use super::variable::Variable;

pub(super) static HTTP_PROXY: Variable<String> = Variable::new(
    "http_proxy",
    Rule("none"),
    Whole(parse_proxy),
    "proxy for OTLP endpoints with `http` that are not on this machine: an `http`, `https`, `socks5` or \
     `socks5h` URL such as `http://user:password@proxy.example:3128`, percent-encoded. `HTTP_PROXY` is not \
     read where `REQUEST_METHOD` is set: there it may be the header of a request",
)
.or(&["HTTP_PROXY"])
.private(Privacy::Url);

pub(super) static HTTPS_PROXY: Variable<String> = Variable::new(
    "https_proxy",
    Rule("none"),
    Whole(parse_proxy),
    "proxy for OTLP endpoints with `https` that are not on this machine",
)
.or(&["HTTPS_PROXY"])
.private(Privacy::Url);

pub(super) static ALL_PROXY: Variable<String> = Variable::new(
    "all_proxy",
    Rule("none"),
    Whole(parse_proxy),
    "proxy for OTLP endpoints of both schemes, unless the scheme has its own",
)
.or(&["ALL_PROXY"])
.private(Privacy::Url);

pub(super) static NO_PROXY: Variable<Vec<Exception>> = Variable::new(
    "no_proxy",
    Rule("none"),
    Pieces(|text, _| parse_exceptions(text)),
    "hosts to connect to without a proxy: a comma list of names, which stand for all names below them too, \
     addresses and networks (`10.0.0.0/8`), with or without a port; `*`: all",
)
.or(&["NO_PROXY"]);

/// Hosts without a proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Exception {
    hosts: Hosts,
    /// The only port; `None`: all ports.
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Hosts {
    All,
    /// A name, in lower case, and the names below it.
    Domain(String),
    /// The names below a name.
    Below(String),
    /// The addresses that begin with this many bits of this one.
    Network(IpAddr, u32),
}

/// Returns the proxy for connections to this endpoint, with its scheme. Reports problems with the
/// variables if connections are made, and not to this machine.
pub(super) fn resolve_proxy(reader: &mut Reader<'_>, endpoint: &str, is_used: bool) -> Option<String> {
    let endpoint = UrlParts::of(endpoint)?;
    if is_used && !is_loopback(endpoint.host()) {
        return read_proxy(reader, &endpoint);
    }
    reader.silently(|reader| read_proxy(reader, &endpoint));
    None
}

fn read_proxy(reader: &mut Reader<'_>, endpoint: &UrlParts<'_>) -> Option<String> {
    let https = reader.read(&HTTPS_PROXY).leniently();
    let all = reader.read(&ALL_PROXY).leniently();
    let exceptions = reader.read(&NO_PROXY).leniently();
    let http = match reader.program().is_cgi {
        true => reader.read(&HTTP_PROXY.without_aliases()).leniently(),
        false => reader.read(&HTTP_PROXY).leniently(),
    };
    let own = match endpoint.has_scheme("https") {
        true => https,
        false => {
            report_header(reader);
            http
        }
    };
    let all_decides = all.overrules(&own);
    let decisive = if all_decides { &all } else { &own };
    let proxy = decisive.value().cloned();
    let instead = proxy.as_deref().map_or("no proxy".to_owned(), |proxy| shown(proxy, Privacy::Url));
    let is_missing = own.value().is_none();
    reader.finish(own, &instead);
    if all_decides || is_missing {
        reader.finish(all, &instead);
    }
    let proxy = proxy?;
    let exceptions = reader.finish(exceptions, "the other exceptions").unwrap_or_default();
    (!exceptions.iter().any(|exception| exception.covers(endpoint))).then_some(proxy)
}

/// Reports that `HTTP_PROXY` is not read in a CGI program: there it holds the header `Proxy` of the
/// request, if that has one (<https://httpoxy.org>).
fn report_header(reader: &mut Reader<'_>) {
    if reader.program().is_cgi && reader.is_name_set("HTTP_PROXY") {
        let reason = "has no effect: it may be the header of a request, because REQUEST_METHOD is set";
        let problem = Problem::of_name("HTTP_PROXY".to_owned(), reason.to_owned(), Severity::NoEffect);
        reader.report_once(vec![problem]);
    }
}

/// Reads the URL of a proxy. Without a scheme it is `http`, as for curl. Checked here, so that the
/// message names the deployer's variable. `omegi-otlp` checks an `OtlpConfig` again: a program can
/// build one in code.
fn parse_proxy(text: &str) -> Result<String, Reason> {
    let url = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let is_ascii = url.bytes().all(|byte| byte.is_ascii_graphic());
    let parts = UrlParts::of(&url).filter(|_| is_ascii);
    let is_known = parts.is_some_and(|parts| {
        ["http", "https", "socks5", "socks5h"].iter().any(|scheme| parts.has_scheme(scheme))
    });
    let reason = "is not the URL of an http, https or socks5 proxy, such as http://proxy.example:3128";
    if is_known { Ok(url) } else { Err(reason.into()) }
}

/// Reads the list. Blanks separate its pieces too, as for curl.
fn parse_exceptions(text: &str) -> Parsed<Vec<Exception>> {
    comma_list(&text.replace(char::is_whitespace, ","), |piece| {
        parse_exception(piece).ok_or("is not a host, an address, a network or `*`".into())
    })
}

fn parse_exception(piece: &str) -> Option<Exception> {
    if piece == "*" {
        return Some(Exception { hosts: Hosts::All, port: None });
    }
    if let Some((address, bits)) = piece.split_once('/') {
        let address = address.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(address);
        let network = Hosts::network(address.parse().ok()?, bits.parse().ok()?)?;
        return Some(Exception { hosts: network, port: None });
    }
    if let Ok(address) = piece.parse::<IpAddr>() {
        return Some(Exception { hosts: Hosts::address(address), port: None });
    }
    if !is_host_and_port(piece) {
        return None;
    }
    let parts = UrlParts { scheme: "", user_info: None, address: piece, rest: "" };
    let hosts = match parts.host().parse() {
        Ok(address) => Hosts::address(address),
        Err(_) => Hosts::named(parts.host())?,
    };
    Some(Exception { hosts, port: parts.port() })
}

impl Hosts {
    /// Returns the hosts that a name stands for. A dot before it makes no difference, as for curl;
    /// `*.` leaves the name itself out, as for Go.
    fn named(name: &str) -> Option<Self> {
        let (kind, name): (fn(String) -> Self, _) = match name.strip_prefix("*.") {
            Some(name) => (Self::Below, name),
            None => (Self::Domain, name.strip_prefix('.').unwrap_or(name)),
        };
        let name = normal(name);
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        (!name.is_empty() && name.bytes().all(is_name)).then(|| kind(name))
    }

    fn address(address: IpAddr) -> Self {
        let address = address.to_canonical();
        Self::Network(address, if address.is_ipv4() { 32 } else { 128 })
    }

    fn network(address: IpAddr, bits: u32) -> Option<Self> {
        (bits <= if address.is_ipv4() { 32 } else { 128 }).then_some(Self::Network(address, bits))
    }

    fn hold_name(&self, name: &str) -> bool {
        let is_below = |domain: &str| name.strip_suffix(domain).is_some_and(|before| before.ends_with('.'));
        match self {
            Self::All => true,
            Self::Domain(domain) => name == domain || is_below(domain),
            Self::Below(domain) => is_below(domain),
            Self::Network(..) => false,
        }
    }

    fn hold_address(&self, address: IpAddr) -> bool {
        match (self, address) {
            (Self::All, _) => true,
            (Self::Network(IpAddr::V4(network), bits), IpAddr::V4(address)) => {
                let differences = network.to_bits() ^ address.to_bits();
                differences.checked_shr(32 - bits).is_none_or(|it| it == 0)
            }
            (Self::Network(IpAddr::V6(network), bits), IpAddr::V6(address)) => {
                let differences = network.to_bits() ^ address.to_bits();
                differences.checked_shr(128 - bits).is_none_or(|it| it == 0)
            }
            _ => false,
        }
    }
}

impl Exception {
    fn covers(&self, endpoint: &UrlParts<'_>) -> bool {
        let usual_port = if endpoint.has_scheme("https") { 443 } else { 80 };
        let has_port = self.port.is_none_or(|port| port == endpoint.port().unwrap_or(usual_port));
        has_port
            && match endpoint.host().parse::<IpAddr>() {
                Ok(address) => self.hosts.hold_address(address.to_canonical()),
                Err(_) => self.hosts.hold_name(&normal(endpoint.host())),
            }
    }
}

/// Returns a name in the form in which names are compared.
fn normal(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_are_urls_with_or_without_a_scheme() {
        for (text, url) in [
            ("proxy.example:3128", "http://proxy.example:3128"),
            ("me:x@proxy", "http://me:x@proxy"),
            ("HTTPS://proxy/", "HTTPS://proxy/"),
            ("socks5h://[::1]:1080", "socks5h://[::1]:1080"),
        ] {
            assert_eq!(parse_proxy(text), Ok(url.to_owned()));
        }
        for text in
            ["ftp://proxy", "socks4://proxy", "http://", "://", "pro xy", "proxy:0", "[::1", "pr\u{f6}xy"]
        {
            assert!(parse_proxy(text).is_err(), "{text}");
        }
    }

    fn covers(list: &str, endpoint: &str) -> bool {
        let Parsed { value, reasons } = parse_exceptions(list);
        assert!(reasons.is_empty(), "{list}: {reasons:?}");
        let endpoint = UrlParts::of(endpoint).unwrap();
        value.unwrap().iter().any(|exception| exception.covers(&endpoint))
    }

    #[test]
    fn exceptions_cover_hosts() {
        for (list, covered, others) in [
            ("*", &["http://host", "https://10.0.0.1:4318", "http://[::1]"][..], &[][..]),
            ("other, *", &["http://host"], &[]),
            ("example.com", &["http://EXAMPLE.com:1", "http://a.b.example.com."], &["http://myexample.com"]),
            (".example.com", &["http://example.com", "http://a.example.com"], &["http://example.com.org"]),
            ("Example.COM.", &["http://example.com"], &["http://com"]),
            ("*.example.com", &["http://a.example.com"], &["http://example.com", "http://bexample.com"]),
            ("a,,b c\td", &["http://a", "http://b", "http://c", "http://d"], &["http://e"]),
            ("host:4318", &["http://host:4318", "http://a.host:4318"], &["http://host:4317", "http://host"]),
            ("host:443", &["https://host"], &["http://host"]),
            ("host:80", &["http://host"], &["https://host"]),
            ("10.1.2.3", &["http://10.1.2.3:4318"], &["http://10.1.2.4", "http://10.1.2.3.example"]),
            ("10.1.2.3:4318", &["http://10.1.2.3:4318"], &["http://10.1.2.3:4317"]),
            ("2.3", &["http://1.2.3x.2.3"], &["http://10.1.2.3"]),
            ("10.1.0.0/16", &["http://10.1.255.255"], &["http://10.2.0.0", "http://[2001:db8::1]"]),
            ("10.1.2.3/0", &["http://255.255.255.255"], &["http://[::2]", "http://host"]),
            ("10.1.2.3/32", &["http://10.1.2.3"], &["http://10.1.2.2"]),
            ("::2", &["http://[::2]", "http://[0:0::2]:4318"], &["http://[::3]"]),
            ("[::2]", &["http://[::2]:4318"], &["http://[::3]"]),
            ("[::2]:4318", &["http://[::2]:4318"], &["http://[::2]"]),
            ("2001:db8::/33", &["http://[2001:db8:7fff::1]"], &["http://[2001:db8:8000::1]"]),
            ("[fd00::]/8", &["http://[fdff::1]"], &["http://[fe00::1]", "http://10.0.0.1"]),
            ("::/0", &["http://[2001:db8::1]"], &["http://10.0.0.1"]),
            ("10.1.2.3", &["http://[::ffff:10.1.2.3]"], &[]),
            ("::ffff:10.1.2.3", &["http://10.1.2.3"], &[]),
            ("my_host-1", &["http://my_host-1"], &[]),
        ] {
            for endpoint in covered {
                assert!(covers(list, endpoint), "{list} covers {endpoint}");
            }
            for endpoint in others {
                assert!(!covers(list, endpoint), "{list} does not cover {endpoint}");
            }
        }
    }

    #[test]
    fn other_texts_are_no_exceptions() {
        for piece in [
            "10.0.0.0/33",
            "::/129",
            "10.0.0.0/",
            "10.0.0.0/-1",
            "host/8",
            "10.*",
            "*host",
            "*.",
            ".",
            ":80",
            "host:0",
            "host:http",
            "[::1",
            "http://host",
            "me@host",
            "h\u{f6}st",
        ] {
            let Parsed { value, reasons } = parse_exceptions(piece);
            assert!(value.is_none() && reasons.len() == 1, "{piece}: {value:?}");
        }
        let Parsed { value, reasons } = parse_exceptions("a, 10.*, b");
        assert_eq!((value.unwrap().len(), reasons.len()), (2, 1));
    }
}
