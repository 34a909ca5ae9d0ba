//! One JSON object a span and line, as OpenTelemetry Python's `ConsoleSpanExporter` prints them
//! with `span.to_json(indent=None)`.
//!
//! Equal byte for byte, with two exceptions: numbers that JSON does not know are text (`"NaN"`),
//! and very large and small floats have Rust's form of exponent (`1e300`).

use std::fmt;

use crate::exporting::json::{JsonScalar, Members, Text, list, object};
use crate::exporting::utc::Utc;
use crate::vocabulary::{Attribute, Event, Flow, Link, Resource, Span, SpanId, SpanKind, Status, TraceId};

/// All spans of a flow, one line each.
pub(super) struct JsonLines<'f>(pub(super) &'f Flow);

impl fmt::Display for JsonLines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The resource is long and the same for every span: written once.
        let resource = WholeResource(&self.0.resource).to_string();
        for span in &self.0.spans {
            write_span(f, self.0.trace_id, span, &resource)?;
            f.write_str("\n")?;
        }
        Ok(())
    }
}

struct WholeResource<'f>(&'f Resource);

impl fmt::Display for WholeResource<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        object(f, |members| {
            members.member("attributes", |f| attributes(f, &self.0.attributes))?;
            members.shown("schema_url", Text(""))
        })
    }
}

fn write_span(f: &mut fmt::Formatter<'_>, trace: TraceId, span: &Span, resource: &str) -> fmt::Result {
    object(f, |members| {
        members.shown("name", Text(&span.name))?;
        members.member("context", |f| context(f, trace, span.span_id))?;
        members.shown("kind", Text(kind(span.kind)))?;
        parent(members, span.parent_span_id)?;
        time(members, "start_time", span.start_ns)?;
        time(members, "end_time", span.end_ns)?;
        members.member("status", |f| status(f, &span.status))?;
        members.member("attributes", |f| attributes(f, &span.attributes))?;
        members.member("events", |f| list(f, &span.events, event))?;
        members.member("links", |f| list(f, &span.links, link))?;
        members.shown("resource", resource)
    })
}

fn context(f: &mut fmt::Formatter<'_>, trace: TraceId, span: SpanId) -> fmt::Result {
    object(f, |members| {
        members.shown("trace_id", format_args!("\"0x{trace}\""))?;
        members.shown("span_id", format_args!("\"0x{span}\""))?;
        members.shown("trace_state", Text("[]"))
    })
}

fn parent(members: &mut Members<'_, '_>, parent: SpanId) -> fmt::Result {
    if parent.is_some() {
        members.shown("parent_id", format_args!("\"0x{parent}\""))
    } else {
        members.shown("parent_id", "null")
    }
}

fn time(members: &mut Members<'_, '_>, name: &str, unix_ns: u64) -> fmt::Result {
    members.shown(name, format_args!("\"{}\"", Utc { unix_ns }))
}

fn status(f: &mut fmt::Formatter<'_>, status: &Status) -> fmt::Result {
    object(f, |members| match status {
        Status::Unset => members.shown("status_code", Text("UNSET")),
        Status::Ok => members.shown("status_code", Text("OK")),
        Status::Error { description } => {
            members.shown("status_code", Text("ERROR"))?;
            // Python leaves an empty description out.
            if description.is_empty() { Ok(()) } else { members.shown("description", Text(description)) }
        }
    })
}

fn attributes(f: &mut fmt::Formatter<'_>, attributes: &[Attribute]) -> fmt::Result {
    object(f, |members| {
        attributes.iter().try_for_each(|Attribute { key, value }| members.shown(key, JsonScalar(value)))
    })
}

fn event(f: &mut fmt::Formatter<'_>, event: &Event) -> fmt::Result {
    object(f, |members| {
        members.shown("name", Text(&event.name))?;
        time(members, "timestamp", event.time_ns)?;
        members.member("attributes", |f| attributes(f, &event.attributes))
    })
}

fn link(f: &mut fmt::Formatter<'_>, link: &Link) -> fmt::Result {
    object(f, |members| {
        members.member("context", |f| context(f, link.trace_id, link.span_id))?;
        members.member("attributes", |f| attributes(f, &link.attributes))
    })
}

const fn kind(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::Internal => "SpanKind.INTERNAL",
        SpanKind::Server => "SpanKind.SERVER",
        SpanKind::Client => "SpanKind.CLIENT",
        SpanKind::Producer => "SpanKind.PRODUCER",
        SpanKind::Consumer => "SpanKind.CONSUMER",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exporting::fixtures::{START_NS, event, failing, flow, span};
    use crate::vocabulary::Value;

    /// The output of `python_reference.py` beside this file, with opentelemetry-sdk 1.45.2.
    const REFERENCE: &str = include_str!("python_reference.jsonl");

    #[test]
    fn lines_are_those_of_opentelemetry_python() {
        let ours = JsonLines(&reference_flow()).to_string();
        for (ours, reference) in ours.lines().zip(REFERENCE.lines()) {
            assert_eq!(ours, reference);
        }
        assert_eq!(ours.lines().count(), REFERENCE.lines().count());
    }

    /// The spans that `python_reference.py` makes.
    fn reference_flow() -> Flow {
        let mut empty = failing("empty", Some(0), "");
        (empty.kind, empty.start_ns, empty.end_ns) =
            (SpanKind::Client, START_NS + 3_000_000, START_NS + 3_000_001);
        let mut fine = span("fine", Some(0));
        (fine.status, fine.start_ns, fine.end_ns) = (Status::Ok, START_NS + 3_000_000, START_NS + 3_000_001);
        flow([reference_root(), reference_find(), empty, fine])
    }

    fn reference_root() -> Span {
        let mut root = span("orders::place", None);
        (root.kind, root.end_ns) = (SpanKind::Server, START_NS + 5_000_000);
        root.attributes = vec![
            Attribute::new("code.function.name", "shop::orders::place"),
            Attribute::new("code.line.number", 17),
            Attribute::new("ok", true),
            Attribute::new("ratio", 0.5),
            Attribute::new("whole", 2.0),
            Attribute::new("text", "q\"\\ \n\t\u{1b} é 😀 \u{7f} \u{2028}"),
        ];
        root
    }

    fn reference_find() -> Span {
        let mut find = failing("db::find", Some(0), "no such item \"x\"");
        (find.start_ns, find.end_ns) = (START_NS + 1_234_567, START_NS + 2_000_999);
        let message = Value::from("no such item \"x\"");
        find.events = vec![event(
            "exception",
            [("exception.type", "shop::db::Error".into()), ("exception.message", message)],
        )];
        let link = Link::to(TraceId::from_u128(0xa), SpanId::from_u64(0xb));
        find.links = vec![Link { attributes: vec![Attribute::new("k", 1)], ..link }];
        find
    }
}
