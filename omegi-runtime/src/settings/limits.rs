//! Limits on the parts of one span ([OpenTelemetry], span limits).
//!
//! [OpenTelemetry]: https://opentelemetry.io/docs/specs/otel/trace/sdk/#span-limits

use super::parsing::count;
use super::reader::Reader;
use super::variable::Variable;
use super::variable::{Fallback::Text, Parser::Whole};

pub(super) static ATTRIBUTE_VALUE_LENGTH: Variable<usize> = limit(
    "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
    "2048",
    "characters that are kept of an attribute's text",
)
.or(&["OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"]);

pub(super) static ATTRIBUTE_COUNT: Variable<usize> = limit(
    "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
    "128",
    "attributes of a span that are kept; those beyond are counted on it, as are events and links",
)
.or(&["OTEL_ATTRIBUTE_COUNT_LIMIT"]);

pub(super) static EVENT_COUNT: Variable<usize> = limit(
    "OTEL_SPAN_EVENT_COUNT_LIMIT",
    "128",
    "events of a span that are kept; an error's event is kept before others",
);

pub(super) static LINK_COUNT: Variable<usize> =
    limit("OTEL_SPAN_LINK_COUNT_LIMIT", "128", "links of a span that are kept");

pub(super) static EVENT_ATTRIBUTE_COUNT: Variable<usize> =
    limit("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "128", "attributes of an event that are kept");

pub(super) static LINK_ATTRIBUTE_COUNT: Variable<usize> =
    limit("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "128", "attributes of a link that are kept");

const fn limit(name: &'static str, default: &'static str, meaning: &'static str) -> Variable<usize> {
    Variable::new(name, Text(default), Whole(|text| count(text, 0)), meaning)
}

/// Limits on the parts of one span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Characters of an attribute's text.
    pub(crate) value_length: usize,
    /// Attributes of a span.
    pub(crate) attributes: usize,
    /// Events of a span.
    pub(crate) events: usize,
    /// Links of a span.
    pub(crate) links: usize,
    /// Attributes of an event.
    pub(crate) event_attributes: usize,
    /// Attributes of a link.
    pub(crate) link_attributes: usize,
}

impl Limits {
    pub(super) fn resolve(reader: &mut Reader<'_>) -> Self {
        Self {
            value_length: reader.value(&ATTRIBUTE_VALUE_LENGTH),
            attributes: reader.value(&ATTRIBUTE_COUNT),
            events: reader.value(&EVENT_COUNT),
            links: reader.value(&LINK_COUNT),
            event_attributes: reader.value(&EVENT_ATTRIBUTE_COUNT),
            link_attributes: reader.value(&LINK_ATTRIBUTE_COUNT),
        }
    }
}
