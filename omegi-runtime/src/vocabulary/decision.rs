//! The reason of the decision about a flow.

/// The reason for which a flow is kept, or dropped. Of several, the first of this order counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum DecisionReason {
    /// Kept: it has an error that counts.
    Failed,
    /// Kept: the program requested it.
    Requested,
    /// Kept: a service that it called keeps its part.
    Upstream,
    /// Kept: sampling keeps it.
    Sampled,
    /// Dropped: the error rate limit suppressed it.
    Suppressed,
    /// Dropped: its errors are those of the caller.
    ClientError,
    /// Dropped: its errors are expected.
    ExpectedError,
    /// Dropped: nothing asks to keep it.
    Unsampled,
}

impl DecisionReason {
    /// Returns whether the flow is kept.
    pub(crate) const fn is_kept(self) -> bool {
        matches!(self, Self::Failed | Self::Requested | Self::Upstream | Self::Sampled)
    }

    /// Returns whether the flow is spooled, and evicted last. What another service asks for ranks
    /// behind the errors and requests of this one.
    pub(crate) const fn must_keep(self) -> bool {
        matches!(self, Self::Failed | Self::Requested)
    }

    /// Returns the word for the reason to keep a flow, in `omegi.flow.kept_by`.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Failed => "error",
            Self::Requested => "request",
            Self::Upstream => "upstream",
            Self::Sampled => "rate",
            Self::Suppressed | Self::ClientError | Self::ExpectedError | Self::Unsampled => "",
        }
    }
}
