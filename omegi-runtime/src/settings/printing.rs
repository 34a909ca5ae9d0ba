//! Values as they may be printed: on one line, of bounded length, without secrets.

use super::host::is_host_and_port;

/// The text that replaces a secret.
pub(crate) const MASK: &str = "****";

/// Characters of a wrong value that are printed: enough to recognise it, too few to flood a log.
const SHOWN_CHARS: usize = 64;

/// How much of a value may be printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Privacy {
    /// All of it.
    Public,
    /// All but the credentials and the query of a URL.
    Url,
    /// The names of `name=value,name=value`, if they are certainly names.
    Pairs,
    /// Nothing.
    Secret,
}

/// Returns `value` as it may be printed: quoted, on one line, of bounded length, without secrets.
pub(super) fn shown(value: &str, privacy: Privacy) -> String {
    match privacy {
        Privacy::Public => quoted(value),
        Privacy::Url => quoted(&without_credentials(value)),
        Privacy::Pairs => quoted(&pieces(value).map(masked_pair).collect::<Vec<_>>().join(",")),
        Privacy::Secret => MASK.to_owned(),
    }
}

/// Returns one piece of the list `value` as it may be printed; a piece that is secret is named by
/// its place.
pub(super) fn shown_piece(value: &str, piece: &str, privacy: Privacy) -> String {
    if privacy == Privacy::Pairs && shown_name(piece).is_none() {
        let place = pieces(value).position(|it| it == piece).map_or(1, |place| place + 1);
        return format!("{MASK} in place {place}");
    }
    shown(piece, privacy)
}

/// Returns `name` as it may be printed: on one line, of bounded length.
pub(super) fn printable(name: &str) -> String {
    match name.char_indices().nth(SHOWN_CHARS) {
        None => name.escape_debug().to_string(),
        Some((end, _)) => format!("{}…", name[..end].escape_debug()),
    }
}

/// Returns a URL, or a text that was meant as one, with `****` for its user, password, query and
/// fragment.
pub(crate) fn without_credentials(url: &str) -> String {
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

/// Returns the pieces of a comma list. Blanks around a piece and empty pieces are skipped.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|piece| !piece.is_empty())
}

fn quoted(value: &str) -> String {
    match value.char_indices().nth(SHOWN_CHARS) {
        None => format!("{value:?}"),
        Some((end, _)) => format!("{:?}…", &value[..end]),
    }
}

/// Returns `name=value` with `****` for the value, or `****` alone.
fn masked_pair(pair: &str) -> String {
    shown_name(pair).map_or_else(|| MASK.to_owned(), |name| format!("{name}={MASK}"))
}

/// Returns the name of `name=value`, if it is certainly a name.
///
/// A secret that was not encoded is cut at its comma or its `=`. So a piece is no pair if it has no
/// `=`, ends with one as Base64 does, or has other characters than a name before it.
fn shown_name(pair: &str) -> Option<&str> {
    let (name, value) = pair.split_once('=')?;
    let name = name.trim();
    let is_name =
        !name.is_empty() && name.bytes().all(|it| it.is_ascii_alphanumeric() || b"._-/".contains(&it));
    let is_padding = value.trim().bytes().all(|byte| byte == b'=');
    (is_name && !is_padding).then_some(name)
}

/// Returns the length of `https://`; 0 if there is no scheme.
fn end_of_scheme(url: &str) -> usize {
    match url.split_once("://") {
        Some((scheme, _)) if scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) => scheme.len() + 3,
        _ => 0,
    }
}

/// Returns the position of the `@` that ends the credentials of a URL without its scheme; 0 without
/// any.
///
/// An `@` in the path ends no credentials. But if no host stands before the path, the path is part
/// of a password with a `/` in it, and everything up to the last `@` may be a secret.
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
    fn a_shown_value_is_one_line_of_bounded_length() {
        assert_eq!(shown("often", Privacy::Public), r#""often""#);
        assert_eq!(shown("a\nb\u{1b}[31m\0", Privacy::Public), r#""a\nb\u{1b}[31m\0""#);
        assert_eq!(shown("\u{202e}\u{2028}", Privacy::Public), r#""\u{202e}\u{2028}""#);
        let long = shown(&"é".repeat(1_000_000), Privacy::Public);
        assert_eq!(long.chars().filter(|c| *c == 'é').count(), SHOWN_CHARS);
        assert!(long.ends_with("\"…"), "{long}");
    }

    #[test]
    fn secrets_are_not_shown() {
        assert_eq!(shown("hunter2", Privacy::Secret), "****");
        assert_eq!(shown("a=hunter2, b=1,hunter", Privacy::Pairs), r#""a=****,b=****,****""#);
        for (unnamed, safe) in [
            ("aHVudGVyMg==", "****"),
            ("aHVudGVyMg=", "****"),
            ("=hunter2", "****"),
            ("authorization: Bearer hunter2=1", "****"),
            ("hunt,er2==,+hunter2=1", "****,****,****"),
        ] {
            assert_eq!(shown(unnamed, Privacy::Pairs), format!("\"{safe}\""));
        }
        assert_eq!(shown("http://me:hunter2@host", Privacy::Url), r#""http://****@host""#);
    }

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
