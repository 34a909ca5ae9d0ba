//! Flows in the words of OpenTelemetry's SDK.

use std::borrow::Cow;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{
    Event as OtelEvent, Link as OtelLink, SpanContext, SpanKind as OtelSpanKind, Status as OtelStatus,
    TraceFlags, TraceState,
};
use opentelemetry::{InstrumentationScope, KeyValue, Value as OtelValue};
use opentelemetry_sdk::Resource as OtelResource;
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};

use crate::vocabulary::{
    Attribute, Event, Flow, Link, Resource, Span, SpanId, SpanKind, Status, TraceId, Value,
};

/// Who made the spans.
static SCOPE: LazyLock<InstrumentationScope> =
    LazyLock::new(|| InstrumentationScope::builder("omegi").with_version(env!("CARGO_PKG_VERSION")).build());

/// The spans of a flow, made one by one.
pub(super) fn span_data(flow: &Flow) -> impl Iterator<Item = SpanData> {
    flow.spans.iter().map(|span| convert(flow.trace_id, span))
}

/// What produced them.
pub(super) fn otel_resource(resource: &Resource) -> OtelResource {
    OtelResource::builder_empty().with_attributes(key_values(&resource.attributes)).build()
}

fn convert(trace: TraceId, span: &Span) -> SpanData {
    SpanData {
        span_context: context(trace, span.span_id, TraceFlags::SAMPLED, false),
        parent_span_id: span.parent_span_id.to_u64().into(),
        parent_span_is_remote: span.parent.is_none() && span.parent_span_id.is_some(),
        span_kind: kind(span.kind),
        name: span.name.clone(),
        start_time: time(span.start_ns),
        end_time: time(span.end_ns),
        attributes: key_values(&span.attributes),
        dropped_attributes_count: span.dropped_attributes,
        events: events(span),
        links: links(span),
        status: status(&span.status),
        instrumentation_scope: SCOPE.clone(),
    }
}

fn context(trace: TraceId, span: SpanId, flags: TraceFlags, is_remote: bool) -> SpanContext {
    SpanContext::new(trace.to_u128().into(), span.to_u64().into(), flags, is_remote, TraceState::NONE)
}

fn time(unix_ns: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_nanos(unix_ns)
}

const fn kind(kind: SpanKind) -> OtelSpanKind {
    match kind {
        SpanKind::Internal => OtelSpanKind::Internal,
        SpanKind::Server => OtelSpanKind::Server,
        SpanKind::Client => OtelSpanKind::Client,
        SpanKind::Producer => OtelSpanKind::Producer,
        SpanKind::Consumer => OtelSpanKind::Consumer,
    }
}

fn status(status: &Status) -> OtelStatus {
    match status {
        Status::Unset => OtelStatus::Unset,
        Status::Ok => OtelStatus::Ok,
        Status::Error { description } => OtelStatus::Error { description: description.clone() },
    }
}

fn events(span: &Span) -> SpanEvents {
    let converted = span.events.iter().map(|event| {
        let Event { name, time_ns, attributes, dropped_attributes } = event;
        OtelEvent::new(name.clone(), time(*time_ns), key_values(attributes), *dropped_attributes)
    });
    let mut events = SpanEvents::default();
    events.events = converted.collect();
    events.dropped_count = span.dropped_events;
    events
}

fn links(span: &Span) -> SpanLinks {
    let converted = span.links.iter().map(|link| {
        let Link { trace_id, span_id, attributes, dropped_attributes } = link;
        // Whether the other flow was kept is not known here.
        let context = context(*trace_id, *span_id, TraceFlags::NOT_SAMPLED, false);
        OtelLink::new(context, key_values(attributes), *dropped_attributes)
    });
    let mut links = SpanLinks::default();
    links.links = converted.collect();
    links.dropped_count = span.dropped_links;
    links
}

fn key_values(attributes: &[Attribute]) -> Vec<KeyValue> {
    attributes.iter().map(|Attribute { key, value }| KeyValue::new(key.clone(), otel_value(value))).collect()
}

fn otel_value(value: &Value) -> OtelValue {
    match value {
        Value::Bool(value) => OtelValue::Bool(*value),
        Value::I64(value) => OtelValue::I64(*value),
        Value::F64(value) => OtelValue::F64(*value),
        Value::Str(value) => OtelValue::String(Cow::clone(value).into()),
    }
}
