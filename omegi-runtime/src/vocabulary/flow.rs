//! A flow as an exporter sees it: ids derived, times in nanoseconds since the Unix epoch, errors
//! with their paths.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Attribute, ErrorReport, Outcome, SpanId, SpanKind, TraceId, Value};

/// A kept local flow: the part of one trace in this process.
///
/// ```
/// # use omegi_runtime as omegi;
/// use std::sync::Arc;
///
/// use omegi::{Flow, Resource, TraceId};
///
/// /// Returns the names of the failed functions.
/// fn failed(flow: &Flow) -> Vec<&str> {
///     flow.spans.iter().filter(|span| span.outcome.is_error()).map(|span| &*span.name).collect()
/// }
///
/// let trace_id = TraceId::from_u128(7);
/// let flow = Flow { trace_id, spans: vec![], errors: vec![], resource: Arc::new(Resource::default()) };
/// assert!(failed(&flow).is_empty() && flow.root().is_none());
/// ```
#[derive(Clone, Debug)]
pub struct Flow {
    /// The trace of all its spans.
    pub trace_id: TraceId,
    /// The spans in the order in which they began. The local root is first; a parent precedes its
    /// children.
    pub spans: Vec<Span>,
    /// The errors that began in this flow, in the order in which they began.
    pub errors: Vec<ErrorReport>,
    /// The resource that produced the flow, the same for all flows of a process.
    pub resource: Arc<Resource>,
}

impl Flow {
    /// The local root span, if the flow has any span.
    #[must_use]
    pub fn root(&self) -> Option<&Span> {
        self.spans.first()
    }

    /// Returns whether any span's status is ERROR, or an error left a call without a span.
    #[must_use]
    pub fn has_error(&self) -> bool {
        self.spans.iter().any(|span| matches!(span.status, Status::Error { .. }))
            || self.errors.iter().any(|error| error.path.iter().any(|step| !step.recorded))
    }
}

/// One call of an instrumented function.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::{Flow, Span};
///
/// /// Returns the span that took the longest, except the root.
/// fn slowest(flow: &Flow) -> Option<&Span> {
///     flow.spans.iter().filter(|span| span.parent.is_some()).max_by_key(|span| span.duration_ns())
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Span {
    /// Its id.
    pub span_id: SpanId,
    /// The span that called it, [`SpanId::NONE`] for the root of a trace.
    pub parent_span_id: SpanId,
    /// The index of that span in [`Flow::spans`]; `None` for the local root.
    pub parent: Option<usize>,
    /// The function's path without the crate, or the name set by the user.
    pub name: Cow<'static, str>,
    /// Its role in the trace.
    pub kind: SpanKind,
    /// Its start, in nanoseconds since the Unix epoch.
    pub start_ns: u64,
    /// Its end, in nanoseconds since the Unix epoch; never before `start_ns`.
    pub end_ns: u64,
    /// True if the start or the end is estimated, not read from the clock. Their order is exact.
    /// The duration is the usual one of the function, and more only if readings inside the call
    /// prove it.
    ///
    /// Fast calls have such times in flows that were to be dropped until they failed. Exporters
    /// write the attribute `omegi.times` with the value `estimated`.
    pub sparse: bool,
    /// The position of this span in the order in which spans ended; the local root is last.
    pub end_order: u32,
    /// The end of the call.
    pub outcome: Outcome,
    /// The status that follows from the outcome and from errors.
    pub status: Status,
    /// Attributes, under the names of OpenTelemetry's semantic conventions.
    pub attributes: Vec<Attribute>,
    /// Events in the order in which they happened. An error's event stands on the span where it
    /// began.
    pub events: Vec<Event>,
    /// Links to spans of other flows.
    pub links: Vec<Link>,
    /// The number of attributes dropped beyond the limit (`OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT`).
    pub dropped_attributes: u32,
    /// The number of events dropped beyond the limit (`OTEL_SPAN_EVENT_COUNT_LIMIT`).
    pub dropped_events: u32,
    /// The number of links dropped beyond the limit (`OTEL_SPAN_LINK_COUNT_LIMIT`).
    pub dropped_links: u32,
}

