//! Text that is never printed.

use std::fmt;

use super::problem::Complaint;

/// What stands in the place of a secret.
pub(crate) const MASK: &str = "****";

/// A credential: its `Debug` shows `****`, and it has no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SecretText(String);

impl SecretText {
    /// The text itself, for the request that has to carry it, and for whoever takes it out of other texts.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// Any text that C can hold: a password may be anything.
    pub(super) fn for_c(text: impl Into<String>) -> Result<Self, Complaint> {
        let text = text.into();
        if text.contains('\0') { Err("holds a NUL character".into()) } else { Ok(Self(text)) }
    }

    /// A text that can stand in the value of a header.
    pub(crate) fn for_header(text: impl Into<String>) -> Result<Self, Complaint> {
        let text = text.into();
        let fits = text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
        if fits {
            Ok(Self(text))
        } else {
            Err("holds a character that a header cannot carry (a line break?)".into())
        }
    }

    /// The value of an `authorization` header that shows this as its bearer's token.
    pub(super) fn as_bearer(&self) -> Self {
        Self(format!("Bearer {}", self.0))
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}
