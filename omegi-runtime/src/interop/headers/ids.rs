//! Ids and flags in hex digits, as headers write them.

use crate::vocabulary::{SpanId, TraceId};

/// Parses the id of a trace of `digits` lower-case digits; zero is none.
pub(super) fn trace_id(text: &str, digits: usize) -> Option<TraceId> {
    lower_hex(text, digits).and_then(some_trace)
}

/// Parses the id of a span of 16 lower-case digits; zero is none.
pub(super) fn span_id(text: &str) -> Option<SpanId> {
    lower_hex(text, 16).and_then(some_span)
}

/// Parses eight bits in two lower-case digits.
pub(super) fn octet(text: &str) -> Option<u8> {
    lower_hex(text, 2).and_then(|value| u8::try_from(value).ok())
}

/// Parses the id of a trace of up to 32 digits in any case; zero is none.
pub(super) fn short_trace_id(text: &str) -> Option<TraceId> {
    hex(text, 32).and_then(some_trace)
}

/// Parses the id of a span of up to 16 digits in any case; zero is none.
pub(super) fn short_span_id(text: &str) -> Option<SpanId> {
    hex(text, 16).and_then(some_span)
}

/// Parses up to eight bits in one or two digits of any case.
pub(super) fn short_octet(text: &str) -> Option<u8> {
    hex(text, 2).and_then(|value| u8::try_from(value).ok())
}

fn some_trace(value: u128) -> Option<TraceId> {
    (value != 0).then(|| TraceId::from_u128(value))
}

fn some_span(value: u128) -> Option<SpanId> {
    u64::try_from(value).ok().filter(|value| *value != 0).map(SpanId::from_u64)
}

/// Parses a number of exactly `digits` lower-case digits.
fn lower_hex(text: &str, digits: usize) -> Option<u128> {
    let lower = text.len() == digits && !text.bytes().any(|byte| byte.is_ascii_uppercase());
    if lower { hex(text, digits) } else { None }
}

/// Parses a number of at most `most` digits of any case. The standard library would take a sign
/// too.
fn hex(text: &str, most: usize) -> Option<u128> {
    let digits = text.len() <= most && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if digits { u128::from_str_radix(text, 16).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strict_ids_have_all_digits_in_lower_case() {
        assert_eq!(span_id("00f067aa0ba902b7"), Some(SpanId::from_u64(0x00f0_67aa_0ba9_02b7)));
        for text in [
            "",
            "f067aa0ba902b7",
            "00F067AA0BA902B7",
            "+0f067aa0ba902b7",
            "0000000000000000",
            "0x00f067aa0ba902",
        ] {
            assert_eq!(span_id(text), None, "{text}");
        }
        assert_eq!(trace_id("000000000000000a", 16), Some(TraceId::from_u128(10)));
        assert_eq!(trace_id("000000000000000a", 32), None);
        assert_eq!((octet("fe"), octet("f"), octet("FE"), octet("-1")), (Some(254), None, None, None));
    }

    #[test]
    fn short_ids_may_lack_digits_and_have_any_case() {
        assert_eq!(short_span_id("Af"), Some(SpanId::from_u64(175)));
        assert_eq!(short_trace_id(&"f".repeat(32)), Some(TraceId::from_u128(u128::MAX)));
        assert_eq!(
            (short_span_id(&"0".repeat(17)), short_span_id(""), short_span_id("0")),
            (None, None, None)
        );
        assert_eq!((short_octet("3"), short_octet("fF"), short_octet("100")), (Some(3), Some(255), None));
    }
}
