//! Flushes: the conditions under which one gives up, and its result.

/// The time for which a flush waits for exporters that fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FlushPolicy {
    /// Waits until the deadline.
    UntilDeadline,
    /// Waits until the deadline, but only for one attempt of an exporter that has never exported
    /// anything: a command does not hang at its end because there is no backend.
    UnlessNeverConnected,
}

/// The result of a flush. The greater result is the worse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Flushed {
    /// No flow is left that was pushed before the flush.
    All,
    /// One more attempt has failed at an exporter that has never exported anything.
    GaveUp,
    /// The deadline has passed.
    Late,
}
