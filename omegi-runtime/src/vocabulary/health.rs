//! What omegi itself has done and dropped.

/// What omegi has done so far, counted since the start of the process.
///
/// A flow counts once however many tasks and threads it has gone on in. What one of them does after it was decided about the
/// flow without it, or a future away from the task that it began in, counts as a flow of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Flows that have ended.
    pub flows: u64,
    /// The calls in those flows, kept or not.
    pub spans: u64,
    /// Those of the flows in which something failed: all are to be kept.
    pub failed_flows: u64,
    /// Those of the others that are kept because somebody asked: another service that met an error, or the program.
    pub asked_flows: u64,
    /// Those of the others that sampling keeps.
    pub sampled_flows: u64,
    /// Flows that were handed to every exporter and that all of them took.
    pub exported_flows: u64,
    /// The spans of those flows.
    pub exported_spans: u64,
    /// Flows that were to be kept, and were lost because `OMEGI_MEMORY` was used up.
    pub flows_lost_to_memory: u64,
    /// Flows that an exporter could not write.
    pub flows_lost_to_export: u64,
    /// Spans without a record of their own: those of lost flows, and the calls that were summarised or counted only.
    pub dropped_spans: u64,
    /// Headers of other services about traces that were malformed, too long or one too many, and so were not read, or
    /// not all of them.
    pub headers_ignored: u64,
    /// Tags whose key or value was too long and was cut.
    pub tags_shortened: u64,
    /// Tags that were left out because a span had too many.
    pub tags_dropped: u64,
}
