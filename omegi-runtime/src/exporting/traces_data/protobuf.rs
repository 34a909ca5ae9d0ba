//! OTLP's protobuf: the fields of each message by their numbers, in ascending order.

use crate::exporting::protobuf::Message;
use crate::vocabulary::{Attribute, Event, Link, Span, TraceId, Value};

use super::{SCOPE, TracesData, flags, kind_number, status_parts};

impl TracesData<'_> {
    /// The message in protobuf.
    pub(in crate::exporting) fn to_protobuf(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        Message::new(&mut bytes).message(1, |resource_spans| {
            resource_spans.message(1, |resource| attributes(resource, 1, &self.resource.attributes));
            resource_spans.message(2, |scope_spans| {
                scope_spans.message(1, |scope| {
                    let [name, version] = SCOPE;
                    scope.text(1, name);
                    scope.text(2, version);
                });
                for (trace, it) in self.spans() {
                    scope_spans.message(2, |message| span(message, trace, it));
                }
            });
        });
        bytes
    }
}

fn span(message: &mut Message<'_>, trace: TraceId, span: &Span) {
    message.bytes(1, &trace.to_u128().to_be_bytes());
    message.bytes(2, &span.span_id.to_u64().to_be_bytes());
    if span.parent_span_id.is_some() {
        message.bytes(4, &span.parent_span_id.to_u64().to_be_bytes());
    }
    message.text(5, &span.name);
    message.varint(6, kind_number(span.kind));
    message.fixed64(7, span.start_ns);
    message.fixed64(8, span.end_ns);
    attributes(message, 9, &span.attributes);
    message.varint(10, span.dropped_attributes.into());
    span.events.iter().for_each(|it| message.message(11, |message| event(message, it)));
    message.varint(12, span.dropped_events.into());
    span.links.iter().for_each(|it| message.message(13, |message| link(message, it)));
    message.varint(14, span.dropped_links.into());
    message.message(15, |status| {
        let (code, text) = status_parts(&span.status);
        status.text(2, text);
        status.varint(3, code);
    });
    message.fixed32(16, flags(span));
}

fn event(message: &mut Message<'_>, event: &Event) {
    message.fixed64(1, event.time_ns);
    message.text(2, &event.name);
    attributes(message, 3, &event.attributes);
    message.varint(4, event.dropped_attributes.into());
}

fn link(message: &mut Message<'_>, link: &Link) {
    message.bytes(1, &link.trace_id.to_u128().to_be_bytes());
    message.bytes(2, &link.span_id.to_u64().to_be_bytes());
    attributes(message, 4, &link.attributes);
    message.varint(5, link.dropped_attributes.into());
}

fn attributes(message: &mut Message<'_>, field: u32, attributes: &[Attribute]) {
    for Attribute { key, value } in attributes {
        message.message(field, |key_value| {
            key_value.text(1, key);
            key_value.message(2, |any| any_value(any, value));
        });
    }
}

/// The fields are those of a `oneof`: written also where they hold nothing, because that they are there is what they say.
fn any_value(message: &mut Message<'_>, value: &Value) {
    match value {
        Value::Str(value) => message.bytes(1, value.as_bytes()),
        Value::Bool(value) => message.any_varint(2, u64::from(*value)),
        Value::I64(value) => message.any_varint(3, value.cast_unsigned()),
        Value::F64(value) => message.any_fixed64(4, value.to_bits()),
    }
}
