//! JSON for Omegi's collect server.
//!
//! A flow without an error is its root:
//!
//! ```json
//! {"tracer":"omegi-tracer-rust","traceId":"4bf9…","token":"…","serviceName":"shop",
//!  "parentSpanId":"0000000000000000","spanId":"00f0…",
//!  "spanEnterTime":"2026-11-20 08:00:00.000","spanExitTime":"2026-11-20 08:00:00.001"}
//! ```
//!
//! A flow with an error is all its spans, in the order of their ends, and the first error. An error
//! that came from another service is `{}`: the collect server finds it in that service's message,
//! whose root's parent is a span of this one.

use std::fmt::{self, Display, Formatter};

use crate::exporting::json::{Members, Text, list, object};
use crate::exporting::utc::UtcMillis;
use crate::vocabulary::{Attribute, ErrorReport, Flow, Span, SpanKind, Status, Value};

use super::cut::{Cut, SpanSlice};

/// The writer of messages.
const TRACER: &str = "omegi-tracer-rust";

/// The root's attribute with the number of spans that were left out.
const DROPPED: &str = "omegi.flow.dropped_spans";

/// The message of a flow without an error.
pub(super) struct FlowMessage<'f> {
    pub(super) flow: &'f Flow,
    pub(super) token: &'f str,
}

impl Display for FlowMessage<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        object(f, |members| {
            heading(members, self.flow, self.token)?;
            let Some(root) = self.flow.root() else { return Ok(()) };
            members.shown("parentSpanId", Text(&root.parent_span_id.to_string()))?;
            members.shown("spanId", Text(&root.span_id.to_string()))?;
            times(members, root)
        })
    }
}

/// The message of a flow with an error, within `cut`.
pub(super) struct FailedFlowMessage<'f> {
    pub(super) flow: &'f Flow,
    pub(super) token: &'f str,
    pub(super) cut: &'f Cut,
}

impl Display for FailedFlowMessage<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { flow, token, cut } = self;
        object(f, |members| {
            heading(members, flow, token)?;
            members.member("error", |f| object(f, |members| error(members, flow, cut)))?;
            members.member("spans", |f| {
                list(f, &cut.spans, |f, slice| CutSpan { flow, slice: *slice, cut }.fmt(f))
            })
        })
    }
}

/// One span in the message of a flow with an error.
pub(super) struct CutSpan<'f> {
    pub(super) flow: &'f Flow,
    pub(super) slice: SpanSlice,
    pub(super) cut: &'f Cut,
}

impl Display for CutSpan<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let span = &self.flow.spans[self.slice.span];
        object(f, |members| {
            members.shown("name", Text(&self.cut.lengths.value(&span.name)))?;
            members.shown("spanId", Text(&span.span_id.to_string()))?;
            members.shown("parentSpanId", Text(&span.parent_span_id.to_string()))?;
            members.shown("kind", Text(kind(span.kind)))?;
            times(members, span)?;
            members.member("attributes", |f| object(f, |members| self.attributes(members, span)))
        })
    }
}

impl CutSpan<'_> {
    /// Writes the attributes, every value as a string, and on the root the number of spans that
    /// were left out.
    fn attributes(&self, members: &mut Members<'_, '_>, span: &Span) -> fmt::Result {
        let is_root = self.slice.span == 0;
        let attributes = span.attributes.iter().take(self.slice.attributes);
        for Attribute { key, value } in attributes.filter(|it| !is_root || it.key != DROPPED) {
            members.shown(key, Text(&self.cut.lengths.value(&value.to_string())))?;
        }
        match dropped_before(span) + self.cut.dropped_spans {
            dropped if is_root && dropped > 0 => members.shown(DROPPED, Text(&dropped.to_string())),
            _ => Ok(()),
        }
    }
}

/// Returns the number of spans that were left out of the flow earlier.
fn dropped_before(root: &Span) -> usize {
    match root.attribute(DROPPED) {
        Some(Value::I64(number)) => usize::try_from(*number).unwrap_or(0),
        _ => 0,
    }
}

