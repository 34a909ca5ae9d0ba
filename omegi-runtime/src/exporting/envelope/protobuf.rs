//! OTLP's protobuf: the fields of each message by their numbers, in ascending order.

use crate::exporting::protobuf::ProtobufMessage;
use crate::vocabulary::{Attribute, Resource, Value};

use super::SCOPE;

/// The number of the field that holds a scope's items, spans or metrics.
pub(in crate::exporting) const ITEM: u32 = 2;

/// A message of one resource; `items` writes each item as a field [`ITEM`].
pub(in crate::exporting) fn message(
    resource: &Resource,
    items: impl FnOnce(&mut ProtobufMessage<'_>),
) -> Vec<u8> {
    let mut bytes = Vec::new();
    ProtobufMessage::new(&mut bytes).message(1, |of_resource| {
        of_resource.message(1, |message| attributes(message, 1, &resource.attributes));
        of_resource.message(2, |of_scope| {
            of_scope.message(1, |scope| {
                let [name, version] = SCOPE;
                scope.text(1, name);
                scope.text(2, version);
            });
            items(of_scope);
        });
    });
    bytes
}

/// Adds a field for each attribute.
pub(in crate::exporting) fn attributes(
    message: &mut ProtobufMessage<'_>,
    field: u32,
    attributes: &[Attribute],
) {
    for Attribute { key, value } in attributes {
        message.message(field, |key_value| {
            key_value.text(1, key);
            key_value.message(2, |any| any_value(any, value));
        });
    }
}

/// Writes a field of a `oneof`. Zero and empty values are written too: their presence is their
/// meaning.
fn any_value(message: &mut ProtobufMessage<'_>, value: &Value) {
    match value {
        Value::Str(value) => message.bytes(1, value.as_bytes()),
        Value::Bool(value) => message.any_varint(2, u64::from(*value)),
        Value::I64(value) => message.any_varint(3, value.cast_unsigned()),
        Value::F64(value) => message.any_fixed64(4, value.to_bits()),
    }
}
