//! Describes an error on the spans of its path.

use std::borrow::Cow;

use crate::recording::data::recorded::RecordedFlow;
use crate::settings::Limits;
use crate::vocabulary::{Attribute, ErrorReport, Event, Link, Location, PathStep, Span, Status, Value};

use super::layout::Layout;

/// Adds an error to its spans: an event where it began, a status and a type wherever it passed. An
/// error that came to one of the spans `told` has its event in the flow of a loop's turn.
///
/// An error that began in a call without a span, at `began_ns`, has its event on the span around.
pub(super) fn describe(
    report: &ErrorReport,
    began_ns: u64,
    told: &[usize],
    spans: &mut [Span],
    limits: &Limits,
) {
    for (step, text) in report.texts() {
        let Some(span) = spans.get_mut(step.span).filter(|_| step.recorded) else { continue };
        // The program's own status OK wins over an error that passed.
        if span.status != Status::Ok {
            span.status = Status::Error { description: Cow::Owned(text.message.to_owned()) };
        }
        let error_type = Value::Str(text.error_type.clone());
        limits.add_important_attribute(span, Attribute::new("error.type", error_type));
    }
    if let Some(origin) = report.origin().filter(|origin| !told.contains(origin)) {
        let span = &mut spans[origin];
        let unrecorded = report.path.first().filter(|step| !step.recorded);
        let time_ns = unrecorded.map_or(span.end_ns, |_| began_ns.clamp(span.start_ns, span.end_ns));
        let mut event = exception(report, time_ns);
        event.attributes.extend(unrecorded.into_iter().flat_map(place));
        limits.add_error(span, event);
    }
}

/// Links the first span of each error that came from another flow to the span where it began.
pub(super) fn link_to_origins(spans: &mut [Span], parts: &[&RecordedFlow], layout: &Layout, limits: &Limits) {
    for (nth, part) in parts.iter().enumerate() {
        for error in &part.errors {
            if let Some((earlier, step)) = error.earlier.as_ref().zip(error.path.first()) {
                let (trace_id, span_id) = earlier.origin;
                limits.add_link(&mut spans[layout.index(nth, step.span)], Link::to(trace_id, span_id));
            }
        }
    }
}

/// Returns the attributes that tell the place of a call without a span.
fn place(step: &PathStep) -> [Attribute; 3] {
    let Location { file, line } = step.location;
    [
        Attribute::new("code.function.name", Value::Str(step.function.clone())),
        Attribute::new("code.file.path", file),
        Attribute::new("code.line.number", i64::from(line)),
    ]
}

/// The `exception` event ([exceptions on spans]).
///
/// A Rust error has no stack trace. Its path stands there instead, one call a line, and then its
/// causes.
///
/// [exceptions on spans]: https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/
fn exception(report: &ErrorReport, time_ns: u64) -> Event {
    let head = format!("{}: {}", report.error_type, report.message);
    let calls = report
        .path
        .iter()
        .map(|step| format!("    at {} ({}:{})", step.function, step.location.file, step.location.line));
    let causes = report.causes.iter().map(|cause| format!("caused by: {cause}"));
    let stacktrace = std::iter::once(head).chain(calls).chain(causes).collect::<Vec<_>>().join("\n");
    Event {
        name: "exception".into(),
        time_ns,
        attributes: vec![
            Attribute::new("exception.type", Value::Str(report.error_type.clone())),
            Attribute::new("exception.message", report.message.clone()),
            Attribute::new("exception.stacktrace", stacktrace),
        ],
        dropped_attributes: 0,
    }
}
