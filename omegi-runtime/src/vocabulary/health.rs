//! omegi's own counters.

/// The counters of omegi since the start of the process.
///
/// A flow counts once, whatever the number of its tasks and threads. A part that ends after the
/// decision about its flow counts as a flow of its own. A future that continues away from the task
/// in which it began counts as well.
///
/// ```
/// # use omegi_runtime as omegi;
/// let health = omegi::health();
/// let lost = health.flows_lost_to_memory + health.flows_lost_to_export;
/// println!("{} flows, {} of them failed, {lost} lost", health.flows, health.failed_flows);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// Flows that have ended.
    pub flows: u64,
    /// The calls in those flows, kept or dropped.
    pub spans: u64,
    /// Flows that are kept for an error.
    pub failed_flows: u64,
    /// Other flows that are kept on request of the program.
    pub requested_flows: u64,
    /// Other flows that are kept because a service that they called keeps its part.
    pub upstream_flows: u64,
    /// Other flows that sampling keeps.
    pub sampled_flows: u64,
    /// Flows with an error, or kept by another service alone, that the error rate limit suppressed
    /// (`OMEGI_ERROR_LIMIT`).
    pub suppressed_flows: u64,
    /// Asynchronous flows, or branches of flows, that were not recorded, because `OMEGI_MEMORY` was
    /// used up when they began. If one fails, a flow with its error begins then, and counts. Also
    /// calls without a flow on a thread that blocks a handled signal, as in a signal handler.
    pub unrecorded_flows: u64,
    /// Flows that were dropped because an answer blames their errors on the caller
    /// (`OMEGI_ERRORS=auto`).
    pub client_error_flows: u64,
    /// Flows that were dropped because their errors are expected (`OMEGI_ERRORS=auto`).
    pub expected_error_flows: u64,
    /// The kinds of error that are expected now: a type, and the function where it begins.
    pub expected_error_kinds: u64,
    /// Flows that are each a child of a span which stayed open longer than `OMEGI_FLOW_OPEN`. They
    /// count among `flows`.
    pub flows_of_open_spans: u64,
    /// Exports of flows with an error that were still open.
    pub flows_told_while_open: u64,
    /// Flows that every exporter has exported; zero without an exporter.
    pub exported_flows: u64,
    /// The spans of those flows.
    pub exported_spans: u64,
    /// Flows that went to disk for at least one exporter (`OMEGI_SPOOL`), to be exported now or
    /// after the next start.
    pub spooled_flows: u64,
    /// Kept flows that were dropped because `OMEGI_MEMORY` was used up, those without an error
    /// first.
    pub flows_lost_to_memory: u64,
    /// Flows that at least one exporter could not export and will not export later.
    pub flows_lost_to_export: u64,
    /// Spans without a record of their own: those of lost flows, and calls that were summarised or
    /// only counted.
    pub dropped_spans: u64,
    /// Flows that wait for an exporter or are in flight.
    pub waiting_flows: u64,
    /// The bytes of `OMEGI_MEMORY` that those flows use.
    pub waiting_bytes: u64,
    /// Failed attempts of all exporters.
    pub export_failures: u64,
    /// Data points of [metrics](crate::Builder::health_metrics) that were exported.
    pub exported_points: u64,
    /// Data points that could not be exported. The next export carries newer values.
    pub failed_points: u64,
    /// Trace headers of other services that were malformed, too long or too many, and so were not
    /// read completely.
    pub headers_ignored: u64,
    /// Tags that were shortened because their key or value was too long.
    pub tags_shortened: u64,
    /// Tags that were dropped because a span had too many.
    pub tags_dropped: u64,
    /// The counters of each exporter.
    pub exporters: Vec<ExporterHealth>,
}

/// The counters of one exporter since the start of the process.
///
/// ```
/// # use omegi_runtime as omegi;
/// for exporter in &omegi::health().exporters {
///     let (name, waiting) = (exporter.name, exporter.waiting_flows);
///     println!("{name}: {waiting} flows wait, {} on disk", exporter.spooled_flows);
/// }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExporterHealth {
    /// The exporter's name: `console`, `otlp`.
    pub name: &'static str,
    /// Flows that it has exported at least in part, flows of earlier processes included.
    pub exported_flows: u64,
    /// The spans of those flows, without rejected ones.
    pub exported_spans: u64,
    /// Bytes that it has written, if it counts them.
    pub exported_bytes: Option<u64>,
    /// Spans that the backend refused for good while it accepted other spans of their flows, or
    /// without naming them.
    ///
    /// They count as neither exported nor lost.
    pub rejected_spans: u64,
    /// Attempts that failed, or were refused in part.
    pub failures: u64,
    /// Failed attempts that are followed by another attempt with the same flows.
    pub retries: u64,
    /// Flows that wait for it or are in flight.
    pub waiting_flows: u64,
    /// The spans of those flows.
    pub waiting_spans: u64,
    /// The bytes of `OMEGI_MEMORY` that those flows use. Exporters share flows.
    pub waiting_bytes: u64,
    /// The spans of flows in flight.
    pub writing_spans: u64,
    /// Flows that wait for it on disk, flows of earlier processes included.
    pub spooled_flows: u64,
    /// The bytes that those flows use on disk.
    pub spooled_bytes: u64,
    /// Flows that it has lost, after a failure or for want of memory.
    pub lost_flows: u64,
    /// The spans of flows lost for want of memory.
    pub spans_lost_to_memory: u64,
    /// The spans of flows that could not be exported.
    pub spans_lost_to_export: u64,
}
