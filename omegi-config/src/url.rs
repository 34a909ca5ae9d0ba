//! URLs, well formed or not: the host, and the parts that may be shown.

use std::net::IpAddr;

use crate::masking::MASK;

/// The parts of a URL that has a scheme and a host, as they are written.
///
/// ```
/// use omegi_config::UrlParts;
///
/// let url = UrlParts::of("http://me:hunter2@[::1]:4318/v1/traces").unwrap();
/// assert_eq!((url.scheme, url.user_info), ("http", Some("me:hunter2")));
/// assert_eq!((url.host(), url.port()), ("::1", Some(4318)));
/// assert_eq!(url.without_user_info(), "http://[::1]:4318/v1/traces");
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct UrlParts<'u> {
    /// The scheme, in any case.
    pub scheme: &'u str,
    /// The text before the last `@` of the authority, percent-encoded: a user, or a user and a
    /// password with a `:` between them.
    pub user_info: Option<&'u str>,
    /// The host, with its port if there is one.
    pub address: &'u str,
    /// The path, the query and the fragment.
    pub rest: &'u str,
}

impl<'u> UrlParts<'u> {
    /// Returns the parts of a URL; `None` without a scheme, or with a host or port that is none.
    ///
    /// ```
    /// use omegi_config::UrlParts;
    ///
    /// let url = UrlParts::of("https://collector.example/v1/traces").unwrap();
    /// assert_eq!((url.address, url.rest), ("collector.example", "/v1/traces"));
    /// assert!(UrlParts::of("localhost:4317").is_none());
    /// ```
    #[must_use]
    pub fn of(url: &'u str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let (user_info, address) = match authority.rsplit_once('@') {
            Some((user_info, address)) => (Some(user_info), address),
            None => (None, authority),
        };
        is_host_and_port(address).then_some(Self { scheme, user_info, address, rest })
    }

    /// Returns the host, without the brackets of an IPv6 address.
    #[must_use]
    pub fn host(&self) -> &'u str {
        match self.address.strip_prefix('[').and_then(|text| text.split_once(']')) {
            Some((address, _)) => address,
            None => self.address.split(':').next().unwrap_or_default(),
        }
    }

    /// Returns the port, if the URL names one.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        let (_, behind_address) = self.address.rsplit_once(']').unwrap_or(("", self.address));
        behind_address.rsplit_once(':')?.1.parse().ok()
    }

    /// Returns the user and the password, percent-encoded. `None` if there is neither.
    #[must_use]
    pub fn credentials(&self) -> Option<(&'u str, &'u str)> {
        let user_info = self.user_info?;
        let (user, password) = user_info.split_once(':').unwrap_or((user_info, ""));
        (!user.is_empty() || !password.is_empty()).then_some((user, password))
    }

    /// Returns whether the scheme is this one.
    ///
    /// ```
    /// use omegi_config::UrlParts;
    ///
    /// let url = UrlParts::of("HTTPS://collector.example").unwrap();
    /// assert!(url.has_scheme("https") && !url.has_scheme("http"));
    /// ```
    #[must_use]
    pub fn has_scheme(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }

    /// Returns the URL without the user and the password.
    #[must_use]
    pub fn without_user_info(&self) -> String {
        format!("{}://{}{}", self.scheme, self.address, self.rest)
    }
}

/// Returns whether a host, without brackets, is this machine by its name or address: `localhost`,
/// names below it, `127.0.0.0/8`, `::1`.
///
/// ```
/// use omegi_config::is_loopback;
///
/// assert!(is_loopback("localhost") && is_loopback("127.1.2.3") && is_loopback("::1"));
/// assert!(!is_loopback("localhost.example"));
/// ```
#[must_use]
pub fn is_loopback(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    let is_loopback = |address: IpAddr| address.to_canonical().is_loopback();
    host == "localhost" || host.ends_with(".localhost") || host.parse().is_ok_and(is_loopback)
}

/// Returns whether the text is a host's name or address, with or without a port.
///
/// ```
/// use omegi_config::is_host_and_port;
///
/// assert!(is_host_and_port("[::1]:4318") && is_host_and_port("localhost"));
/// assert!(!is_host_and_port("localhost:0") && !is_host_and_port(":4318"));
/// ```
#[must_use]
pub fn is_host_and_port(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[').map(|text| text.split_once(']')) {
        Some(None) => return false,
        Some(Some((address, port))) => (address, port),
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    !host.is_empty() && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port))
}

fn is_port(text: &str) -> bool {
    !text.starts_with('+') && text.parse::<u16>().is_ok_and(|port| port != 0)
}

