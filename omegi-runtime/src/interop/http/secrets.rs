//! What of a URL must not leave the process: who signs in with it, and the values of parameters that are secret by their
//! names.

use std::borrow::Cow;

use crate::recording::policy;
use crate::settings::{MASK, Masking};
use crate::vocabulary::percent;

/// What the conventions write in the place of a secret that they know of.
const REDACTED: &str = "REDACTED";

/// The parameters that the conventions know to be secret (`url.query`).
const KNOWN: [&str; 4] = ["AWSAccessKeyId", "Signature", "sig", "X-Goog-Signature"];

/// A URL without its secrets, as this process is told to know them.
pub(in super::super) fn without_secrets(url: &str) -> String {
    masking().map_or_else(String::new, |masking| masked_url(url, masking))
}

/// A query without its secrets, as this process is told to know them.
pub(super) fn query_without_secrets(query: &str) -> String {
    masking().map_or_else(String::new, |masking| masked_query(query, masking))
}

fn masking() -> Option<&'static Masking> {
    policy::get().map(|policy| &*policy.masking)
}

fn masked_url(url: &str, masking: &Masking) -> String {
    let (url, fragment) = split(url, '#');
    let (url, query) = split(url, '?');
    let mut masked = without_credentials(url);
    for (separator, part) in [('?', query), ('#', fragment)] {
        if let Some(part) = part {
            masked.push(separator);
            masked.push_str(&masked_query(part, masking));
        }
    }
    masked
}

fn split(text: &str, separator: char) -> (&str, Option<&str>) {
    text.split_once(separator).map_or((text, None), |(before, after)| (before, Some(after)))
}

/// `https://user:password@host/` with something else where user and password stand.
fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("//") else { return url.to_owned() };
    let end = rest.find('/').unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => format!("{scheme}//{REDACTED}:{REDACTED}{}", &rest[at..]),
        None => url.to_owned(),
    }
}

/// The parameters of a query; `;` separates them too, for some who read them.
fn masked_query(query: &str, masking: &Masking) -> String {
    query.split_inclusive(['&', ';']).map(|parameter| masked_parameter(parameter, masking)).collect()
}

fn masked_parameter<'a>(parameter: &'a str, masking: &Masking) -> Cow<'a, str> {
    let Some((name, value)) = parameter.split_once('=') else { return Cow::Borrowed(parameter) };
    let Some(mask) = mask(name, masking) else { return Cow::Borrowed(parameter) };
    let end = value.trim_start_matches(|letter| letter != '&' && letter != ';');
    Cow::Owned(format!("{name}={mask}{end}"))
}

/// What stands in the place of the value of the parameter `name`, which may be encoded, if that is a secret.
fn mask(name: &str, masking: &Masking) -> Option<&'static str> {
    let name: Vec<u8> = percent::octets(name).flatten().collect();
    let name = String::from_utf8_lossy(&name);
    if masking.masks(&name) {
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
            ("sig=x&SIG=y&signature=z", "sig=REDACTED&SIG=REDACTED&signature=REDACTED"),
            ("AWSAccessKeyId=x&X-Goog-Signature=y", "AWSAccessKeyId=****&X-Goog-Signature=REDACTED"),
            ("token", "token"),
            ("&&token=&", "&&token=****&"),
        ] {
            assert_eq!(masked_query(query, &Masking::default()), masked, "{query}");
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
            assert_eq!(masked_url(url, &Masking::default()), masked, "{url}");
        }
    }
}
