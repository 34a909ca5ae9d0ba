//! Reads OTLP's protobuf: the fields of `TracesData`, which is also a request of an exporter.

use std::borrow::Cow;

use omegi_runtime::{
    Attribute, Event, Flow, Link, Outcome, Resource, Span, SpanId, SpanKind, Status, TraceId, Value,
};

use super::flows::Flows;
use super::otlp_json;

/// The depth of lists in values.
const DEPTH: usize = 16;

/// Returns the flows of a message `ResourceSpans`; `None` if these are not the bytes of one.
pub(super) fn flows(resource_spans: &[u8]) -> Option<Vec<Flow>> {
    let mut resource = Resource { attributes: Vec::new() };
    let mut scopes = Vec::new();
    for field in Fields(resource_spans) {
        match field? {
            (1, Wire::Bytes(message)) => resource.attributes = attributes(message, 1)?,
            (2, Wire::Bytes(scope)) => scopes.push(scope),
            _ => {}
        }
    }
    let mut flows = Flows::of(resource);
    for scope in scopes {
        for field in Fields(scope) {
            if let (2, Wire::Bytes(message)) = field? {
                let (trace_id, span) = span(message)?;
                flows.add(trace_id, span);
            }
        }
    }
    Some(flows.complete())
}

/// The number of a varint at the beginning, and its bytes; `None` if there is none.
pub(super) fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut number = 0;
    for (nth, byte) in bytes.iter().take(10).enumerate() {
        number |= u64::from(byte & 0x7f).checked_shl(7 * nth as u32)?;
        if byte & 0x80 == 0 {
            return Some((number, nth + 1));
        }
    }
    None
}

/// A field's value.
enum Wire<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// The fields of a message, each with its number. Ends behind the first that is broken.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Option<(u64, Wire<'a>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_none() {
            self.0 = &[];
        }
        Some(field)
    }
}

impl<'a> Fields<'a> {
    fn field(&mut self) -> Option<(u64, Wire<'a>)> {
        let key = self.varint()?;
        let value = match key & 7 {
            0 => Wire::Number(self.varint()?),
            1 => Wire::Number(u64::from_le_bytes(self.take(8)?.try_into().ok()?)),
            2 => {
                let length = usize::try_from(self.varint()?).ok()?;
                Wire::Bytes(self.take(length)?)
            }
            5 => Wire::Number(u32::from_le_bytes(self.take(4)?.try_into().ok()?).into()),
            _ => return None,
        };
        (key >> 3 != 0).then_some((key >> 3, value))
    }

    fn varint(&mut self) -> Option<u64> {
        let (number, length) = varint(self.0)?;
        self.take(length)?;
        Some(number)
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }
}

fn span(message: &[u8]) -> Option<(TraceId, Span)> {
    let mut trace_id = None;
    let mut span = Span {
        span_id: SpanId::NONE,
        parent_span_id: SpanId::NONE,
        parent: None,
        name: Cow::Borrowed(""),
        kind: SpanKind::Internal,
        start_ns: 0,
        end_ns: 0,
        sparse: false,
        end_order: 0,
        outcome: Outcome::Returned,
        status: Status::Unset,
        attributes: Vec::new(),
        dropped_attributes: 0,
        events: Vec::new(),
        dropped_events: 0,
        links: Vec::new(),
        dropped_links: 0,
    };
    for field in Fields(message) {
        match field? {
            (1, Wire::Bytes(id)) => trace_id = Some(trace(id)?),
            (2, Wire::Bytes(id)) => span.span_id = id_of(id)?,
            (4, Wire::Bytes(id)) if !id.is_empty() => span.parent_span_id = id_of(id)?,
            (5, Wire::Bytes(name)) => span.name = text(name).into(),
            (6, Wire::Number(kind)) => span.kind = otlp_json::kind(u32::try_from(kind).unwrap_or_default()),
            (7, Wire::Number(time)) => span.start_ns = time,
            (8, Wire::Number(time)) => span.end_ns = time,
            (9, Wire::Bytes(message)) => span.attributes.push(attribute(message)?),
            (10, Wire::Number(count)) => span.dropped_attributes = saturated(count),
            (11, Wire::Bytes(message)) => span.events.push(event(message)?),
            (12, Wire::Number(count)) => span.dropped_events = saturated(count),
            (13, Wire::Bytes(message)) => span.links.push(link(message)?),
            (14, Wire::Number(count)) => span.dropped_links = saturated(count),
            (15, Wire::Bytes(message)) => span.status = status(message)?,
            _ => {}
        }
    }
    span.end_ns = span.end_ns.max(span.start_ns);
    span.sparse = span.attributes.iter().any(|attribute| attribute.key == "omegi.times");
    if matches!(span.status, Status::Error { .. }) {
        span.outcome = Outcome::Error;
    }
    Some((trace_id?, span))
}