/// Returns the span that failed first.
pub(super) fn first_to_fail(flow: &Flow) -> Option<usize> {
    let failed =
        flow.spans.iter().enumerate().filter(|(_, span)| matches!(span.status, Status::Error { .. }));
    failed.min_by_key(|(_, span)| span.end_order).map(|(index, _)| index)
}

fn heading(members: &mut Members<'_, '_>, flow: &Flow, token: &str) -> fmt::Result {
    let service = flow.resource.service_name().map(Value::to_string).unwrap_or_default();
    members.shown("tracer", Text(TRACER))?;
    members.shown("traceId", Text(&flow.trace_id.to_string()))?;
    members.shown("token", Text(token))?;
    members.shown("serviceName", Text(&service))
}

fn times(members: &mut Members<'_, '_>, span: &Span) -> fmt::Result {
    members.shown("spanEnterTime", format_args!("\"{}\"", UtcMillis { unix_ns: span.start_ns }))?;
    members.shown("spanExitTime", format_args!("\"{}\"", UtcMillis { unix_ns: span.end_ns }))
}

/// Writes the first error; nothing if it came from another service.
fn error(members: &mut Members<'_, '_>, flow: &Flow, cut: &Cut) -> fmt::Result {
    let Some(failed) = first_to_fail(flow) else { return error_without_span(members, flow, cut) };
    if matches!(flow.spans[failed].kind, SpanKind::Client | SpanKind::Producer) {
        return Ok(());
    }
    match flow.errors.iter().find(|report| report.first_span() == Some(failed)) {
        Some(report) => error_with_path(members, report, &flow.spans[failed], cut),
        None => error_of_status(members, &flow.spans[failed], cut),
    }
}

/// Writes the first error of a flow in which no span failed: it left a call without a span.
fn error_without_span(members: &mut Members<'_, '_>, flow: &Flow, cut: &Cut) -> fmt::Result {
    let around = |report: &&ErrorReport| report.first_span().and_then(|span| flow.spans.get(span));
    let first = flow.errors.iter().find_map(|report| Some((report, around(&report)?)));
    first.map_or(Ok(()), |(report, origin)| error_with_path(members, report, origin, cut))
}

/// Writes an error whose path is known.
fn error_with_path(
    members: &mut Members<'_, '_>,
    report: &ErrorReport,
    origin: &Span,
    cut: &Cut,
) -> fmt::Result {
    members.shown("exception.type", Text(&cut.lengths.text(&report.error_type)))?;
    members.shown("exception.message", Text(&cut.lengths.text(&report.message)))?;
    let path = report.path.iter().map(|step| &*step.function);
    members.member("exception.flow", |f| object(f, |members| steps(members, path, cut)))?;
    members.shown("exception.stacktrace", Text(&cut.lengths.text(&stacktrace(report, origin))))
}

/// Writes an error that only the status of its span records, because the program set it.
fn error_of_status(members: &mut Members<'_, '_>, span: &Span, cut: &Cut) -> fmt::Result {
    let text =
        |key: &str, otherwise: &str| span.attribute(key).map_or(otherwise.to_owned(), Value::to_string);
    // OpenTelemetry's semantic conventions name an error without a type `_OTHER`.
    let error_type = text("error.type", "_OTHER");
    let message = if let Status::Error { description } = &span.status { description } else { "" };
    members.shown("exception.type", Text(&cut.lengths.text(&error_type)))?;
    members.shown("exception.message", Text(&cut.lengths.text(message)))?;
    let function = text("code.function.name", &span.name);
    members
        .member("exception.flow", |f| object(f, |members| steps(members, [&*function].into_iter(), cut)))?;
    members.shown(
        "exception.stacktrace",
        Text(&cut.lengths.text(&format!("{error_type}: {message}\n    at {function}"))),
    )
}

