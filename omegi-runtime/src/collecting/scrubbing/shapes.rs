//! Secrets that are recognised by their own look, without a name: private keys in PEM ([RFC 7468]),
//! JSON Web Tokens ([RFC 7519]), and tokens with a prefix that their issuer gives them.
//!
//! [RFC 7468]: https://www.rfc-editor.org/rfc/rfc7468
//! [RFC 7519]: https://www.rfc-editor.org/rfc/rfc7519

use std::ops::Range;

use super::reading::{byte_before, is_name, skip, steps};

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";

/// The shortest of these secrets.
pub(super) const SHORTEST: usize = 14;

/// Prefixes of tokens, and the fewest characters behind them.
const PREFIXES: [(&str, usize); 27] = [
    ("AIza", 30),
    ("AKIA", 16),
    ("ASIA", 16),
    ("SG.", 20),
    ("dop_v1_", 20),
    ("ghp_", 20),
    ("gho_", 20),
    ("ghu_", 20),
    ("ghs_", 20),
    ("ghr_", 20),
    ("github_pat_", 20),
    ("glpat-", 16),
    ("hf_", 20),
    ("hvs.", 20),
    ("lin_api_", 20),
    ("npm_", 20),
    ("pypi-", 20),
    ("rk_live_", 16),
    ("rk_test_", 16),
    ("sk-", 20),
    ("sk_live_", 16),
    ("sk_test_", 16),
    ("shpat_", 20),
    ("xoxa-", 10),
    ("xoxb-", 10),
    ("xoxp-", 10),
    ("ya29.", 20),
];

/// Adds the ranges of such secrets.
pub(super) fn find(text: &str, found: &mut Vec<Range<usize>>) {
    if text.contains('-') {
        private_keys(text, found);
    }
    let mut at = 0;
    while at < text.len() {
        let end = skip(text, at, is_name);
        let begins = byte_before(text, at).is_none_or(|byte| byte != b'/' && byte != b'\\');
        if end - at >= SHORTEST && begins && is_token_of_an_issuer(&text[at..end]) {
            found.push(at..end);
        }
        at = skip(text, end, |byte| !is_name(byte));
    }
}

fn private_keys(text: &str, found: &mut Vec<Range<usize>>) {
    let mut at = 0;
    while let Some(length) = text[at..].find(BEGIN) {
        let begin = at + length;
        let label = skip(text, begin + BEGIN.len(), |byte| byte.is_ascii_alphanumeric() || byte == b' ');
        at = label;
        if text[begin..label].contains("PRIVATE KEY") {
            let close = text[label..].find(END).map(|length| label + length + END.len());
            steps::add(close.unwrap_or(text.len()) - label);
            let end = close.map_or(text.len(), |end| {
                let label = skip(text, end, |byte| byte.is_ascii_alphanumeric() || byte == b' ');
                skip(text, label, |byte| byte == b'-')
            });
            found.push(begin..end);
            at = end;
        }
    }
}

fn is_token_of_an_issuer(word: &str) -> bool {
    let has_prefix = |(prefix, fewest): &(&str, usize)| {
        word.strip_prefix(prefix).is_some_and(|rest| rest.len() >= *fewest && looks_random(rest))
    };
    is_web_token(word) || PREFIXES.iter().any(has_prefix)
}

/// Returns whether a word has a digit or a letter in upper case: names in `snake_case` have none.
fn looks_random(rest: &str) -> bool {
    rest.bytes().any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
}

/// Returns whether the word is a JSON object and more in base64, separated by dots.
fn is_web_token(word: &str) -> bool {
    let mut parts = word.split('.');
    let (header, claims) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    header.starts_with("eyJ") && header.len() >= 10 && claims.len() >= 4
}
