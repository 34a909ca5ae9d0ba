//! The reason of the decision about a flow.

/// The reason for which a flow is kept, or dropped. Of several, the first of this order counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum DecisionReason {
    /// Kept: it has an error that counts.
    Failed,
    /// Kept: the program or another service requested it.
    Requested,
    /// Kept: sampling keeps it.
    Sampled,
    /// Dropped: the error rate limit suppressed it.
    Suppressed,
    /// Dropped: nothing asks to keep it.
    Unsampled,
}

impl DecisionReason {
    /// Returns whether the flow is kept.
    pub(crate) const fn is_kept(self) -> bool {
        matches!(self, Self::Failed | Self::Requested | Self::Sampled)
    }
}
