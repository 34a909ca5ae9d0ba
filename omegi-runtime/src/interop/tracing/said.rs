//! What spans and events say, in the flow's words.

use std::borrow::Cow;

use tracing_core::{Event, Metadata, span};

use crate::recording::here;
use crate::recording::notes::{RecordedEvent, SpanUpdate};
use crate::recording::shared_span::SharedSpan;
use crate::vocabulary::{Attribute, SpanKind, Value};

use super::call_sites::level;
use super::fields::{Fields, Said};

/// Says of `span`, which nobody else knows yet, what it was made with.
pub(super) fn of_new_span(span: &mut SharedSpan, attributes: &span::Attributes<'_>) {
    attributes.record(&mut Fields(|name, said: Said<'_>| say(span, name, said)));
}

/// What is said later of a span, read before that is locked: reading it calls the user's code.
pub(super) fn of_span(record: &span::Record<'_>) -> Vec<(&'static str, Said<'static>)> {
    let mut later = Vec::new();
    record.record(&mut Fields(|name, said: Said<'_>| later.push((name, said.into_owned()))));
    later
}

/// Says it of `span`: what it is, under the names that `tracing-opentelemetry` gave such fields, or else an attribute.
pub(super) fn say(span: &mut SharedSpan, name: &'static str, said: Said<'_>) {
    let special = name.strip_prefix("otel.").zip(said.text());
    match special.and_then(|(special, text)| say_specially(span, special, text)) {
        Some(()) => {}
        None => span.attribute(name, said.taken()),
    }
    if let Said::Failure { message, causes } = said {
        span.update(SpanUpdate::Event(exception(message, &causes)));
    }
}

fn say_specially(span: &mut SharedSpan, special: &str, text: &str) -> Option<()> {
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

/// `span` fails, for this reason.
pub(super) fn fail(span: &mut SharedSpan, why: Cow<'static, str>) {
    span.fail();
    span.update(SpanUpdate::Failed(why));
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
pub(super) fn of_event(event: &Event<'_>) -> RecordedEvent {
    let metadata = event.metadata();
    let mut message = None;
    let mut error = None;
    let mut note = here::event(metadata.name());
    note.attributes.reserve_exact(2 + metadata.fields().len());
    note.attributes.extend(origin(metadata));
    event.record(&mut Fields(|name, said: Said<'_>| match (name, said) {
        (_, Said::Failure { message, causes }) => error = Some(exception(message, &causes)),
        // `#[instrument(err)]` writes it like this.
        ("error", Said::Written(message)) => error = Some(exception(message, &[])),
        ("message", said) => message = Some(said.into_value()),
        (_, said) => note.attributes.push(Attribute::new(name, said.into_value())),
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
pub(super) fn reason(event: &RecordedEvent) -> Cow<'static, str> {
    let exception = event.attributes.iter().find(|attribute| attribute.key == "exception.message");
    exception.map_or_else(|| event.name.clone(), |exception| text(exception.value.clone()))
}

/// What an event says of where it comes from. OpenTelemetry has no convention for that.
fn origin(metadata: &Metadata<'static>) -> [Attribute; 2] {
    [Attribute::new("omegi.level", level(metadata)), Attribute::new("omegi.target", metadata.target())]
}

/// An error that says `message`. Its type is not known: what `tracing` hands on is a `dyn Error`.
fn exception(message: String, causes: &[String]) -> RecordedEvent {
    let mut event = here::event("exception");
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
