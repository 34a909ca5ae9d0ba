//! Messages that are read.

use super::wire_type::{FIXED32, FIXED64, LENGTH_DELIMITED, VARINT};

/// The value of a field that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::exporting) enum Field<'b> {
    /// A number.
    Number(u64),
    /// Bytes, text or a message.
    Bytes(&'b [u8]),
}

/// The fields of a message, by their numbers; the last is `None` where the bytes are no message.
pub(in crate::exporting) struct Fields<'b>(pub(in crate::exporting) &'b [u8]);

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
    use super::super::Message;
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
