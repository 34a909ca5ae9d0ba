//! URLs, well formed or not: the host, and the parts that may be shown.

use crate::masking::MASK;

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
    fn a_path_may_hold_an_at_sign() {
        for url in ["http://host/a@b", "https://host:4318/a@b/c", "host:4317/a@b"] {
            assert_eq!(without_credentials(url), url);
        }
    }
}
