//! What is left of the layers without the feature `enable`: the same names.

use super::ClientLayer;

/// What a server says of calls: nothing.
#[derive(Clone, Debug, Default)]
pub struct Server {}

/// What a client says of calls: nothing.
#[derive(Clone, Debug, Default)]
pub struct Client {}

impl ClientLayer {
    /// Ignored: the feature `enable` is off.
    #[inline]
    #[must_use]
    pub fn server(self, _: impl Into<String>, _: u16) -> Self {
        self
    }
}