impl Span {
    /// The value of the attribute `key`, if the span has it.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use omegi::{Span, Value};
    ///
    /// fn is_slow_thread(span: &Span) -> bool {
    ///     span.attribute("thread.name") == Some(&Value::from("background"))
    /// }
    /// ```
    #[must_use]
    pub fn attribute(&self, key: &str) -> Option<&Value> {
        self.attributes.iter().find(|attribute| attribute.key == key).map(|attribute| &attribute.value)
    }

    /// The duration, in nanoseconds.
    #[must_use]
    pub const fn duration_ns(&self) -> u64 {
        self.end_ns.saturating_sub(self.start_ns)
    }
}

/// A span's status ([OpenTelemetry trace
/// API](https://opentelemetry.io/docs/specs/otel/trace/api/#set-status)).
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::{Span, Status};
///
/// fn message(span: &Span) -> Option<&str> {
///     match &span.status {
///         Status::Error { description } => Some(description),
///         Status::Ok | Status::Unset => None,
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Status {
    /// The call did not fail, and the program set no status.
    #[default]
    Unset,
    /// The program reported that the call succeeded.
    Ok,
    /// The call failed, or an error passed through it.
    Error {
        /// The error's message.
        description: Cow<'static, str>,
    },
}

/// An event: something that happened at one moment of a span.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::{Event, Span};
///
/// /// Returns the errors that began in a span.
/// fn errors(span: &Span) -> impl Iterator<Item = &Event> {
///     span.events.iter().filter(|event| event.name == "exception")
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Event {
    /// Its name; `exception` for errors.
    pub name: Cow<'static, str>,
    /// The time, in nanoseconds since the Unix epoch.
    pub time_ns: u64,
    /// Its attributes.
    pub attributes: Vec<Attribute>,
    /// The number of attributes dropped beyond the limit (`OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT`).
    pub dropped_attributes: u32,
}

/// A causal relation to a span of another flow that is not its parent.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::{Flow, Link};
///
/// /// Returns the span that started the root's work: a detached task has a flow of its own.
/// fn started_by(flow: &Flow) -> Option<&Link> {
///     flow.root()?.links.first()
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Link {
    /// The other span's trace.
    pub trace_id: TraceId,
    /// The other span.
    pub span_id: SpanId,
    /// Its attributes.
    pub attributes: Vec<Attribute>,
    /// The number of attributes dropped beyond the limit (`OTEL_LINK_ATTRIBUTE_COUNT_LIMIT`).
    pub dropped_attributes: u32,
}

impl Link {
    /// A link to this span.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use omegi::{Link, SpanId, TraceId};
    ///
    /// let link = Link::to(TraceId::from_u128(7), SpanId::from_u64(9));
    /// assert!(link.attributes.is_empty());
    /// ```
    #[must_use]
    pub const fn to(trace_id: TraceId, span_id: SpanId) -> Self {
        Self { trace_id, span_id, attributes: Vec::new(), dropped_attributes: 0 }
    }
}

/// The resource that produced the spans ([OpenTelemetry
/// resource](https://opentelemetry.io/docs/specs/otel/resource/sdk/)).
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::{Attribute, Resource, Value};
///
/// let resource = Resource { attributes: vec![Attribute::new("service.name", "shop")] };
/// assert_eq!(resource.service_name(), Some(&Value::from("shop")));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resource {
    /// Its attributes: `service.name` and the like.
    pub attributes: Vec<Attribute>,
}

impl Resource {
    /// The `service.name`, if the resource has it.
    #[must_use]
    pub fn service_name(&self) -> Option<&Value> {
        self.attributes
            .iter()
            .find(|attribute| attribute.key == "service.name")
            .map(|attribute| &attribute.value)
    }
}
