//! The conventions without the feature `enable`: the same names.

/// Does nothing: the feature `enable` is off.
#[derive(Clone, Debug, Default)]
pub struct GrpcServer {}

/// Does nothing: the feature `enable` is off.
#[derive(Clone, Debug, Default)]
pub struct GrpcClient {}

impl GrpcClient {
    /// Ignored: the feature `enable` is off.
    #[inline]
    #[must_use]
    pub fn server(self, _: impl Into<String>, _: u16) -> Self {
        self
    }
}
