//! The proxy of a configuration.

use http::Uri;
use omegi_config::{OtlpConfig, UrlParts};

use crate::config_error::ConfigError;
use crate::credentials::Credentials;

/// The longest user and the longest password of SOCKS5, in bytes ([RFC 1929]).
///
/// [RFC 1929]: https://www.rfc-editor.org/rfc/rfc1929
const MAX_SOCKS_TEXT: usize = 255;

/// A proxy that all connections go through.
#[derive(Clone)]
pub(crate) struct Proxy {
    pub(crate) protocol: ProxyProtocol,
    /// The address, without credentials: `http` or `https`, the latter for an encrypted connection
    /// to it.
    pub(crate) uri: Uri,
    pub(crate) credentials: Option<Credentials>,
}

/// The protocol of a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProxyProtocol {
    Http,
    Socks5,
}

impl Proxy {
    /// Returns the proxy of a configuration, if it has one.
    pub(crate) fn of(config: &OtlpConfig) -> Result<Option<Self>, ConfigError> {
        let proxy = config.proxy.as_deref().map(|url| Self::parse(url).ok_or(ConfigError::Proxy));
        proxy.transpose()
    }

    fn parse(url: &str) -> Option<Self> {
        let parts = UrlParts::of(url)?;
        let is = |schemes: &[&str]| schemes.iter().any(|scheme| parts.has_scheme(scheme));
        let (protocol, scheme, port) = match () {
            () if is(&["http"]) => (ProxyProtocol::Http, "http", 80),
            () if is(&["https"]) => (ProxyProtocol::Http, "https", 443),
            () if is(&["socks5", "socks5h"]) => (ProxyProtocol::Socks5, "http", 1080),
            () => return None,
        };
        let credentials = Credentials::of(url);
        let is_too_long = |it: &Credentials| it.user.len().max(it.password.len()) > MAX_SOCKS_TEXT;
        if protocol == ProxyProtocol::Socks5 && credentials.as_ref().is_some_and(is_too_long) {
            return None;
        }
        let address = match parts.port() {
            Some(_) => parts.address.to_owned(),
            None => format!("{}:{port}", parts.address),
        };
        let uri = Uri::builder().scheme(scheme).authority(address).path_and_query("/").build().ok()?;
        Some(Self { protocol, uri, credentials })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_has_an_address_with_a_port() {
        for (url, protocol, uri) in [
            ("http://proxy", ProxyProtocol::Http, "http://proxy:80/"),
            ("HTTP://me:x@proxy:3128/path", ProxyProtocol::Http, "http://proxy:3128/"),
            ("https://[::1]", ProxyProtocol::Http, "https://[::1]:443/"),
            ("socks5://proxy", ProxyProtocol::Socks5, "http://proxy:1080/"),
            ("socks5h://me@proxy:9", ProxyProtocol::Socks5, "http://proxy:9/"),
        ] {
            let proxy = Proxy::parse(url).unwrap();
            assert_eq!((proxy.protocol, proxy.uri.to_string()), (protocol, uri.to_owned()), "{url}");
            assert_eq!(proxy.credentials.is_some(), url.contains('@'), "{url}");
        }
    }

    #[test]
    fn other_urls_are_no_proxies() {
        let long = format!("socks5://{}@proxy", "x".repeat(256));
        for url in ["", "proxy:3128", "socks4://proxy", "http://", "http://proxy:0", "http://pro xy", &long] {
            assert!(Proxy::parse(url).is_none(), "{url}");
        }
    }
}
