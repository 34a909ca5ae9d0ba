//! The user and password in front of a URL's host ([RFC 3986, 3.2.1]).
//!
//! [RFC 3986, 3.2.1]: https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1

use std::ops::Range;

use super::reading::floor_boundary;

/// The farthest host behind an invalid password that is searched.
const FARTHEST: usize = 256;

/// Adds the ranges of users and passwords of URLs in `text`.
pub(super) fn find(text: &str, found: &mut Vec<Range<usize>>) {
    for (scheme_end, separator) in text.match_indices("://") {
        let start = scheme_end + separator.len();
        let end = floor_boundary(text, start + FARTHEST);
        let rest = &text[start..end];
        if let Some(length) = user_info(rest).or_else(|| cut_off(rest).filter(|_| end == text.len())) {
            found.extend((!is_harmless(&text[start..start + length])).then_some(start..start + length));
        }
    }
}

/// Returns whether it is empty, or the placeholder of the conventions (`url.full`).
fn is_harmless(user_info: &str) -> bool {
    matches!(user_info, "" | "REDACTED:REDACTED")
}

/// The length of the user and password at the beginning of `rest`.
fn user_info(rest: &str) -> Option<usize> {
    let authority = until(rest, |letter| ends_url(letter) || matches!(letter, '/' | '?' | '#'));
    if let Some(at) = authority.rfind('@') {
        return Some(at);
    }
    // A password with a slash is not valid, but some write it. The text behind a colon is a
    // password unless it is a port.
    let (_, port) = authority.split_once(':').filter(|_| !authority.starts_with('['))?;
    let is_port = port.bytes().all(|byte| byte.is_ascii_digit());
    if is_port { None } else { until(rest, ends_url).rfind('@') }
}

/// The length of a user and password at the end of a text that was cut there, before the host.
fn cut_off(rest: &str) -> Option<usize> {
    let (_, password) = rest.split_once(':')?;
    // `host:port` and an address of IPv6 are none.
    let is_host = password.eq_ignore_ascii_case("port") || password.contains(':');
    let is_password = !is_host
        && password.bytes().any(|byte| byte.is_ascii_alphabetic())
        && !rest.contains(|letter| ends_url(letter) || matches!(letter, '/' | '?' | '#' | '[' | '{' | ')'));
    is_password.then_some(rest.len())
}

fn ends_url(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '"' | '\'' | '<' | '>' | '`' | '\\')
}

fn until(text: &str, end: impl Fn(char) -> bool) -> &str {
    &text[..text.find(end).unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_and_passwords_are_found_and_hosts_left() {
        for (text, secrets) in [
            ("see http://me:hunter2@host/path.", vec!["me:hunter2"]),
            ("(postgres://me:p%40@[::1]:5432/db?x=1)", vec!["me:p%40"]),
            ("redis://:hunter2@host", vec![":hunter2"]),
            ("https://ghp_abc@github.com/a/b", vec!["ghp_abc"]),
            ("http://me:hunt/er@2@host/", vec!["me:hunt/er@2"]),
            ("a://b@c d://e:f@g", vec!["b", "e:f"]),
            ("http://host:4318/@user http://[::1]:80/@x http://host/a:b@c", vec![]),
            ("http://@host ://", vec![]),
            ("cut off: http://me:hunt", vec!["me:hunt"]),
            ("from http://host:port", vec![]),
            ("at tcp://fe80::1", vec![]),
            ("to http://host:80", vec![]),
            ("http://REDACTED:REDACTED@host/", vec![]),
        ] {
            let mut found = Vec::new();
            find(text, &mut found);
            assert_eq!(found.into_iter().map(|it| &text[it]).collect::<Vec<_>>(), secrets, "{text}");
        }
    }
}
