//! Encodes flows as bytes and decodes them: the records of the [spool](super).
//!
//! Each type names its parts once, in one order, for both directions.

use std::borrow::Cow;
use std::sync::Arc;

use crate::recording::panics::static_text;
use crate::vocabulary::{
    Attribute, ErrorReport, ErrorText, Event, Flow, Link, Location, Outcome, PathStep, Resource, Span,
    SpanId, SpanKind, Status, TraceId, Value,
};

/// Encodes a flow without its resource.
pub(super) fn encode_flow(flow: &Flow) -> Vec<u8> {
    let mut bytes = Vec::new();
    flow.trace_id.encode(&mut bytes);
    flow.spans.encode(&mut bytes);
    flow.errors.encode(&mut bytes);
    bytes
}

/// Decodes a flow of this resource; `None` if these are not the bytes of one.
pub(super) fn decode_flow(mut bytes: &[u8], resource: &Arc<Resource>) -> Option<Flow> {
    let input = &mut bytes;
    let flow = Flow {
        trace_id: Encoding::decode(input)?,
        spans: Encoding::decode(input)?,
        errors: Encoding::decode(input)?,
        resource: Arc::clone(resource),
    };
    bytes.is_empty().then_some(flow)
}

/// Encodes a resource.
pub(super) fn encode_resource(resource: &Resource) -> Vec<u8> {
    let mut bytes = Vec::new();
    resource.attributes.encode(&mut bytes);
    bytes
}

/// Decodes a resource; `None` if these are not the bytes of one.
pub(super) fn decode_resource(mut bytes: &[u8]) -> Option<Resource> {
    let attributes = Encoding::decode(&mut bytes)?;
    bytes.is_empty().then_some(Resource { attributes })
}

/// A type that can be encoded and decoded.
trait Encoding: Sized {
    fn encode(&self, out: &mut Vec<u8>);
    fn decode(input: &mut &[u8]) -> Option<Self>;
}

/// Encodes a struct as its fields.
macro_rules! structs {
    ($($name:ident { $($field:ident),* $(,)? })*) => {$(
        impl Encoding for $name {
            fn encode(&self, out: &mut Vec<u8>) {
                let Self { $($field),* } = self;
                $($field.encode(out);)*
            }

            fn decode(input: &mut &[u8]) -> Option<Self> {
                Some(Self { $($field: Encoding::decode(input)?),* })
            }
        }
    )*};
}

structs! {
    Span {
        span_id, parent_span_id, parent, name, kind, start_ns, end_ns, sparse, end_order, outcome,
        status, attributes, events, links, dropped_attributes, dropped_events, dropped_links,
    }
    Attribute { key, value }
    Event { name, time_ns, attributes, dropped_attributes }
    Link { trace_id, span_id, attributes, dropped_attributes }
    ErrorReport { error_type, message, causes, path }
    PathStep { span, recorded, function, location, exact, became }
    ErrorText { error_type, message }
    Location { file, line }
}

/// Encodes an enum without fields as a number.
macro_rules! choices {
    ($($name:ident { $($number:literal = $variant:ident),* $(,)? })*) => {$(
        impl Encoding for $name {
            fn encode(&self, out: &mut Vec<u8>) {
                out.push(match self { $(Self::$variant => $number),* });
            }

            fn decode(input: &mut &[u8]) -> Option<Self> {
                match byte(input)? {
                    $($number => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    )*};
}

choices! {
    Outcome { 0 = Open, 1 = Returned, 2 = Error, 3 = Panic, 4 = Cancelled }
    SpanKind { 0 = Internal, 1 = Server, 2 = Client, 3 = Producer, 4 = Consumer }
}

impl Encoding for Status {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Unset => out.push(0),
            Self::Ok => out.push(1),
            Self::Error { description } => {
                out.push(2);
                description.encode(out);
            }
        }
    }

    fn decode(input: &mut &[u8]) -> Option<Self> {
        match byte(input)? {
            0 => Some(Self::Unset),
            1 => Some(Self::Ok),
            2 => Some(Self::Error { description: Encoding::decode(input)? }),
            _ => None,
        }
    }
}

impl Encoding for Value {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Bool(value) => {
                out.push(0);
                value.encode(out);
            }
            Self::I64(value) => {
                out.push(1);
                out.extend(value.to_le_bytes());
            }
            Self::F64(value) => {
                out.push(2);
                out.extend(value.to_le_bytes());
            }
            Self::Str(value) => {
                out.push(3);
                value.encode(out);
            }
        }
    }

    fn decode(input: &mut &[u8]) -> Option<Self> {
        match byte(input)? {
            0 => Some(Self::Bool(Encoding::decode(input)?)),
            1 => Some(Self::I64(i64::from_le_bytes(bytes(input)?))),
            2 => Some(Self::F64(f64::from_le_bytes(bytes(input)?))),
            3 => Some(Self::Str(Encoding::decode(input)?)),
            _ => None,
        }
    }
}

impl Encoding for TraceId {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.to_u128().to_le_bytes());
    }

    fn decode(input: &mut &[u8]) -> Option<Self> {
        Some(Self::from_u128(u128::from_le_bytes(bytes(input)?)))
    }
}

