//! Flows in OTLP's JSON.

use std::fmt::{self, Display, Formatter};

use crate::exporting::envelope::json::{FieldNames, Quoted, attributes, message};
use crate::exporting::json::{Members, Text, list, object};
use crate::vocabulary::{Event, Link, Span, Status, TraceId};

use super::{TracesData, flags, kind_number, status_parts};

const NAMES: FieldNames = ["resourceSpans", "scopeSpans", "spans"];

/// Displays the message as JSON on one line.
impl Display for TracesData<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        message(f, NAMES, self.resource, |f| list(f, self.spans(), |f, (trace, it)| span(f, trace, it)))
    }
}

fn span(f: &mut Formatter<'_>, trace: TraceId, span: &Span) -> fmt::Result {
    object(f, |members| {
        members.shown("traceId", Quoted(trace))?;
        members.shown("spanId", Quoted(span.span_id))?;
        if span.parent_span_id.is_some() {
            members.shown("parentSpanId", Quoted(span.parent_span_id))?;
        }
        members.shown("flags", flags(span))?;
        members.shown("name", Text(&span.name))?;
        members.shown("kind", kind_number(span.kind))?;
        members.shown("startTimeUnixNano", Quoted(span.start_ns))?;
        members.shown("endTimeUnixNano", Quoted(span.end_ns))?;
        attributes(members, &span.attributes)?;
        dropped(members, "droppedAttributesCount", span.dropped_attributes)?;
        members.member("events", |f| list(f, &span.events, event))?;
        dropped(members, "droppedEventsCount", span.dropped_events)?;
        members.member("links", |f| list(f, &span.links, link))?;
        dropped(members, "droppedLinksCount", span.dropped_links)?;
        members.member("status", |f| status(f, &span.status))
    })
}

fn event(f: &mut Formatter<'_>, event: &Event) -> fmt::Result {
    object(f, |members| {
        members.shown("timeUnixNano", Quoted(event.time_ns))?;
        members.shown("name", Text(&event.name))?;
        attributes(members, &event.attributes)?;
        dropped(members, "droppedAttributesCount", event.dropped_attributes)
    })
}

fn link(f: &mut Formatter<'_>, link: &Link) -> fmt::Result {
    object(f, |members| {
        members.shown("traceId", Quoted(link.trace_id))?;
        members.shown("spanId", Quoted(link.span_id))?;
        attributes(members, &link.attributes)?;
        dropped(members, "droppedAttributesCount", link.dropped_attributes)
    })
}

/// Writes the number of dropped items, unless it is zero.
fn dropped(members: &mut Members<'_, '_>, name: &str, count: u32) -> fmt::Result {
    if count == 0 { Ok(()) } else { members.shown(name, count) }
}

fn status(f: &mut Formatter<'_>, status: &Status) -> fmt::Result {
    let (code, message) = status_parts(status);
    object(f, |members| {
        if !message.is_empty() {
            members.shown("message", Text(message))?;
        }
        if code == 0 { Ok(()) } else { members.shown("code", code) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exporting::fixtures::{START_NS, event, failing, flow, span};
    use crate::vocabulary::{Attribute, SpanId, SpanKind};

    #[test]
    fn a_flow_is_one_line_in_the_shape_that_the_specification_shows() {
        let mut root = span("serve", None);
        (root.kind, root.end_ns) = (SpanKind::Server, START_NS + 1);
        root.attributes =
            vec![Attribute::new("n", 7), Attribute::new("half", 0.5), Attribute::new("yes", true)];
        let mut find = failing("find\n", Some(0), "no \"x\"");
        find.end_ns = START_NS + 1;
        find.events = vec![event("exception", [("exception.type", "E".into())])];
        find.links = vec![Link {
            trace_id: TraceId::from_u128(0xa),
            span_id: SpanId::from_u64(0xb),
            attributes: Vec::new(),
            dropped_attributes: 0,
        }];
        let version = env!("CARGO_PKG_VERSION");
        let expected = [
            r#"{"resourceSpans": [{"resource": {"attributes": ["#,
            r#"{"key": "service.name", "value": {"stringValue": "shop"}}, "#,
            r#"{"key": "service.version", "value": {"stringValue": "1.2.3"}}]}, "#,
            &format!(r#""scopeSpans": [{{"scope": {{"name": "omegi", "version": "{version}"}}, "spans": ["#),
            r#"{"traceId": "4bf92f3577b34da6a3ce929d0e0e4736", "spanId": "00f067aa0ba902b7", "flags": 257, "#,
            r#""name": "serve", "kind": 2, "startTimeUnixNano": "1795161600000000000", "#,
            r#""endTimeUnixNano": "1795161600000000001", "#,
            r#""attributes": [{"key": "n", "value": {"intValue": "7"}}, "#,
            r#"{"key": "half", "value": {"doubleValue": 0.5}}, "#,
            r#"{"key": "yes", "value": {"boolValue": true}}], "events": [], "links": [], "status": {}}, "#,
            r#"{"traceId": "4bf92f3577b34da6a3ce929d0e0e4736", "spanId": "00f067aa0ba902b8", "#,
            r#""parentSpanId": "00f067aa0ba902b7", "flags": 257, "name": "find\n", "kind": 1, "#,
            r#""startTimeUnixNano": "1795161600000000000", "endTimeUnixNano": "1795161600000000001", "#,
            r#""attributes": [], "events": [{"timeUnixNano": "1795161600001999999", "name": "exception", "#,
            r#""attributes": [{"key": "exception.type", "value": {"stringValue": "E"}}]}], "#,
            r#""links": [{"traceId": "0000000000000000000000000000000a", "spanId": "000000000000000b", "#,
            r#""attributes": []}], "status": {"message": "no \"x\"", "code": 2}}]}]}]}"#,
        ];
        assert_eq!(TracesData::of(&flow([root, find])).to_string(), expected.concat());
    }
}
