//! Fields of `tracing`'s spans and events, converted to updates of spans.

use std::borrow::Cow;

use tracing_core::{Event, Metadata, span};

use crate::recording::data::scalar::Scalar;
use crate::recording::data::updates::{RecordedEvent, SpanUpdate};
use crate::recording::span::active;
use crate::recording::span::handle::SpanHandle;
use crate::vocabulary::{Attribute, SpanKind, Value};

use super::call_sites::level;
use super::fields::{FieldValue, FieldVisitor};

/// Sets the fields of a new `span`. No other thread has the span yet.
pub(super) fn set_new_fields(span: &mut SpanHandle, attributes: &span::Attributes<'_>) {
    attributes.record(&mut FieldVisitor(|name, value: FieldValue<'_>| set_field(span, name, value)));
}

/// Reads the fields that a span gets later, before the span is locked: reading calls code of the
/// user.
pub(super) fn read_fields(record: &span::Record<'_>) -> Vec<(&'static str, FieldValue<'static>)> {
    let mut fields = Vec::new();
    record.record(&mut FieldVisitor(|name, value: FieldValue<'_>| fields.push((name, value.into_owned()))));
    fields
}

/// Sets a field of `span`: by the names that `tracing-opentelemetry` gave to special fields, else
/// as an attribute.
pub(super) fn set_field(span: &mut SpanHandle, name: &'static str, value: FieldValue<'_>) {
    let special = name.strip_prefix("otel.").zip(value.text());
    let is_special = special.and_then(|(special, text)| set_special_field(span, special, text)).is_some();
    let exception = match &value {
        FieldValue::Error { message, causes } => Some(exception(message.clone(), causes)),
        FieldValue::Value(_) => None,
    };
    if !is_special {
        span.update(SpanUpdate::Attribute(Attribute::new(name, value.into_value())));
    }
    exception.into_iter().for_each(|exception| span.update(SpanUpdate::Event(exception)));
}

fn set_special_field(span: &mut SpanHandle, special: &str, text: &str) -> Option<()> {
    match special {
        "name" => span.update(SpanUpdate::Name(text.to_owned().into())),
        "kind" => span.update(SpanUpdate::Kind(kind(text)?)),
        "status_code" if text.eq_ignore_ascii_case("ok") => span.update(SpanUpdate::Succeeded),
        "status_code" if text.eq_ignore_ascii_case("error") => span.fail(),
        "status_description" => fail(span, text.to_owned().into()),
        _ => return None,
    }
    Some(())
}

/// Fails `span` for this reason.
pub(super) fn fail(span: &mut SpanHandle, reason: Cow<'static, str>) {
    span.fail();
    span.update(SpanUpdate::Failed(reason));
}

fn kind(text: &str) -> Option<SpanKind> {
    let kinds = [
        ("internal", SpanKind::Internal),
        ("server", SpanKind::Server),
        ("client", SpanKind::Client),
        ("producer", SpanKind::Producer),
        ("consumer", SpanKind::Consumer),
    ];
    kinds.into_iter().find(|(name, _)| text.eq_ignore_ascii_case(name)).map(|(_, kind)| kind)
}

/// Converts an event. Its name is its message, or without one the name of its metadata. The event
/// of an error is named `exception`, and has the message as an attribute.
pub(super) fn convert_event(event: &Event<'_>) -> RecordedEvent {
    let metadata = event.metadata();
    let mut message = None;
    let mut error = None;
    let mut recorded = active::event(metadata.name());
    recorded.attributes.reserve_exact(2 + metadata.fields().len());
    recorded.attributes.extend(origin(metadata));
    event.record(&mut FieldVisitor(|name, value: FieldValue<'_>| match (name, value) {
        (_, FieldValue::Error { message, causes }) => error = Some(exception(message, &causes)),
        // `#[instrument(err)]` records an error so.
        ("error", FieldValue::Value(Scalar::Text(Cow::Owned(message)))) => {
            error = Some(exception(message, &[]))
        }
        ("message", value) => message = Some(value.into_value()),
        (_, value) => recorded.attributes.push(Attribute::new(name, value.into_value())),
    }));
    match error {
        Some(error) => {
            recorded.name = error.name;
            recorded.attributes.extend(message.map(|message| Attribute::new("message", message)));
            recorded.attributes.extend(error.attributes);
        }
        None => recorded.name = message.map_or(recorded.name, text),
    }
    recorded
}

/// Returns the reason for a span that fails because of this event.
pub(super) fn failure_reason(event: &RecordedEvent) -> Cow<'static, str> {
    let exception = event.attributes.iter().find(|attribute| attribute.key == "exception.message");
    exception.map_or_else(|| event.name.clone(), |exception| text(exception.value.clone()))
}

/// Returns the attributes of an event's origin. OpenTelemetry has no convention for them.
fn origin(metadata: &Metadata<'static>) -> [Attribute; 2] {
    [Attribute::new("omegi.level", level(metadata)), Attribute::new("omegi.target", metadata.target())]
}

/// Makes the event of an error with this `message`. Its type is not known: `tracing` passes a `dyn
/// Error`.
fn exception(message: String, causes: &[String]) -> RecordedEvent {
    let mut event = active::event("exception");
    if !causes.is_empty() {
        let causes = causes.iter().map(|cause| format!("\ncaused by: {cause}")).collect::<String>();
        event.attributes.push(Attribute::new("exception.stacktrace", format!("{message}{causes}")));
    }
    event.attributes.push(Attribute::new("exception.message", message));
    event
}

fn text(value: Value) -> Cow<'static, str> {
    match value {
        Value::Str(text) => text,
        other => other.to_string().into(),
    }
}
