//! Text that is never printed.

use std::fmt;

use super::parsed::Reason;
use super::printing::MASK;

/// A credential: its `Debug` shows `****`, and it has no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SecretText(String);

impl SecretText {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the text itself, for the request that carries it and for removing it from other
    /// texts.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// Checks that C can hold the text: apart from that, a password may be anything.
    pub(super) fn checked_for_c(self) -> Result<Self, Reason> {
        if self.0.contains('\0') { Err("holds a NUL character".into()) } else { Ok(self) }
    }

    /// Checks that the text can be the value of a header.
    pub(super) fn checked_for_header(self) -> Result<Self, Reason> {
        let fits = self.0.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
        if fits {
            Ok(self)
        } else {
            Err("holds a character that a header cannot carry (a line break?)".into())
        }
    }

    /// Returns the value of an `authorization` header with this bearer token.
    pub(super) fn as_bearer(&self) -> Self {
        Self(format!("Bearer {}", self.0))
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}
