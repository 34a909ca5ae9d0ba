//! Messages in protobuf's [wire format](https://protobuf.dev/programming-guides/encoding/), read
//! without a schema.

/// Returns the last field of bytes, text or a message with this number.
pub(crate) fn bytes_at(message: &[u8], number: u64) -> Option<&[u8]> {
    all_bytes_at(message, number).last()
}

/// Returns the fields of bytes, text or a message with this number, in order.
pub(crate) fn all_bytes_at(message: &[u8], number: u64) -> impl Iterator<Item = &[u8]> {
    Fields(message).filter_map(move |field| match field {
        (found, WireField::Bytes(bytes)) if found == number => Some(bytes),
        _ => None,
    })
}

/// Returns the last number with this field number.
pub(crate) fn number_at(message: &[u8], number: u64) -> Option<u64> {
    let numbers = Fields(message).filter_map(|field| match field {
        (found, WireField::Number(value)) if found == number => Some(value),
        _ => None,
    });
    numbers.last()
}

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WireField<'b> {
    /// A number.
    Number(u64),
    /// Bytes, text or a message.
    Bytes(&'b [u8]),
}

/// The fields of a message with their numbers, up to the first bytes that are no field.
struct Fields<'b>(&'b [u8]);

impl<'b> Iterator for Fields<'b> {
    type Item = (u64, WireField<'b>);

    fn next(&mut self) -> Option<Self::Item> {
        let field = self.field();
        if field.is_none() {
            self.0 = &[];
        }
        field
    }
}

impl<'b> Fields<'b> {
    fn field(&mut self) -> Option<(u64, WireField<'b>)> {
        let tag = self.varint()?;
        let value = match tag & 7 {
            0 => WireField::Number(self.varint()?),
            1 => WireField::Number(u64::from_le_bytes(self.take(8)?.try_into().ok()?)),
            2 => {
                let length = self.varint()?;
                WireField::Bytes(self.take(usize::try_from(length).ok()?)?)
            }
            5 => WireField::Number(u32::from_le_bytes(self.take(4)?.try_into().ok()?).into()),
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
    fn fields_of_every_wire_type_are_read() {
        let number = [0x08, 0xac, 0x02];
        let large = [[0x18].as_slice(), &[0xff; 9], &[0x01]].concat();
        let fixed = [&[0x21][..], &7_u64.to_le_bytes(), &[0x85, 0x01], &8_u32.to_le_bytes()].concat();
        let inner = [[0x2a, 4, 0x0a, 2].as_slice(), "é".as_bytes()].concat();
        let message = [&number[..], &large, &fixed, &inner].concat();
        let numbers = [1, 2, 3, 4, 16].map(|number| number_at(&message, number));
        assert_eq!(numbers, [Some(300), None, Some(u64::MAX), Some(7), Some(8)]);
        assert_eq!(bytes_at(bytes_at(&message, 5).unwrap(), 1), Some("é".as_bytes()));
    }

    #[test]
    fn the_last_of_several_fields_counts() {
        assert_eq!(number_at(&[0x08, 1, 0x08, 2], 1), Some(2));
        assert_eq!(all_bytes_at(&[0x0a, 1, b'a', 0x0a, 1, b'b'], 1).collect::<Vec<_>>(), [b"a", b"b"]);
    }

    #[test]
    fn reading_ends_at_bytes_that_are_no_field() {
        for bytes in [&[0x0a, 5, 1][..], &[0xff; 20], &[0x0b], &[0x09, 1], &[0x80]] {
            assert_eq!(Fields(bytes).next(), None, "{bytes:?}");
        }
    }
}
