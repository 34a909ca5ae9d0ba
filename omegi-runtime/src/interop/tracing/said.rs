//! What spans and events say, in the flow's words.

use std::borrow::Cow;

use tracing_core::{Event, Metadata, span};

use crate::recording::attributes::Taken;
use crate::recording::here;
use crate::recording::notes::{EventNote, What};
use crate::recording::shared_span::SharedSpan;
use crate::vocabulary::{Attribute, SpanKind, Value};

use super::call_sites::level;
use super::fields::Fields;

/// Says of `span`, which nobody else knows yet, what it was made with.
pub(super) fn of_new_span(span: &mut SharedSpan, attributes: &span::Attributes<'_>) {
    attributes.record(&mut Fields(|name, value: Taken<'_>, causes: Option<&[String]>| {
        say(span, name, value);
        if let Some(causes) = causes {
            span.note(What::Event(exception(value, causes)));
        }
    }));
}

/// What is said later of a span, read before that is locked: reading it calls the user's code.
pub(super) fn of_span(record: &span::Record<'_>) -> Vec<(&'static str, Value, Option<EventNote>)> {
    let mut said = Vec::new();
    record.record(&mut Fields(|name, value: Taken<'_>, causes: Option<&[String]>| {
        said.push((name, owned(value), causes.map(|causes| exception(value, causes))));
    }));
    said
}

/// Says it.
pub(super) fn say_later(
    span: &mut SharedSpan,
    said: impl IntoIterator<Item = (&'static str, Value, Option<EventNote>)>,
) {
    for (name, value, event) in said {
        say(span, name, taken(&value));
        if let Some(event) = event {
            span.note(What::Event(event));
        }
    }
}

/// Fields that say what a span is, under the names that `tracing-opentelemetry` gave them; all others are its attributes.
fn say(span: &mut SharedSpan, name: &'static str, value: Taken<'_>) {
    let Some(special) = name.strip_prefix("otel.") else { return span.attribute(name, value) };
    let text = || match value {
        Taken::Text(text) | Taken::Static(text) => Some(text),
        _ => None,
    };
    match (special, text()) {
        ("name", Some(text)) => span.note(What::Name(text.to_owned().into())),
        ("kind", Some(text)) => kind(text).into_iter().for_each(|kind| span.note(What::Kind(kind))),
        ("status_code", Some(text)) if text.eq_ignore_ascii_case("ok") => span.note(What::Succeeded),
        ("status_code", Some(text)) if text.eq_ignore_ascii_case("error") => fail(span, ""),
        ("status_description", Some(text)) => fail(span, text),
        _ => span.attribute(name, value),
    }
}

fn fail(span: &mut SharedSpan, why: &str) {
    span.fail();
    if !why.is_empty() {
        span.note(What::Failed(why.to_owned().into()));
    }
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

/// The event as the flow tells it. Its name is its message, as everybody names them, or, if it has none, what it is called; the
/// message of an error's event is among its attributes, because its name is `exception`.
pub(super) fn of_event(event: &Event<'_>) -> EventNote {
    let metadata = event.metadata();
    let mut message = None;
    let mut error = None;
    let mut note = here::event(metadata.name());
    note.attributes.reserve_exact(2 + metadata.fields().len());
    note.attributes.extend(origin(metadata));
    event.record(&mut Fields(|name, value: Taken<'_>, causes: Option<&[String]>| match name {
        _ if causes.is_some() => error = Some(exception(value, causes.unwrap_or_default())),
        "error" if matches!(value, Taken::Text(_)) => error = Some(exception(value, &[])),
        "message" => message = Some(owned(value)),
        _ => note.attributes.push(Attribute::new(name, owned(value))),
    }));
    match error {
        Some(error) => {
            note.name = error.name;
            note.attributes.extend(message.map(|message| Attribute::new("message", message)));
            note.attributes.extend(error.attributes);
        }
        None => note.name = message.map_or(note.name, text),
    }
    note
}

/// Why a span fails, if it fails because of this event.
pub(super) fn reason(event: &EventNote) -> Cow<'static, str> {
    let exception = event.attributes.iter().find(|attribute| attribute.key == "exception.message");
    exception.map_or_else(|| event.name.clone(), |exception| text(exception.value.clone()))
}

/// What an event says of where it comes from. That is no convention of OpenTelemetry's.
fn origin(metadata: &Metadata<'static>) -> [Attribute; 2] {
    [Attribute::new("omegi.level", level(metadata)), Attribute::new("omegi.target", metadata.target())]
}

/// An error that says `message`. Its type is not known: what `tracing` hands on is a `dyn Error`.
fn exception(message: Taken<'_>, causes: &[String]) -> EventNote {
    let message = owned(message);
    let mut event = here::event("exception");
    if !causes.is_empty() {
        let causes = causes.iter().map(|cause| format!("\ncaused by: {cause}")).collect::<String>();
        event.attributes.push(Attribute::new("exception.stacktrace", format!("{message}{causes}")));
    }
    event.attributes.push(Attribute::new("exception.message", message));
    event
}

fn owned(value: Taken<'_>) -> Value {
    match value {
        Taken::Bool(value) => value.into(),
        Taken::I64(value) => value.into(),
        Taken::F64(value) => value.into(),
        Taken::Static(value) => value.into(),
        Taken::Text(value) => value.to_owned().into(),
    }
}

fn taken(value: &Value) -> Taken<'_> {
    match value {
        Value::Bool(value) => Taken::Bool(*value),
        Value::I64(value) => Taken::I64(*value),
        Value::F64(value) => Taken::F64(*value),
        Value::Str(value) => Taken::Text(value),
    }
}

fn text(value: Value) -> Cow<'static, str> {
    match value {
        Value::Str(text) => text,
        other => other.to_string().into(),
    }
}
