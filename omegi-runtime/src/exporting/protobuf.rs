//! Writes messages in protobuf's [wire format]: the part that OTLP needs.
//!
//! [wire format]: https://protobuf.dev/programming-guides/encoding/

/// The wire types.
const VARINT: u8 = 0;
const FIXED64: u8 = 1;
const LENGTH_DELIMITED: u8 = 2;
const FIXED32: u8 = 5;

/// A message that is being written, at the end of some bytes.
pub(in crate::exporting) struct ProtobufMessage<'b>(&'b mut Vec<u8>);

impl<'b> ProtobufMessage<'b> {
    /// A message at the end of `bytes`.
    pub(in crate::exporting) fn new(bytes: &'b mut Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Adds a field that holds a message, which `fill` writes.
    pub(in crate::exporting) fn message(&mut self, field: u32, fill: impl FnOnce(&mut ProtobufMessage<'_>)) {
        self.tag(field, LENGTH_DELIMITED);
        let begin = self.0.len();
        fill(&mut ProtobufMessage(self.0));
        // The length is known only now, but precedes the message.
        let end = self.0.len();
        self.raw_varint((end - begin) as u64);
        let length_bytes = self.0.len() - end;
        self.0[begin..].rotate_right(length_bytes);
    }

    /// Adds a field of bytes.
    pub(in crate::exporting) fn bytes(&mut self, field: u32, bytes: &[u8]) {
        self.tag(field, LENGTH_DELIMITED);
        self.raw_varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    /// Adds a field of text, unless it is empty.
    pub(in crate::exporting) fn text(&mut self, field: u32, text: &str) {
        if !text.is_empty() {
            self.bytes(field, text.as_bytes());
        }
    }

    /// Adds a field that holds a number, unless it is zero.
    pub(in crate::exporting) fn varint(&mut self, field: u32, value: u64) {
        if value != 0 {
            self.any_varint(field, value);
        }
    }

    /// Adds a field that holds a number.
    pub(in crate::exporting) fn any_varint(&mut self, field: u32, value: u64) {
        self.tag(field, VARINT);
        self.raw_varint(value);
    }

    /// Adds a field that holds 8 bytes, unless they are zero.
    pub(in crate::exporting) fn fixed64(&mut self, field: u32, value: u64) {
        if value != 0 {
            self.any_fixed64(field, value);
        }
    }

    /// Adds a field that holds 8 bytes.
    pub(in crate::exporting) fn any_fixed64(&mut self, field: u32, value: u64) {
        self.tag(field, FIXED64);
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    /// Adds a field that holds 4 bytes, unless they are zero.
    pub(in crate::exporting) fn fixed32(&mut self, field: u32, value: u32) {
        if value != 0 {
            self.tag(field, FIXED32);
            self.0.extend_from_slice(&value.to_le_bytes());
        }
    }

    fn tag(&mut self, field: u32, wire_type: u8) {
        self.raw_varint(u64::from(field) << 3 | u64::from(wire_type));
    }

    fn raw_varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value.to_le_bytes()[0] | 0x80);
            value >>= 7;
        }
        self.0.push(value.to_le_bytes()[0]);
    }
}
