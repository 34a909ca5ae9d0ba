//! Flows as OTLP's message [`TracesData`], also known as `ExportTraceServiceRequest`: the common
//! parts, and a file for each encoding.
//!
//! Written straight from [`Flow`], without OpenTelemetry's SDK in between (ADR 10).
//!
//! [`TracesData`]: https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto

mod json;
#[cfg(any(feature = "otlp", feature = "kafka"))]
mod protobuf;

use crate::vocabulary::{Flow, Resource, Span, SpanKind, Status, TraceId};

/// `SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK`: the next flag has a meaning.
const REMOTE_IS_KNOWN: u32 = 0x100;

/// `SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK`: the parent is in another process.
const IS_REMOTE: u32 = 0x200;

/// The flag `sampled` of W3C: all exported spans have it.
const SAMPLED: u32 = 1;

/// Spans of one resource, for one message.
#[derive(Debug)]
pub(super) struct TracesData<'f> {
    /// The resource that produced them.
    pub(super) resource: &'f Resource,
    /// The spans, flow after flow.
    pub(super) excerpts: Vec<Excerpt<'f>>,
}

/// Consecutive spans of one flow.
#[derive(Clone, Copy, Debug)]
pub(super) struct Excerpt<'f> {
    /// The flow's trace.
    pub(super) trace_id: TraceId,
    /// The spans.
    pub(super) spans: &'f [Span],
}

impl<'f> TracesData<'f> {
    /// A whole flow.
    pub(super) fn of(flow: &'f Flow) -> Self {
        let excerpt = Excerpt { trace_id: flow.trace_id, spans: &flow.spans };
        Self { resource: &flow.resource, excerpts: vec![excerpt] }
    }

    /// All spans, each with its trace.
    fn spans(&self) -> impl Iterator<Item = (TraceId, &'f Span)> {
        self.excerpts.iter().flat_map(|it| it.spans.iter().map(|span| (it.trace_id, span)))
    }
}

/// The number of the enum `SpanKind`.
const fn kind_number(kind: SpanKind) -> u64 {
    match kind {
        SpanKind::Internal => 1,
        SpanKind::Server => 2,
        SpanKind::Client => 3,
        SpanKind::Producer => 4,
        SpanKind::Consumer => 5,
    }
}

/// The number of the enum `StatusCode`, and the message of the status.
fn status_parts(status: &Status) -> (u64, &str) {
    match status {
        Status::Unset => (0, ""),
        Status::Ok => (1, ""),
        Status::Error { description } => (2, description),
    }
}

/// The span's `flags`. A link has none, because this process does not know whether its flow is
/// kept.
fn flags(span: &Span) -> u32 {
    let has_remote_parent = span.parent.is_none() && span.parent_span_id.is_some();
    SAMPLED | REMOTE_IS_KNOWN | if has_remote_parent { IS_REMOTE } else { 0 }
}
