//! A flow as an exporter sees it: ids resolved, times in nanoseconds since the Unix epoch, errors with their path.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Attribute, ErrorReport, Outcome, SpanId, SpanKind, TraceId, Value};

/// The part of one trace that happened in this process, after it was decided to keep it.
#[derive(Clone, Debug)]
pub struct Flow {
    /// The trace that all the spans belong to.
    pub trace_id: TraceId,
    /// The spans in the order in which they began; the local root is first, and a parent always precedes its children.
    pub spans: Vec<Span>,
    /// The errors that began in this flow, in the order in which they began.
    pub errors: Vec<ErrorReport>,
    /// What produced the flow: the same for every flow of a process.
    pub resource: Arc<Resource>,
}

impl Flow {
    /// The local root span, if the flow has any span.
    #[must_use]
    pub fn root(&self) -> Option<&Span> {
        self.spans.first()
    }

    /// Whether any span's status is ERROR.
    #[must_use]
    pub fn has_error(&self) -> bool {
        self.spans.iter().any(|span| matches!(span.status, Status::Error { .. }))
    }
}

/// One call of an instrumented function.
#[derive(Clone, Debug)]
pub struct Span {
    /// Its id.
    pub span_id: SpanId,
    /// The span that called it; [`SpanId::NONE`] for the root of a trace.
    pub parent_span_id: SpanId,
    /// The index of that span in [`Flow::spans`]; `None` for the local root.
    pub parent: Option<usize>,
    /// The function's path without the crate, or the name that the user gave.
    pub name: Cow<'static, str>,
    /// Its role in the trace.
    pub kind: SpanKind,
    /// When it began, nanoseconds since the Unix epoch.
    pub start_ns: u64,
    /// When it ended, nanoseconds since the Unix epoch; never before `start_ns`.
    pub end_ns: u64,
    /// Whether start or end was not read from the clock, but placed after the last reading: the order is exact, the
    /// duration is not. So are the times of brisk functions in flows that were not to be kept until they failed.
    pub sparse: bool,
    /// The place of this span in the order in which the spans of the flow ended: the local root has the last.
    pub end_order: u32,
    /// How the call ended.
    pub outcome: Outcome,
    /// The status that follows from the outcome.
    pub status: Status,
    /// Attributes, under the names of OpenTelemetry's semantic conventions.
    pub attributes: Vec<Attribute>,
    /// Events in the order in which they happened. An error's event stands on the span where it began.
    pub events: Vec<Event>,
    /// Links to spans of other flows.
    pub links: Vec<Link>,
    /// How many attributes it had beyond its limit (`OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT`).
    pub dropped_attributes: u32,
    /// How many events it had beyond its limit (`OTEL_SPAN_EVENT_COUNT_LIMIT`).
    pub dropped_events: u32,
    /// How many links it had beyond its limit (`OTEL_SPAN_LINK_COUNT_LIMIT`).
    pub dropped_links: u32,
}

impl Span {
    /// The value of the attribute `key`, if the span has it.
    #[must_use]
    pub fn attribute(&self, key: &str) -> Option<&Value> {
        self.attributes.iter().find(|attribute| attribute.key == key).map(|attribute| &attribute.value)
    }

    /// How long it took, in nanoseconds.
    #[must_use]
    pub const fn duration_ns(&self) -> u64 {
        self.end_ns.saturating_sub(self.start_ns)
    }
}

/// A span's status ([OpenTelemetry trace API](https://opentelemetry.io/docs/specs/otel/trace/api/#set-status)).
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Status {
    /// Nothing is said: the call did not fail.
    #[default]
    Unset,
    /// The user's code said that it went well.
    Ok,
    /// It failed, or an error passed through it.
    Error {
        /// The error's message.
        description: Cow<'static, str>,
    },
}

/// Something that happened at one moment of a span.
#[derive(Clone, Debug)]
pub struct Event {
    /// Its name; `exception` for errors.
    pub name: Cow<'static, str>,
    /// When, nanoseconds since the Unix epoch.
    pub time_ns: u64,
    /// What is known of it.
    pub attributes: Vec<Attribute>,
    /// How many attributes it had beyond its limit (`OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT`).
    pub dropped_attributes: u32,
}

/// A causal relation to a span of another flow that is not its parent.
#[derive(Clone, Debug)]
pub struct Link {
    /// The other span's trace.
    pub trace_id: TraceId,
    /// The other span.
    pub span_id: SpanId,
    /// What is known of the relation.
    pub attributes: Vec<Attribute>,
    /// How many attributes it had beyond its limit (`OTEL_LINK_ATTRIBUTE_COUNT_LIMIT`).
    pub dropped_attributes: u32,
}

impl Link {
    /// A link to this span.
    #[must_use]
    pub const fn to(trace_id: TraceId, span_id: SpanId) -> Self {
        Self { trace_id, span_id, attributes: Vec::new(), dropped_attributes: 0 }
    }
}

/// What produced the spans ([OpenTelemetry resource](https://opentelemetry.io/docs/specs/otel/resource/sdk/)).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resource {
    /// `service.name` and the like.
    pub attributes: Vec<Attribute>,
}

impl Resource {
    /// The `service.name`, if it is there.
    #[must_use]
    pub fn service_name(&self) -> Option<&Value> {
        self.attributes
            .iter()
            .find(|attribute| attribute.key == "service.name")
            .map(|attribute| &attribute.value)
    }
}
