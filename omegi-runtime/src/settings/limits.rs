//! How much is kept of one span ([OpenTelemetry], span limits).
//!
//! [OpenTelemetry]: https://opentelemetry.io/docs/specs/otel/trace/sdk/#span-limits

use super::parsing::count;
use super::reader::Reader;
use super::variables::{
    ATTRIBUTE_COUNT, ATTRIBUTE_VALUE_LENGTH, EVENT_ATTRIBUTE_COUNT, EVENT_COUNT, LINK_ATTRIBUTE_COUNT,
    LINK_COUNT, Variable,
};

/// How much is kept of one span.
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
        let mut limit = |variable: &Variable| reader.value(variable, |text| count(text, 0));
        Self {
            value_length: limit(&ATTRIBUTE_VALUE_LENGTH),
            attributes: limit(&ATTRIBUTE_COUNT),
            events: limit(&EVENT_COUNT),
            links: limit(&LINK_COUNT),
            event_attributes: limit(&EVENT_ATTRIBUTE_COUNT),
            link_attributes: limit(&LINK_ATTRIBUTE_COUNT),
        }
    }
}