/// Writes the steps of an error path: `step.1` is the origin.
fn steps<'f>(
    members: &mut Members<'_, '_>,
    mut path: impl Iterator<Item = &'f str>,
    cut: &Cut,
) -> fmt::Result {
    for (nth, function) in (1..).zip(path.by_ref().take(cut.steps)) {
        members.shown(&format!("step.{nth}"), Text(&cut.lengths.value(function)))?;
    }
    match path.count() {
        0 => Ok(()),
        more => members.shown(&format!("step.{}", cut.steps + 1), Text(&format!("… {more} more"))),
    }
}

/// Returns the stack trace of the event on the error's origin. A limit may have dropped the event.
fn stacktrace(report: &ErrorReport, origin: &Span) -> String {
    let events = origin.events.iter().filter(|event| event.name == "exception");
    let mut attributes = events.flat_map(|event| &event.attributes);
    attributes.find(|attribute| attribute.key == "exception.stacktrace").map_or_else(
        || format!("{}: {}", report.error_type, report.message),
        |attribute| attribute.value.to_string(),
    )
}

const fn kind(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::Internal => "INTERNAL",
        SpanKind::Server => "SERVER",
        SpanKind::Client => "CLIENT",
        SpanKind::Producer => "PRODUCER",
        SpanKind::Consumer => "CONSUMER",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exporting::fixtures::{event, failing, failing_order, flow, span};
    use crate::exporting::json::compact;
    use serde_json::{Value as Json, json};

    fn flow_json(flow: &Flow) -> Json {
        serde_json::from_str(&compact(&FlowMessage { flow, token: "t-1" })).unwrap()
    }

    fn error_json(flow: &Flow) -> Json {
        let cut = Cut::whole(flow);
        serde_json::from_str(&compact(&FailedFlowMessage { flow, token: "t-1", cut: &cut })).unwrap()
    }

    #[test]
    fn a_flow_without_an_error_is_its_root() {
        let message = flow_json(&flow([span("orders::place", None), span("db::find", Some(0))]));
        let expected = json!({
            "tracer": "omegi-tracer-rust", "traceId": "4bf92f3577b34da6a3ce929d0e0e4736", "token": "t-1",
            "serviceName": "shop", "parentSpanId": "0000000000000000", "spanId": "00f067aa0ba902b7",
            "spanEnterTime": "2026-11-20 08:00:00.000", "spanExitTime": "2026-11-20 08:00:00.001",
        });
        assert_eq!(message, expected);
    }

    /// The contract of the collect server, letter by letter.
    #[test]
    fn messages_keep_the_contract_to_the_letter() {
        let message = compact(&FlowMessage { flow: &flow([span("f", None)]), token: "t-1" });
        assert_eq!(
            message,
            r#"{"tracer":"omegi-tracer-rust","traceId":"4bf92f3577b34da6a3ce929d0e0e4736","#.to_owned()
                + r#""token":"t-1","serviceName":"shop","#
                + r#""parentSpanId":"0000000000000000","spanId":"00f067aa0ba902b7","#
                + r#""spanEnterTime":"2026-11-20 08:00:00.000","spanExitTime":"2026-11-20 08:00:00.001"}"#
        );
        let mut failed = flow([failing("f", None, "torn")]);
        failed.errors = failing_order().errors;
        failed.errors[0].path.truncate(2);
        failed.errors[0].path[0].span = 0;
        let message = compact(&FailedFlowMessage { flow: &failed, token: "t-1", cut: &Cut::whole(&failed) });
        assert_eq!(
            message,
            r#"{"tracer":"omegi-tracer-rust","traceId":"4bf92f3577b34da6a3ce929d0e0e4736","#.to_owned()
                + r#""token":"t-1","serviceName":"shop","#
                + r#""error":{"exception.type":"shop::db::Error","exception.message":"no such item \"x\"","#
                + r#""exception.flow":{"step.1":"shop::db::find","step.2":"shop::orders::place"},"#
                + r#""exception.stacktrace":"shop::db::Error: no such item \"x\""},"#
                + r#""spans":[{"name":"f","spanId":"00f067aa0ba902b7","#
                + r#""parentSpanId":"0000000000000000","kind":"INTERNAL","#
                + r#""spanEnterTime":"2026-11-20 08:00:00.000","#
                + r#""spanExitTime":"2026-11-20 08:00:00.001","attributes":{}}]}"#
        );
    }

    #[test]
    fn the_root_is_last_even_if_a_task_of_its_flow_ended_later() {
        let mut flow = flow([failing("root", None, "x"), span("task", Some(0))]);
        (flow.spans[0].end_order, flow.spans[1].end_order) = (0, 1);
        let message = error_json(&flow);
        assert_eq!([&message["spans"][0]["name"], &message["spans"][1]["name"]], ["task", "root"]);
    }

    #[test]
    fn a_flow_with_an_error_is_its_spans_in_the_order_of_their_ends_and_the_error() {
        let mut order = failing_order();
        order.spans[3].events = vec![event("exception", [("exception.stacktrace", "trace\nof it".into())])];
        let message = error_json(&order);
        let expected = json!({
            "exception.type": "shop::db::Error", "exception.message": "no such item \"x\"",
            "exception.flow": {
                "step.1": "shop::db::find", "step.2": "shop::orders::place", "step.3": "shop::orders::run",
            },
            "exception.stacktrace": "trace\nof it",
        });
        assert_eq!(message["error"], expected);
        let names: Vec<_> = message["spans"].as_array().unwrap().iter().map(|span| &span["name"]).collect();
        assert_eq!(names, ["db::find", "orders::place", "cart::load", "orders::run"]);
        let first = json!({
            "name": "db::find", "spanId": "00f067aa0ba902ba", "parentSpanId": "00f067aa0ba902b9",
            "kind": "INTERNAL",
            "spanEnterTime": "2026-11-20 08:00:00.000", "spanExitTime": "2026-11-20 08:00:00.000",
            "attributes": {"omegi.arg.key": "x", "error.type": "shop::db::Error"},
        });
        assert_eq!(message["spans"][0], first);
        assert_eq!(message["spans"][2]["attributes"]["omegi.arg.id"], "7");
    }

    #[test]
    fn every_value_is_a_string() {
        let mut root = failing("f", None, "");
        let values: [(&'static str, Value); 5] = [
            ("a", true.into()),
            ("b", Value::I64(-1)),
            ("c", Value::F64(0.5)),
            ("d", Value::F64(f64::NAN)),
            ("é", "\u{1b}\"😀".into()),
        ];
        root.attributes = values.map(|(key, value)| Attribute::new(key, value)).into();
        let message = error_json(&flow([root]));
        let expected = json!({"a": "true", "b": "-1", "c": "0.5", "d": "NaN", "é": "\u{1b}\"😀"});
        assert_eq!(message["spans"][0]["attributes"], expected);
    }

    #[test]
    fn an_error_from_another_service_is_left_to_that_service() {
        for (kind, is_local) in [
            (SpanKind::Client, false),
            (SpanKind::Producer, false),
            (SpanKind::Internal, true),
            (SpanKind::Server, true),
            (SpanKind::Consumer, true),
        ] {
            let call = Span { kind, ..failing("http::get", Some(0), "HTTP 500") };
            let message = error_json(&flow([failing("orders::place", None, "HTTP 500"), call]));
            assert_eq!(message["error"] != json!({}), is_local, "{kind:?}");
        }
    }

    #[test]
    fn an_error_of_a_status_alone_is_written() {
        let mut root = failing("f", None, "by hand");
        root.attributes = vec![Attribute::new("code.function.name", "shop::f")];
        let expected = json!({
            "exception.type": "_OTHER", "exception.message": "by hand",
            "exception.flow": {"step.1": "shop::f"},
            "exception.stacktrace": "_OTHER: by hand\n    at shop::f",
        });
        assert_eq!(error_json(&flow([root]))["error"], expected);
    }
}
