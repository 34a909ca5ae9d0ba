//! OTLP's JSON: protobuf's JSON mapping, with ids in hex and enums as numbers ([OTLP, JSON Protobuf
//! Encoding]).
//!
//! [OTLP, JSON Protobuf Encoding]: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding

use std::fmt::{self, Display, Formatter};

use crate::exporting::json::{Float, Members, Text, list, object};
use crate::vocabulary::{Attribute, Resource, Value};

use super::SCOPE;

/// The names of the fields that hold resources, scopes and items.
pub(in crate::exporting) type FieldNames = [&'static str; 3];

/// Writes a message of one resource; `items` writes its list of items.
pub(in crate::exporting) fn message(
    f: &mut Formatter<'_>,
    [resources, scopes, list_of_items]: FieldNames,
    resource: &Resource,
    items: impl Fn(&mut Formatter<'_>) -> fmt::Result,
) -> fmt::Result {
    let of_scope = |f: &mut Formatter<'_>, ()| {
        object(f, |members| {
            members.member("scope", scope)?;
            members.member(list_of_items, &items)
        })
    };
    let of_resource = |f: &mut Formatter<'_>, ()| {
        object(f, |members| {
            members.member("resource", |f| object(f, |it| attributes(it, &resource.attributes)))?;
            members.member(scopes, |f| list(f, [()], of_scope))
        })
    };
    object(f, |members| members.member(resources, |f| list(f, [()], of_resource)))
}

fn scope(f: &mut Formatter<'_>) -> fmt::Result {
    object(f, |members| {
        let [name, version] = SCOPE;
        members.shown("name", Text(name))?;
        members.shown("version", Text(version))
    })
}

/// Writes the member `attributes`.
pub(in crate::exporting) fn attributes(
    members: &mut Members<'_, '_>,
    attributes: &[Attribute],
) -> fmt::Result {
    members.member("attributes", |f| list(f, attributes, attribute))
}

fn attribute(f: &mut Formatter<'_>, Attribute { key, value }: &Attribute) -> fmt::Result {
    object(f, |members| {
        members.shown("key", Text(key))?;
        members.member("value", |f| object(f, |members| any_value(members, value)))
    })
}

fn any_value(members: &mut Members<'_, '_>, value: &Value) -> fmt::Result {
    match value {
        Value::Bool(value) => members.shown("boolValue", value),
        Value::I64(value) => members.shown("intValue", Quoted(value)),
        Value::F64(value) => members.shown("doubleValue", Float(*value)),
        Value::Str(value) => members.shown("stringValue", Text(value)),
    }
}

/// A value that needs no escape, displayed as a JSON string.
///
/// OTLP writes 64-bit numbers as strings, because JavaScript's numbers cannot hold them.
pub(in crate::exporting) struct Quoted<T>(pub(in crate::exporting) T);

impl<T: Display> Display for Quoted<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0)
    }
}
