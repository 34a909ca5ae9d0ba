//! Protobuf's [wire format](https://protobuf.dev/programming-guides/encoding/): as much of it as OTLP needs.

/// A message that is being written at the end of some bytes.
pub(super) struct Message<'b>(&'b mut Vec<u8>);

/// The wire types.
const VARINT: u8 = 0;
const FIXED64: u8 = 1;
const LENGTH_DELIMITED: u8 = 2;
const FIXED32: u8 = 5;

impl<'b> Message<'b> {
    /// A message that goes to the end of `bytes`.
    pub(super) fn new(bytes: &'b mut Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Adds a field that holds a message, which `fill` writes.
    pub(super) fn message(&mut self, field: u32, fill: impl FnOnce(&mut Message<'_>)) {
        self.tag(field, LENGTH_DELIMITED);
        let begin = self.0.len();
        fill(&mut Message(self.0));
        // The length, which is known only now, stands before what was written.
        let end = self.0.len();
        self.raw_varint((end - begin) as u64);
        let length_bytes = self.0.len() - end;
        self.0[begin..].rotate_right(length_bytes);
    }

    /// Adds a field of bytes.
    pub(super) fn bytes(&mut self, field: u32, bytes: &[u8]) {
        self.tag(field, LENGTH_DELIMITED);
        self.raw_varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    /// Adds a field of text, unless it is empty.
    pub(super) fn text(&mut self, field: u32, text: &str) {
        if !text.is_empty() {
            self.bytes(field, text.as_bytes());
        }
    }

    /// Adds a field that holds a number, unless it is zero.
    pub(super) fn varint(&mut self, field: u32, value: u64) {
        if value != 0 {
            self.any_varint(field, value);
        }
    }

    /// Adds a field that holds a number.
    pub(super) fn any_varint(&mut self, field: u32, value: u64) {
        self.tag(field, VARINT);
        self.raw_varint(value);
    }

    /// Adds a field that holds 8 bytes, unless they are zero.
    pub(super) fn fixed64(&mut self, field: u32, value: u64) {
        if value != 0 {
            self.any_fixed64(field, value);
        }
    }

    /// Adds a field that holds 8 bytes.
    pub(super) fn any_fixed64(&mut self, field: u32, value: u64) {
        self.tag(field, FIXED64);
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    /// Adds a field that holds 4 bytes, unless they are zero.
    pub(super) fn fixed32(&mut self, field: u32, value: u32) {
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

/// The value of a field that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field<'b> {
    /// A number.
    Number(u64),
    /// Bytes, text or a message.
    Bytes(&'b [u8]),
}

/// The fields of a message, by their numbers; the last is `None` where the bytes are no message.
pub(super) struct Fields<'b>(pub(super) &'b [u8]);

impl<'b> Iterator for Fields<'b> {
    type Item = Option<(u64, Field<'b>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_none() {
            self.0 = &[];
        }
        Some(field)
    }
}

impl<'b> Fields<'b> {
    fn field(&mut self) -> Option<(u64, Field<'b>)> {
        let tag = self.varint()?;
        let value = match tag.to_le_bytes()[0] & 7 {
            VARINT => Field::Number(self.varint()?),
            FIXED64 => Field::Number(u64::from_le_bytes(self.take(8)?.try_into().ok()?)),
            FIXED32 => Field::Number(u32::from_le_bytes(self.take(4)?.try_into().ok()?).into()),
            LENGTH_DELIMITED => {
                let length = self.varint()?;
                Field::Bytes(self.take(usize::try_from(length).ok()?)?)
            }
            _ => return None,
        };
        Some((tag >> 3, value))
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = *self.take(1)?.first()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let long = "é".repeat(100);
        let mut bytes = Vec::new();
        let mut message = Message::new(&mut bytes);
        message.varint(1, 300);
        message.varint(2, 0);
        message.any_varint(3, u64::MAX);
        message.fixed64(4, 7);
        message.fixed32(16, 8);
        message.message(5, |inner| inner.text(1, &long));
        let fields: Vec<_> = Fields(&bytes).map(Option::unwrap).collect();
        let Field::Bytes(inner) = fields[4].1 else { panic!("{fields:?}") };
        assert_eq!(Fields(inner).next(), Some(Some((1, Field::Bytes(long.as_bytes())))));
        let numbers: Vec<_> = fields[..4].iter().map(|(field, value)| (*field, *value)).collect();
        let expected = [(1, 300), (3, u64::MAX), (4, 7), (16, 8)];
        assert_eq!(numbers, expected.map(|(field, value)| (field, Field::Number(value))));
    }

    #[test]
    fn what_is_no_message_ends() {
        for bytes in [&[0x0a, 5, 1][..], &[0xff; 20], &[0x0b], &[0x09, 1], &[0x80]] {
            assert_eq!(Fields(bytes).last(), Some(None), "{bytes:?}");
        }
    }
}
