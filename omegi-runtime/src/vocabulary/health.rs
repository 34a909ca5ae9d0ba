//! What omegi itself has done and dropped.

/// What omegi has done so far, counted since the start of the process.
///
/// A flow counts once however many tasks and threads it has gone on in. What one of them does after it was decided about the
/// flow without it, or a future away from the task that it began in, counts as a flow of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// Flows that have ended.
    pub flows: u64,
    /// The calls in those flows, kept or not.
    pub spans: u64,
    /// Those of the flows that are to be kept for an error.
    pub failed_flows: u64,
    /// Those of the others that are kept because somebody asked: another service that met an error, or the program.
    pub asked_flows: u64,
    /// Those of the others that sampling keeps.
    pub sampled_flows: u64,
    /// Flows with an error that are not kept, because too many failed in the same way (`OMEGI_ERROR_LIMIT`).
    pub suppressed_flows: u64,
    /// Flows that every exporter took; none where there is no exporter.
    pub exported_flows: u64,
    /// The spans of those flows.
    pub exported_spans: u64,
    /// Flows that at least one exporter did not get but from disk, now or after the next start (`OMEGI_SPOOL`).
    pub spooled_flows: u64,
    /// Flows that were to be kept, and were lost because `OMEGI_MEMORY` was used up: those in which nothing failed first.
    pub flows_lost_to_memory: u64,
    /// Flows that at least one exporter could not write, and for which there is no hope that it will.
    pub flows_lost_to_export: u64,
    /// Spans without a record of their own: those of lost flows, and the calls that were summarised or counted only.
    pub dropped_spans: u64,
    /// Flows that wait for an exporter, or are being written.
    pub waiting_flows: u64,
    /// What those take of `OMEGI_MEMORY`, in bytes.
    pub waiting_bytes: u64,
    /// Failed attempts of all exporters to write.
    pub export_failures: u64,
    /// Data points of [metrics](crate::Builder::health_metrics) that were exported.
    pub exported_points: u64,
    /// Data points that could not be: their figures come again, and grown, with the next.
    pub failed_points: u64,
    /// Headers of other services about traces that were malformed, too long or one too many, and so were not read, or
    /// not all of them.
    pub headers_ignored: u64,
    /// Tags whose key or value was too long and was cut.
    pub tags_shortened: u64,
    /// Tags that were left out because a span had too many.
    pub tags_dropped: u64,
    /// The exporters, each by itself.
    pub exporters: Vec<ExporterHealth>,
}

/// What one exporter has done so far, since the start of the process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExporterHealth {
    /// What it is called: `console`, `otlp`.
    pub name: &'static str,
    /// Flows that it has written, or a part of each, those of earlier processes among them.
    pub exported_flows: u64,
    /// The spans of those flows, but for what was rejected.
    pub exported_spans: u64,
    /// Bytes that it has written, if it counts them.
    pub exported_bytes: Option<u64>,
    /// Spans that were refused for good while other spans of their flows were written, or while it is not known whose they
    /// were. They count as neither exported nor lost.
    pub rejected_spans: u64,
    /// Attempts to write that failed, or were refused in part.
    pub failures: u64,
    /// Those of them after which the same flows were, or will be, tried again.
    pub retries: u64,
    /// Flows that wait for it, or that it is writing.
    pub waiting_flows: u64,
    /// The spans of those flows.
    pub waiting_spans: u64,
    /// What those take of `OMEGI_MEMORY`, in bytes. Exporters share what waits for several of them.
    pub waiting_bytes: u64,
    /// The spans of what it is writing.
    pub writing_spans: u64,
    /// Flows that wait for it on disk, of this process and of earlier ones.
    pub spooled_flows: u64,
    /// What those take there, in bytes.
    pub spooled_bytes: u64,
    /// Flows that it has lost: written off after a failure, or given up for want of memory.
    pub lost_flows: u64,
    /// The spans of those of them that were given up for want of memory.
    pub spans_lost_to_memory: u64,
    /// The spans of those that it could not write.
    pub spans_lost_to_export: u64,
}
