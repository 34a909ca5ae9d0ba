//! Values as they may be printed: on one line, of bounded length, without secrets.

use std::borrow::Cow;

use omegi_config::without_credentials;

pub(crate) use omegi_config::MASK;

/// Characters of a wrong value that are printed: enough to recognise it, too few to flood a log.
const SHOWN_CHARS: usize = 64;

/// The part of a value that may be printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Privacy {
    /// All but the user and password of a URL, which a value may be by mistake.
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
        Privacy::Public => quoted(&without_userinfo(value)),
        Privacy::Url => quoted(&without_credentials(value)),
        Privacy::Pairs => quoted(&pieces(value).map(masked_pair).collect::<Vec<_>>().join(",")),
        Privacy::Secret => MASK.to_owned(),
    }
}

/// Returns one piece of the list `value` as it may be printed; a piece that is secret is named by
/// its place.
pub(super) fn shown_piece(value: &str, piece: &str, privacy: Privacy) -> String {
    if privacy == Privacy::Pairs && shown_name(piece).is_none() {
        return format!("{MASK} in place {}", place_of(value, piece));
    }
    // A comma in a password cuts it into pieces.
    let has_userinfo = without_userinfo(value) != value;
    if privacy == Privacy::Public && has_userinfo && piece != value.trim() {
        return format!("{MASK} in place {}", place_of(value, piece));
    }
    shown(piece, privacy)
}

/// Returns the place of `piece` in the list `value`, from 1 on.
fn place_of(value: &str, piece: &str) -> usize {
    pieces(value).position(|it| it == piece).map_or(1, |place| place + 1)
}

/// Returns `name` as it may be printed: on one line, of bounded length.
pub(super) fn printable(name: &str) -> String {
    match name.char_indices().nth(SHOWN_CHARS) {
        None => name.escape_debug().to_string(),
        Some((end, _)) => format!("{}…", name[..end].escape_debug()),
    }
}

/// Returns the pieces of a comma list. Blanks around a piece and empty pieces are skipped.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|piece| !piece.is_empty())
}

/// Returns `value` with `****` from its first `://` to its last `@`, or up to that `@` if a colon
/// precedes it: user and password stand there.
fn without_userinfo(value: &str) -> Cow<'_, str> {
    let Some(end) = value.rfind('@').filter(|end| value[..*end].contains(':')) else { return value.into() };
    let start = value[..end].find("://").map_or(0, |scheme| scheme + "://".len());
    format!("{}{MASK}{}", &value[..start], &value[end..]).into()
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
        for (value, safe) in [
            ("http://me:hunter2@x", "http://****@x"),
            ("a,http://me:hun,ter2@x,b", "a,http://****@x,b"),
            ("me:hunter2@x", "****@x"),
            ("shop@home", "shop@home"),
            ("a:b", "a:b"),
        ] {
            assert_eq!(shown(value, Privacy::Public), format!("{safe:?}"));
            assert_eq!(shown_piece(value, value, Privacy::Public), format!("{safe:?}"));
        }
        let list = "a,http://me:hun,ter2@x";
        let piece = |piece| shown_piece(list, piece, Privacy::Public);
        assert_eq!([piece("http://me:hun"), piece("ter2@x")], ["**** in place 2", "**** in place 3"]);
        assert_eq!(shown_piece("a,b:c", "b:c", Privacy::Public), r#""b:c""#);
    }
}