/// Returns the URL with `****` for its user and password, and for its query or fragment. Takes text
/// that is no URL too.
///
/// ```
/// use omegi_config::without_credentials;
///
/// let shown = without_credentials("http://me:hunter2@host:4318/a?key=b");
/// assert_eq!(shown, "http://****@host:4318/a?****");
/// ```
#[must_use]
pub fn without_credentials(url: &str) -> String {
    let (scheme, rest) = url.split_at(end_of_scheme(url));
    let (mask, rest) = match end_of_credentials(rest) {
        0 => ("", rest),
        end => (MASK, &rest[end..]),
    };
    let (address, parameters) = rest.split_at(rest.find(['?', '#']).unwrap_or(rest.len()));
    match parameters.chars().next() {
        None => format!("{scheme}{mask}{address}"),
        Some(separator) => format!("{scheme}{mask}{address}{separator}{MASK}"),
    }
}

/// Returns the length of the scheme with its `://`; 0 without a scheme.
fn end_of_scheme(url: &str) -> usize {
    match url.split_once("://") {
        Some((scheme, _)) if scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) => scheme.len() + 3,
        _ => 0,
    }
}

/// Returns the position of the `@` that ends the credentials, in a URL without its scheme; 0
/// without credentials.
///
/// An `@` in the path ends no credentials. But if no host precedes the path, the "path" is the rest
/// of a password with a `/` in it. Then everything up to the last `@` may be secret.
fn end_of_credentials(rest: &str) -> usize {
    let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    let end = authority.rfind('@');
    let host = &authority[end.map_or(0, |at| at + 1)..];
    let end = if is_host_and_port(host) { end } else { rest.rfind('@') };
    end.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_and_parameters_are_not_shown() {
        for (url, safe) in [
            ("http://me:hunter2@host/path", "http://****@host/path"),
            ("http://me:hunter2@host:4318/v1/traces?key=hunter2", "http://****@host:4318/v1/traces?****"),
            ("http://me:hunt@er2@host", "http://****@host"),
            ("me:hunter2@host:4318", "****@host:4318"),
            ("http://@host", "http://@host"),
            ("http://host/?token=hunter2", "http://host/?****"),
            ("http://host?token=hunter2@host#x", "http://host?****"),
            ("host?token=hunter2&to=http://other", "host?****"),
            ("http://host/#token=hunter2", "http://host/#****"),
            ("http://host:4318", "http://host:4318"),
            ("http://[::1]:4318/a", "http://[::1]:4318/a"),
            ("", ""),
        ] {
            assert_eq!(without_credentials(url), safe);
        }
    }

    #[test]
    fn a_password_that_should_have_been_encoded_is_not_shown_either() {
        for url in ["http://me:hunt/er@2@host", "http://me:hun?ter2@host", "http://me:hunt#er2@host"] {
            assert_eq!(without_credentials(url), "http://****@host");
        }
    }

    #[test]
    fn urls_have_parts() {
        for (url, user_info, address, rest) in [
            ("http://host", None, "host", ""),
            ("http://a@b:c@d@host:1/x@y?z@", Some("a@b:c@d"), "host:1", "/x@y?z@"),
            ("https://[fe80::1]?q", None, "[fe80::1]", "?q"),
            ("http://@host#f", Some(""), "host", "#f"),
        ] {
            let parts = UrlParts::of(url).unwrap();
            assert_eq!((parts.user_info, parts.address, parts.rest), (user_info, address, rest), "{url}");
        }
        for url in ["host:1", "http://", "http://me@", "http://me:hunt/er2@host", "http://[::1", "://"] {
            assert!(UrlParts::of(url).is_none(), "{url}");
        }
    }

    #[test]
    fn hosts_ports_and_credentials_are_found() {
        for (url, host, port, credentials) in [
            ("http://host", "host", None, None),
            ("http://[::1]", "::1", None, None),
            ("http://[::1]:80", "::1", Some(80), None),
            ("http://me@host:65535", "host", Some(65535), Some(("me", ""))),
            ("http://:hunter2@host", "host", None, Some(("", "hunter2"))),
            ("http://me:a:b%40@host", "host", None, Some(("me", "a:b%40"))),
            ("http://:@host", "host", None, None),
            ("http://@host", "host", None, None),
        ] {
            let parts = UrlParts::of(url).unwrap();
            assert_eq!((parts.host(), parts.port(), parts.credentials()), (host, port, credentials), "{url}");
        }
    }

    #[test]
    fn loopback_is_this_machine_alone() {
        for host in ["LOCALHOST", "localhost.", "a.localhost", "127.255.0.1", "::ffff:127.0.0.1"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in
            ["", "notlocalhost", "localhost.example", "127.0.0.1.example", "0.0.0.0", "10.0.0.1", "::"]
        {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn a_path_may_hold_an_at_sign() {
        for url in ["http://host/a@b", "https://host:4318/a@b/c", "host:4317/a@b"] {
            assert_eq!(without_credentials(url), url);
        }
    }
}
