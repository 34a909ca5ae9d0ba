//! Reads a line of OTLP's JSON as flows.

use std::borrow::Cow;

use omegi_runtime::{
    Attribute, Event, Flow, Link, Outcome, Resource, Span, SpanId, SpanKind, Status, TraceId, Value,
};
use serde::Deserialize;
use serde_json::Value as Json;

use super::flows::Flows;

/// Returns the flows of a line, one for each resource and trace. `None` if a value in it is wrong.
///
/// # Errors
///
/// The line is no whole `TracesData`.
pub(super) fn flows(line: &[u8]) -> serde_json::Result<Option<Vec<Flow>>> {
    let data: TracesData = serde_json::from_slice(line)?;
    let flows: Option<Vec<_>> = data.resource_spans.into_iter().map(ResourceSpans::flows).collect();
    Ok(flows.map(|flows| flows.concat()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TracesData {
    resource_spans: Vec<ResourceSpans>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceSpans {
    #[serde(default)]
    resource: WrittenResource,
    #[serde(default)]
    scope_spans: Vec<ScopeSpans>,
}

#[derive(Default, Deserialize)]
struct WrittenResource {
    #[serde(default)]
    attributes: Vec<WrittenAttribute>,
}

#[derive(Deserialize)]
struct ScopeSpans {
    #[serde(default)]
    spans: Vec<WrittenSpan>,
}

#[derive(Deserialize)]
struct WrittenAttribute {
    key: String,
    #[serde(default)]
    value: Json,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct WrittenSpan {
    trace_id: String,
    span_id: String,
    parent_span_id: String,
    name: String,
    kind: u32,
    start_time_unix_nano: Json,
    end_time_unix_nano: Json,
    attributes: Vec<WrittenAttribute>,
    dropped_attributes_count: u32,
    events: Vec<WrittenEvent>,
    dropped_events_count: u32,
    links: Vec<WrittenLink>,
    dropped_links_count: u32,
    status: WrittenStatus,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WrittenEvent {
    #[serde(default)]
    time_unix_nano: Json,
    #[serde(default)]
    name: String,
    #[serde(default)]
    attributes: Vec<WrittenAttribute>,
    #[serde(default)]
    dropped_attributes_count: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WrittenLink {
    trace_id: String,
    span_id: String,
    #[serde(default)]
    attributes: Vec<WrittenAttribute>,
    #[serde(default)]
    dropped_attributes_count: u32,
}

#[derive(Default, Deserialize)]
struct WrittenStatus {
    #[serde(default)]
    code: u32,
    #[serde(default)]
    message: String,
}

impl ResourceSpans {
    fn flows(self) -> Option<Vec<Flow>> {
        let mut flows = Flows::of(Resource { attributes: attributes(self.resource.attributes) });
        for span in self.scope_spans.into_iter().flat_map(|scope| scope.spans) {
            let trace_id = TraceId::from_u128(u128::from_str_radix(&span.trace_id, 16).ok()?);
            flows.add(trace_id, span.read()?);
        }
        Some(flows.complete())
    }
}

impl WrittenSpan {
    fn read(self) -> Option<Span> {
        let status = match self.status.code {
            0 => Status::Unset,
            1 => Status::Ok,
            _ => Status::Error { description: self.status.message.into() },
        };
        let start_ns = nanoseconds(&self.start_time_unix_nano)?;
        let attributes = attributes(self.attributes);
        Some(Span {
            span_id: span_id(&self.span_id)?,
            parent_span_id: span_id(&self.parent_span_id)?,
            parent: None,
            name: self.name.into(),
            kind: kind(self.kind),
            start_ns,
            end_ns: nanoseconds(&self.end_time_unix_nano)?.max(start_ns),
            sparse: attributes.iter().any(|attribute| attribute.key == "omegi.times"),
            end_order: 0,
            outcome: if matches!(status, Status::Error { .. }) { Outcome::Error } else { Outcome::Returned },
            status,
            attributes,
            dropped_attributes: self.dropped_attributes_count,
            events: self.events.into_iter().map(WrittenEvent::read).collect::<Option<_>>()?,
            dropped_events: self.dropped_events_count,
            links: self.links.into_iter().map(WrittenLink::read).collect::<Option<_>>()?,
            dropped_links: self.dropped_links_count,
        })
    }
}

impl WrittenEvent {
    fn read(self) -> Option<Event> {
        let time_ns = nanoseconds(&self.time_unix_nano)?;
        Some(Event {
            name: self.name.into(),
            time_ns,
            attributes: attributes(self.attributes),
            dropped_attributes: self.dropped_attributes_count,
        })
    }
}

impl WrittenLink {
    fn read(self) -> Option<Link> {
        let trace_id = TraceId::from_u128(u128::from_str_radix(&self.trace_id, 16).ok()?);
        Some(Link {
            trace_id,
            span_id: span_id(&self.span_id)?,
            attributes: attributes(self.attributes),
            dropped_attributes: self.dropped_attributes_count,
        })
    }
}

pub(super) fn span_id(hex: &str) -> Option<SpanId> {
    if hex.is_empty() { Some(SpanId::NONE) } else { u64::from_str_radix(hex, 16).ok().map(SpanId::from_u64) }
}

/// Returns a time, which OTLP writes as text and some programs as a number.
fn nanoseconds(time: &Json) -> Option<u64> {
    match time {
        Json::String(text) => text.parse().ok(),
        Json::Null => Some(0),
        number => number.as_u64(),
    }
}

pub(super) const fn kind(number: u32) -> SpanKind {
    match number {
        2 => SpanKind::Server,
        3 => SpanKind::Client,
        4 => SpanKind::Producer,
        5 => SpanKind::Consumer,
        _ => SpanKind::Internal,
    }
}

fn attributes(written: Vec<WrittenAttribute>) -> Vec<Attribute> {
    written
        .into_iter()
        .map(|WrittenAttribute { key, value }| Attribute::new(key, any_value(&value)))
        .collect()
}

/// Returns the value in an `AnyValue`. Kinds that omegi never writes stay JSON.
fn any_value(value: &Json) -> Value {
    let Some((kind, content)) = value.as_object().and_then(|members| members.iter().next()) else {
        return Value::Str(Cow::Borrowed(""));
    };
    let number = || content.as_str().map_or_else(|| content.as_i64(), |text| text.parse().ok());
    let read = match kind.as_str() {
        "boolValue" => content.as_bool().map(Value::Bool),
        "intValue" => number().map(Value::I64),
        "doubleValue" => content.as_f64().map(Value::F64),
        _ => None,
    };
    read.unwrap_or_else(|| {
        Value::Str(content.as_str().map_or_else(|| content.to_string(), str::to_owned).into())
    })
}