fn event(message: &[u8]) -> Option<Event> {
    let mut event =
        Event { name: Cow::Borrowed(""), time_ns: 0, attributes: Vec::new(), dropped_attributes: 0 };
    for field in Fields(message) {
        match field? {
            (1, Wire::Number(time)) => event.time_ns = time,
            (2, Wire::Bytes(name)) => event.name = text(name).into(),
            (3, Wire::Bytes(message)) => event.attributes.push(attribute(message)?),
            (4, Wire::Number(count)) => event.dropped_attributes = saturated(count),
            _ => {}
        }
    }
    Some(event)
}

fn link(message: &[u8]) -> Option<Link> {
    let (mut trace_id, mut span_id) = (None, None);
    let mut dropped_attributes = 0;
    for field in Fields(message) {
        match field? {
            (1, Wire::Bytes(id)) => trace_id = Some(trace(id)?),
            (2, Wire::Bytes(id)) => span_id = Some(id_of(id)?),
            (5, Wire::Number(count)) => dropped_attributes = saturated(count),
            _ => {}
        }
    }
    let attributes = attributes(message, 4)?;
    Some(Link { trace_id: trace_id?, span_id: span_id?, attributes, dropped_attributes })
}

fn status(message: &[u8]) -> Option<Status> {
    let (mut description, mut code) = (String::new(), 0);
    for field in Fields(message) {
        match field? {
            (2, Wire::Bytes(message)) => description = text(message),
            (3, Wire::Number(number)) => code = number,
            _ => {}
        }
    }
    Some(match code {
        0 => Status::Unset,
        1 => Status::Ok,
        _ => Status::Error { description: description.into() },
    })
}

/// Returns the attributes in the fields `number` of a message.
fn attributes(message: &[u8], number: u64) -> Option<Vec<Attribute>> {
    let mut attributes = Vec::new();
    for field in Fields(message) {
        match field? {
            (field, Wire::Bytes(message)) if field == number => attributes.push(attribute(message)?),
            _ => {}
        }
    }
    Some(attributes)
}

fn attribute(message: &[u8]) -> Option<Attribute> {
    let (mut key, mut read) = (String::new(), Value::Str(Cow::Borrowed("")));
    for field in Fields(message) {
        match field? {
            (1, Wire::Bytes(name)) => key = text(name),
            (2, Wire::Bytes(message)) => read = value(message, DEPTH)?,
            _ => {}
        }
    }
    Some(Attribute::new(key, read))
}

/// Returns the value of an `AnyValue`. A list is one text.
fn value(message: &[u8], depth: usize) -> Option<Value> {
    let mut read = Value::Str(Cow::Borrowed(""));
    for field in Fields(message) {
        read = match field? {
            (1, Wire::Bytes(bytes)) => Value::Str(text(bytes).into()),
            (2, Wire::Number(number)) => Value::Bool(number != 0),
            (3, Wire::Number(number)) => Value::I64(number.cast_signed()),
            (4, Wire::Number(number)) => Value::F64(f64::from_bits(number)),
            (5, Wire::Bytes(list)) => Value::Str(items(list, depth.checked_sub(1)?)?.into()),
            (_, Wire::Bytes(bytes)) => Value::Str(format!("{} bytes", bytes.len()).into()),
            _ => read,
        };
    }
    Some(read)
}

fn items(list: &[u8], depth: usize) -> Option<String> {
    let mut shown = Vec::new();
    for field in Fields(list) {
        if let (1, Wire::Bytes(item)) = field? {
            shown.push(value(item, depth)?.to_string());
        }
    }
    Some(format!("[{}]", shown.join(", ")))
}

fn trace(bytes: &[u8]) -> Option<TraceId> {
    bytes.try_into().ok().map(|bytes| TraceId::from_u128(u128::from_be_bytes(bytes)))
}

fn id_of(bytes: &[u8]) -> Option<SpanId> {
    bytes.try_into().ok().map(|bytes| SpanId::from_u64(u64::from_be_bytes(bytes)))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn saturated(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
