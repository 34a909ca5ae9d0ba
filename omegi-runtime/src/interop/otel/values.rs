//! OpenTelemetry's values, converted to ours.

use std::time::{SystemTime, UNIX_EPOCH};

use opentelemetry::{KeyValue, Value as OtelValue};

use crate::vocabulary::{Attribute, Value};

/// Converts an attribute.
pub(super) fn attribute(attribute: KeyValue) -> Attribute {
    Attribute::new(String::from(attribute.key), value(attribute.value))
}

/// Converts attributes.
pub(super) fn attributes(attributes: Vec<KeyValue>) -> Vec<Attribute> {
    attributes.into_iter().map(attribute).collect()
}

fn value(value: OtelValue) -> Value {
    match value {
        OtelValue::Bool(value) => value.into(),
        OtelValue::I64(value) => value.into(),
        OtelValue::F64(value) => value.into(),
        OtelValue::String(value) => String::from(value).into(),
        list => list.to_string().into(),
    }
}

/// Returns the nanoseconds since the Unix epoch; 0 for an earlier moment.
pub(super) fn unix_ns(at: SystemTime) -> u64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
