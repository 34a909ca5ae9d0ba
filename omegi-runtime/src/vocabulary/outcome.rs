//! The end of a call.

/// The end of a call of an instrumented function.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::{Flow, Outcome};
///
/// /// Returns the number of futures that were dropped before they were ready.
/// fn cancelled(flow: &Flow) -> usize {
///     flow.spans.iter().filter(|span| span.outcome == Outcome::Cancelled).count()
/// }
/// assert!(Outcome::Panic.is_error() && !Outcome::Cancelled.is_error());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
// A whole word. A guard stores it when it is made, and loads it together with the span when it is
// dropped. A load that is wider than the store before it waits until the store has left the CPU: 13
// cycles a call.
#[repr(u32)]
pub enum Outcome {
    /// The call had not ended when its flow did: the program exited in it, or its future left the
    /// flow.
    #[default]
    Open = 0,
    /// The call returned no error.
    Returned = 1,
    /// The call returned an error.
    Error = 2,
    /// The call unwound.
    Panic = 3,
    /// The call was a future that was dropped before it was ready.
    Cancelled = 4,
}

impl Outcome {
    /// Returns whether the span's status is ERROR.
    #[must_use]
    pub const fn is_error(self) -> bool {
        matches!(self, Self::Error | Self::Panic)
    }
}
