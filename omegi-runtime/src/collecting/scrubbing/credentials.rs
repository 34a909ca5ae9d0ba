//! Credentials of HTTP's authentication ([RFC 9110, 11.4]): a scheme, and a token or a list of
//! parameters.
//!
//! [RFC 9110, 11.4]: https://www.rfc-editor.org/rfc/rfc9110#section-11.4

use std::ops::Range;

use super::extents::{Extent, Unquoted};
use super::literals;
use super::reading::{
    Signs, begins_entry, byte, byte_before, ceil_boundary, is_blank, is_name, is_word, skip, steps,
};

/// Schemes whose credentials are a token.
const WITH_TOKENS: [&str; 12] = [
    "ApiKey",
    "Basic",
    "Bearer",
    "Bot",
    "DPoP",
    "GenieKey",
    "JWT",
    "Key",
    "NTLM",
    "Negotiate",
    "SharedAccessKey",
    "Token",
];

/// Schemes whose credentials are parameters.
const WITH_PARAMETERS: [&str; 7] =
    ["AWS4-HMAC-SHA256", "Digest", "GNAP", "Hawk", "OAuth", "SharedAccessSignature", "Signature"];

/// Schemes of tokens that are words of sentences too.
const ORDINARY: [&str; 4] = ["Bot", "JWT", "Key", "Token"];

/// The shortest token without another sign of being one.
const SHORTEST: usize = 20;

/// Returns the end of the credentials whose first word is `value`. A name stands before them;
/// behind that of a header, any word `may_be_scheme`.
pub(super) fn end(text: &str, value: &Range<usize>, may_be_scheme: bool) -> usize {
    let word = &text[value.clone()];
    let start = skip(text, value.end, is_blank);
    let is = |schemes: &[&str]| schemes.iter().any(|scheme| scheme.eq_ignore_ascii_case(word));
    if start == value.end || start == text.len() {
        value.end
    } else if begins_entry(text, start, Signs::All) {
        if is(&WITH_PARAMETERS) { parameters(text, start) } else { value.end }
    } else if is(&WITH_TOKENS) || is(&WITH_PARAMETERS) || may_be_scheme && is_capitalised(word) {
        Unquoted { text, start, extent: Extent::Word, is_in_quotes: true, is_in_brackets: true }.end()
    } else {
        value.end
    }
}

fn is_capitalised(word: &str) -> bool {
    word.starts_with(|letter: char| letter.is_ascii_uppercase())
        && word.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-')
}

/// Adds the ranges of credentials that have a scheme before them, but no name.
pub(super) fn find(text: &str, found: &mut Vec<Range<usize>>) {
    let mut at = 0;
    for (blank, _) in text.match_indices(' ') {
        steps::add(1);
        if blank < at {
            continue;
        }
        let scheme = word_before(text, blank);
        let token = blank + 1;
        if !scheme.starts_with(|letter: char| letter.is_ascii_uppercase()) {
            continue;
        }
        if WITH_PARAMETERS.contains(&scheme) && begins_entry(text, token, Signs::Equals) {
            at = parameters(text, token);
            found.push(token..at);
        } else if WITH_TOKENS.contains(&scheme) && !ORDINARY.contains(&scheme) {
            let end = skip(text, token, |byte| is_name(byte) || b"~+/=".contains(&byte));
            found.extend(looks_random(&text[token..end]).then_some(token..end));
        }
    }
}

fn word_before(text: &str, end: usize) -> &str {
    let length =
        text.as_bytes()[..end].iter().rev().take(SHORTEST).take_while(|byte| is_name(**byte)).count();
    let start = ceil_boundary(text, end - length);
    let is_whole = byte_before(text, start).is_none_or(|byte| !is_word(byte));
    if is_whole { &text[start..end] } else { "" }
}

/// Returns the end of a list of parameters.
fn parameters(text: &str, from: usize) -> usize {
    let mut at = from;
    loop {
        let sign = at + text[at..].find(['=', ':']).unwrap_or(text.len() - at);
        let start = skip(text, (sign + 1).min(text.len()), is_blank);
        let word =
            || Unquoted { text, start, extent: Extent::Word, is_in_quotes: true, is_in_brackets: true }.end();
        let end = literals::end(text, start).unwrap_or_else(word);
        let separator = skip(text, end, is_blank);
        let next = match byte(text, separator) {
            Some(b',' | b'&' | b';') => skip(text, separator + 1, is_blank),
            _ => return end,
        };
        if !begins_entry(text, next, Signs::All) {
            return end;
        }
        at = next;
    }
}

/// Returns whether no word of a language looks so.
fn looks_random(word: &str) -> bool {
    let has_digit = word.len() >= 6 && word.bytes().any(|byte| byte.is_ascii_digit());
    let is_mixed = word.bytes().any(|byte| byte.is_ascii_lowercase())
        && word.bytes().skip(1).any(|byte| byte.is_ascii_uppercase());
    has_digit || is_mixed || word.len() >= SHORTEST
}
