//! From what a parser has against a value to a problem that may be printed.

use super::parsing::pieces;
use super::problem::{Complaint, Problem, Severity};
use super::secret::MASK;
use super::url::without_credentials;
use super::variables::Privacy;

/// Characters of a wrong value that are shown: enough to recognise it, too few to flood a log.
const SHOWN_CHARS: usize = 64;

/// What a parser has against a value: against all of it, or against one piece of a list.
#[derive(Debug)]
pub(super) struct Objection {
    piece: Option<String>,
    complaint: Complaint,
}

impl Objection {
    pub(super) fn to_value(complaint: impl Into<Complaint>) -> Self {
        Self { piece: None, complaint: complaint.into() }
    }

    pub(super) fn to_piece(piece: &str, complaint: impl Into<Complaint>) -> Self {
        Self { piece: Some(piece.to_owned()), complaint: complaint.into() }
    }
}

/// A problem of which it is not known yet what will be used instead.
#[derive(Debug)]
pub(super) struct Rejected {
    variable: &'static str,
    subject: String,
    complaint: Complaint,
}

impl Rejected {
    pub(super) fn new(variable: &'static str, value: &str, privacy: Privacy, objection: Objection) -> Self {
        let subject = match objection.piece {
            None => format!("{variable}={}", shown(value, privacy)),
            Some(piece) if privacy == Privacy::Pairs && shown_name(&piece).is_none() => {
                // Which one it is, where nothing of it may be told.
                let place = pieces(value).position(|it| it == piece).map_or(1, |place| place + 1);
                format!("{variable} holds {MASK} in place {place}, which")
            }
            Some(piece) => format!("{variable} holds {}, which", shown(&piece, privacy)),
        };
        Self { variable, subject, complaint: objection.complaint }
    }

    pub(super) fn using(self, instead: &str) -> Problem {
        let Self { variable, subject, complaint } = self;
        let severity = Severity::CannotBeUsed;
        Problem { variable: variable.into(), subject, complaint, instead: instead.to_owned(), severity }
    }
}

/// A value as it may be printed: quoted, on one line, of bounded length, without secrets.
pub(super) fn shown(value: &str, privacy: Privacy) -> String {
    match privacy {
        Privacy::Public => quoted(value),
        Privacy::Url => quoted(&without_credentials(value)),
        Privacy::Pairs => quoted(&pieces(value).map(masked_pair).collect::<Vec<_>>().join(",")),
        Privacy::Secret => MASK.to_owned(),
    }
}

/// A name as it may be printed: on one line, of bounded length.
pub(super) fn printable(name: &str) -> String {
    match name.char_indices().nth(SHOWN_CHARS) {
        None => name.escape_debug().to_string(),
        Some((end, _)) => format!("{}…", name[..end].escape_debug()),
    }
}

/// `name=value` with `****` for the value, or for all of it.
fn masked_pair(pair: &str) -> String {
    shown_name(pair).map_or_else(|| MASK.to_owned(), |name| format!("{name}={MASK}"))
}

/// The name of `name=value`, where it is one beyond doubt. What somebody forgot to encode or to name is a secret cut at its comma or
/// its `=`: what has no `=`, what ends with it as Base64 does, and what has other letters than a name.
fn shown_name(pair: &str) -> Option<&str> {
    let (name, value) = pair.split_once('=')?;
    let name = name.trim();
    let is_name =
        !name.is_empty() && name.bytes().all(|it| it.is_ascii_alphanumeric() || b"._-/".contains(&it));
    let is_padding = value.trim().bytes().all(|byte| byte == b'=');
    (is_name && !is_padding).then_some(name)
}

fn quoted(value: &str) -> String {
    match value.char_indices().nth(SHOWN_CHARS) {
        None => format!("{value:?}"),
        Some((end, _)) => format!("{:?}…", &value[..end]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(value: &str, privacy: Privacy) -> String {
        Rejected::new("X", value, privacy, Objection::to_value("is odd")).using("5").to_string()
    }

    #[test]
    fn a_problem_is_one_line_of_bounded_length_whatever_the_value_holds() {
        assert_eq!(line("often", Privacy::Public), r#"X="often" is odd; using 5"#);
        assert_eq!(line("a\nb\u{1b}[31m\0", Privacy::Public), r#"X="a\nb\u{1b}[31m\0" is odd; using 5"#);
        assert_eq!(line("\u{202e}\u{2028}", Privacy::Public), r#"X="\u{202e}\u{2028}" is odd; using 5"#);
        let long = line(&"é".repeat(1_000_000), Privacy::Public);
        assert_eq!(long.chars().filter(|c| *c == 'é').count(), SHOWN_CHARS);
        assert!(long.contains("\"… is odd"), "{long}");
    }

    #[test]
    fn secrets_are_not_shown() {
        assert_eq!(line("hunter2", Privacy::Secret), "X=**** is odd; using 5");
        assert_eq!(
            line("a=hunter2, b=1,hunter", Privacy::Pairs),
            r#"X="a=****,b=****,****" is odd; using 5"#
        );
        for (unnamed, safe) in [
            ("aHVudGVyMg==", "****"),
            ("aHVudGVyMg=", "****"),
            ("=hunter2", "****"),
            ("authorization: Bearer hunter2=1", "****"),
            ("hunt,er2==,+hunter2=1", "****,****,****"),
        ] {
            assert_eq!(line(unnamed, Privacy::Pairs), format!("X=\"{safe}\" is odd; using 5"));
        }
        assert_eq!(line("http://me:hunter2@host", Privacy::Url), r#"X="http://****@host" is odd; using 5"#);
    }
}
