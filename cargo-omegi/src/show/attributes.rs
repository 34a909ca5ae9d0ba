//! Reads the members of a JSON object as attributes, in their order.

use std::fmt;

use omegi_runtime::{Attribute, Value};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value as Json;

/// The attributes of a span, event, link or resource.
#[derive(Default)]
pub(super) struct Attributes(pub(super) Vec<Attribute>);

impl<'de> Deserialize<'de> for Attributes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Attributes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Attributes, A::Error> {
                let mut attributes = Vec::new();
                while let Some((key, value)) = members.next_entry::<String, Json>()? {
                    attributes.push(Attribute::new(key, read(value)));
                }
                Ok(Attributes(attributes))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

/// Reads a value. Kinds that omegi never writes stay JSON.
fn read(value: Json) -> Value {
    match value {
        Json::Bool(value) => Value::Bool(value),
        Json::String(text) => Value::Str(text.into()),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Value::I64(whole),
            (None, Some(float)) => Value::F64(float),
            (None, None) => Value::Str(number.to_string().into()),
        },
        other => Value::Str(other.to_string().into()),
    }
}
