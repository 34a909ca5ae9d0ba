//! Flows in OTLP's protobuf.

use crate::exporting::envelope::OtlpMessage;
use crate::exporting::envelope::protobuf::{ITEM, attributes, message};
use crate::exporting::protobuf::ProtobufMessage;
use crate::vocabulary::{Event, Link, Span, TraceId};

use super::{TracesData, flags, kind_number, status_parts};

impl OtlpMessage for TracesData<'_> {
    fn to_protobuf(&self) -> Vec<u8> {
        message(self.resource, |scope| {
            for (trace, it) in self.spans() {
                scope.message(ITEM, |message| span(message, trace, it));
            }
        })
    }
}

fn span(message: &mut ProtobufMessage<'_>, trace: TraceId, span: &Span) {
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

fn event(message: &mut ProtobufMessage<'_>, event: &Event) {
    message.fixed64(1, event.time_ns);
    message.text(2, &event.name);
    attributes(message, 3, &event.attributes);
    message.varint(4, event.dropped_attributes.into());
}

fn link(message: &mut ProtobufMessage<'_>, link: &Link) {
    message.bytes(1, &link.trace_id.to_u128().to_be_bytes());
    message.bytes(2, &link.span_id.to_u64().to_be_bytes());
    attributes(message, 4, &link.attributes);
    message.varint(5, link.dropped_attributes.into());
}
