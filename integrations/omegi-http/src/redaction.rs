//! The secrets of a URL: user and password, and the values of parameters with the name of a secret.

use std::borrow::Cow;

use omegi::instrumentation::{MASK, is_secret};
use percent_encoding::percent_decode_str;

/// The conventions' text in the place of a secret that they name.
const REDACTED: &str = "REDACTED";

/// The parameters that the conventions name as secret (`url.query`), in any case: a name that is
/// masked too often does less harm than one that is not. And the signature of AWS's version 4.
const KNOWN: [&str; 5] = ["AWSAccessKeyId", "Signature", "sig", "X-Goog-Signature", "X-Amz-Signature"];

/// Returns a URL without its secrets: user and password, and the values of parameters of its query
/// and fragment that are secret by their names ([`is_secret`], and those that the conventions
/// name).
///
/// ```
/// let url = omegi_http::redact_url("https://me:pw@shop.example/orders?page=1&api_key=x");
/// assert_eq!(url, "https://REDACTED:REDACTED@shop.example/orders?page=1&api_key=****");
/// ```
#[must_use]
pub fn redact_url(url: &str) -> String {
    let (url, fragment) = split(url, '#');
    let (url, query) = split(url, '?');
    let mut redacted = without_credentials(url);
    for (separator, part) in [('?', query), ('#', fragment)] {
        if let Some(part) = part {
            redacted.push(separator);
            redacted.push_str(&redact_query(part));
        }
    }
    redacted
}

/// Returns a query without the values of secret parameters. `;` separates parameters too, as some
/// servers read it.
pub(super) fn redact_query(query: &str) -> String {
    query.split_inclusive(['&', ';']).map(redact_parameter).collect()
}

fn split(text: &str, separator: char) -> (&str, Option<&str>) {
    text.split_once(separator).map_or((text, None), |(before, after)| (before, Some(after)))
}

/// Replaces the user and password of `https://user:password@host/`.
fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("//") else { return url.to_owned() };
    let end = rest.find('/').unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => format!("{scheme}//{REDACTED}:{REDACTED}{}", &rest[at..]),
        None => url.to_owned(),
    }
}

fn redact_parameter(parameter: &str) -> Cow<'_, str> {
    let Some((name, value)) = parameter.split_once('=') else { return Cow::Borrowed(parameter) };
    let Some(replacement) = replacement(name) else { return Cow::Borrowed(parameter) };
    let end = value.trim_start_matches(|letter| letter != '&' && letter != ';');
    Cow::Owned(format!("{name}={replacement}{end}"))
}

/// Returns the replacement for the value of the parameter `name`, if that is secret.
fn replacement(name: &str) -> Option<&'static str> {
    // Some servers drop a stray `%`: `to%ken` is `token` to them.
    let name = percent_decode_str(name).decode_utf8_lossy().replace('%', "");
    if is_secret(&name) {
        return Some(MASK);
    }
    KNOWN.iter().any(|known| known.eq_ignore_ascii_case(&name)).then_some(REDACTED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_masked_by_their_names() {
        for (query, masked) in [
            ("", ""),
            ("a=1&b", "a=1&b"),
            ("password=x", "password=****"),
            ("a=1&token=x=y&b=2", "a=1&token=****&b=2"),
            ("a=1;token=x;b=2", "a=1;token=****;b=2"),
            ("p%61ssword=x", "p%61ssword=****"),
            ("to%ken=x&%token=y", "to%ken=****&%token=****"),
            ("sig=x&SIG=y&signature=z", "sig=REDACTED&SIG=REDACTED&signature=REDACTED"),
            ("AWSAccessKeyId=x&X-Goog-Signature=y", "AWSAccessKeyId=****&X-Goog-Signature=REDACTED"),
            ("X-Amz-Signature=x&X-Amz-Date=y", "X-Amz-Signature=REDACTED&X-Amz-Date=y"),
            ("token", "token"),
            ("&&token=&", "&&token=****&"),
        ] {
            assert_eq!(redact_query(query), masked, "{query}");
        }
    }

    #[test]
    fn urls_lose_their_credentials_and_secrets() {
        for (url, masked) in [
            ("http://a.example/b?c=d", "http://a.example/b?c=d"),
            ("http://u:p@a.example:1/b@c", "http://REDACTED:REDACTED@a.example:1/b@c"),
            ("http://u@a.example", "http://REDACTED:REDACTED@a.example"),
            ("http://u:p@x@a.example?q=/@", "http://REDACTED:REDACTED@a.example?q=/@"),
            ("http://a.example/?token=x#access_token=y", "http://a.example/?token=****#access_token=****"),
            ("/b?token=x", "/b?token=****"),
        ] {
            assert_eq!(redact_url(url), masked, "{url}");
        }
    }
}