impl Encoding for SpanId {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.to_u64().to_le_bytes());
    }

    fn decode(input: &mut &[u8]) -> Option<Self> {
        Some(Self::from_u64(u64::from_le_bytes(bytes(input)?)))
    }
}

/// Encodes seven bits a byte, the lowest first, with a mark on all bytes but the last.
impl Encoding for u64 {
    fn encode(&self, out: &mut Vec<u8>) {
        let mut rest = *self;
        while rest >= 0x80 {
            out.push((rest & 0x7f) as u8 | 0x80);
            rest >>= 7;
        }
        out.push(rest as u8);
    }

    fn decode(input: &mut &[u8]) -> Option<Self> {
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let part = byte(input)?;
            number |= u64::from(part & 0x7f) << shift;
            if part < 0x80 {
                return Some(number);
            }
        }
        None
    }
}

/// Encodes smaller numbers like large ones.
macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl Encoding for $number {
            fn encode(&self, out: &mut Vec<u8>) {
                (*self as u64).encode(out);
            }

            fn decode(input: &mut &[u8]) -> Option<Self> {
                u64::decode(input)?.try_into().ok()
            }
        }
    )*};
}

numbers! { u32 usize }

impl Encoding for bool {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }

    fn decode(input: &mut &[u8]) -> Option<Self> {
        Some(byte(input)? != 0)
    }
}

impl Encoding for String {
    fn encode(&self, out: &mut Vec<u8>) {
        encode_text(self, out);
    }

    fn decode(input: &mut &[u8]) -> Option<Self> {
        decode_text(input).map(str::to_owned)
    }
}

impl Encoding for Cow<'static, str> {
    fn encode(&self, out: &mut Vec<u8>) {
        encode_text(self, out);
    }

    fn decode(input: &mut &[u8]) -> Option<Self> {
        String::decode(input).map(Cow::Owned)
    }
}

/// The name of a source file. There are few, so that leaking them is bounded.
impl Encoding for &'static str {
    fn encode(&self, out: &mut Vec<u8>) {
        encode_text(self, out);
    }

    fn decode(input: &mut &[u8]) -> Option<Self> {
        decode_text(input).map(static_text)
    }
}

impl<T: Encoding> Encoding for Option<T> {
    fn encode(&self, out: &mut Vec<u8>) {
        self.is_some().encode(out);
        if let Some(value) = self {
            value.encode(out);
        }
    }

    fn decode(input: &mut &[u8]) -> Option<Self> {
        if bool::decode(input)? { T::decode(input).map(Some) } else { Some(None) }
    }
}

impl<T: Encoding> Encoding for Vec<T> {
    fn encode(&self, out: &mut Vec<u8>) {
        self.len().encode(out);
        self.iter().for_each(|item| item.encode(out));
    }

    fn decode(input: &mut &[u8]) -> Option<Self> {
        let len = usize::decode(input)?;
        // Each item takes at least one byte. A greater length is refused before memory is
        // allocated.
        if len > input.len() {
            return None;
        }
        (0..len).map(|_| T::decode(input)).collect()
    }
}

fn encode_text(text: &str, out: &mut Vec<u8>) {
    text.len().encode(out);
    out.extend(text.as_bytes());
}

fn decode_text<'a>(input: &mut &'a [u8]) -> Option<&'a str> {
    let len = usize::decode(input)?;
    let (text, rest) = input.split_at_checked(len)?;
    *input = rest;
    std::str::from_utf8(text).ok()
}

fn byte(input: &mut &[u8]) -> Option<u8> {
    bytes(input).map(|[byte]| byte)
}

fn bytes<const N: usize>(input: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = input.split_first_chunk()?;
    *input = rest;
    Some(*taken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exporting::fixtures;

    #[test]
    fn an_encoded_flow_is_decoded() {
        let mut flow = fixtures::failing_order();
        flow.spans[0].links.push(Link {
            trace_id: TraceId::from_u128(7),
            span_id: SpanId::from_u64(8),
            attributes: vec![
                Attribute::new("a", -1),
                Attribute::new("b", 0.5),
                Attribute::new("c", true),
                Attribute::new("d", u64::MAX),
            ],
            dropped_attributes: 3,
        });
        flow.spans[1].status = Status::Ok;
        let read = decode_flow(&encode_flow(&flow), &flow.resource).unwrap();
        assert_eq!(format!("{read:?}"), format!("{flow:?}"));
        let resource = decode_resource(&encode_resource(&flow.resource)).unwrap();
        assert_eq!(resource, *flow.resource);
    }

    #[test]
    fn bytes_too_few_or_too_many_are_no_flow() {
        let flow = fixtures::failing_order();
        let bytes = encode_flow(&flow);
        assert!((0..bytes.len()).all(|end| decode_flow(&bytes[..end], &flow.resource).is_none()));
        assert!(decode_flow(&[bytes, vec![0]].concat(), &flow.resource).is_none());
    }

    #[test]
    fn no_bytes_cause_a_panic() {
        let flow = fixtures::failing_order();
        let bytes = encode_flow(&flow);
        for at in 0..bytes.len() {
            for byte in [0, 1, 0x7f, 0x80, 0xff] {
                let mut bytes = bytes.clone();
                bytes[at] = byte;
                let _ = decode_flow(&bytes, &flow.resource);
            }
        }
    }
}
