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
        dropped_attributes_count: 0,
        events: events(&span.events),
        links: links(&span.links),
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

fn events(events: &[Event]) -> SpanEvents {
    let converted = events.iter().map(|event| {
        OtelEvent::new(event.name.clone(), time(event.time_ns), key_values(&event.attributes), 0)
    });
    let mut events = SpanEvents::default();
    events.events = converted.collect();
    events
}

fn links(links: &[Link]) -> SpanLinks {
    let converted = links.iter().map(|link| {
        // Whether the other flow was kept is not known here.
        let context = context(link.trace_id, link.span_id, TraceFlags::NOT_SAMPLED, false);
        OtelLink::new(context, key_values(&link.attributes), 0)
    });
    let mut links = SpanLinks::default();
    links.links = converted.collect();
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
