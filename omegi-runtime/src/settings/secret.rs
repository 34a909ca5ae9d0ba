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
}

/// Checks that C can hold a text: apart from that, a password may be anything.
pub(super) fn check_for_c(text: &str) -> Result<(), Reason> {
    if text.contains('\0') { Err("holds a NUL character".into()) } else { Ok(()) }
}

/// Checks that a text can be the value of a header.
pub(super) fn check_for_header(text: &str) -> Result<(), Reason> {
    let fits = text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    if fits { Ok(()) } else { Err("holds a character that a header cannot carry (a line break?)".into()) }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}
