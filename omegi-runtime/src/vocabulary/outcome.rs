//! How a call ended.

/// How a call of an instrumented function ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
// A whole word: a guard stores it when it is made and loads it together with the span when it is dropped, and a load that
// is wider than the store before it has to wait until that has left the CPU: 13 cycles a call.
#[repr(u32)]
pub enum Outcome {
    /// It had not ended when its flow did: the program exited in it, or it is a future that went on, or was dropped, where
    /// its flow was not at hand.
    #[default]
    Open = 0,
    /// It returned, and not with an error.
    Returned = 1,
    /// It returned an error.
    Error = 2,
    /// It unwound.
    Panic = 3,
    /// It was a future that was dropped before it was ready.
    Cancelled = 4,
}

impl Outcome {
    /// Whether the span's status is ERROR.
    #[must_use]
    pub const fn is_error(self) -> bool {
        matches!(self, Self::Error | Self::Panic)
    }
}
