//! `traceparent`: the text for a span of a trace, in requests and in responses ([W3C Trace
//! Context]).
//!
//! [W3C Trace Context]: https://www.w3.org/TR/trace-context-2/#traceparent-header

use std::fmt;

use crate::vocabulary::{SpanId, TraceId};

use super::ids::{octet, span_id, trace_id};

/// The length of the fields that every version has in common.
const FIXED: usize = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".len();

/// The version that is forbidden.
const FORBIDDEN: u8 = 0xff;

/// A span of a trace, with its flags: `00-<trace>-<span>-<flags>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Traceparent {
    pub(super) trace_id: TraceId,
    pub(super) span_id: SpanId,
    pub(super) flags: u8,
}

impl Traceparent {
    /// The flag of a trace that is kept.
    pub(super) const SAMPLED: u8 = 1;

    /// The flag of a trace whose id is random.
    pub(super) const RANDOM: u8 = 2;

    /// Parses version 00, and the fields of a higher version that version 00 has.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (fixed, rest) = text.split_at_checked(FIXED)?;
        let mut fields = fixed.split('-');
        let version = octet(fields.next()?)?;
        let parsed = Self {
            trace_id: trace_id(fields.next()?, 32)?,
            span_id: span_id(fields.next()?)?,
            flags: octet(fields.next()?)?,
        };
        let complete = rest.is_empty() || (version > 0 && rest.starts_with('-'));
        (complete && version != FORBIDDEN).then_some(parsed)
    }

    /// Returns whether the trace is kept, as far as the caller knew.
    pub(super) const fn is_sampled(self) -> bool {
        self.flags & Self::SAMPLED != 0
    }

    /// Returns whether the id of the trace is random.
    pub(super) const fn is_random(self) -> bool {
        self.flags & Self::RANDOM != 0
    }
}

impl fmt::Display for Traceparent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{}-{}-{:02x}", self.trace_id, self.span_id, self.flags)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{SPAN, TRACE};
    use super::*;

    fn with(flags: u8) -> Option<Traceparent> {
        let (trace_id, span_id) = (TraceId::from_u128(TRACE), SpanId::from_u64(SPAN));
        Some(Traceparent { trace_id, span_id, flags })
    }

    #[test]
    fn version_00_is_read_and_written() {
        for (text, flags) in [
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", 0),
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", 1),
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-02", 2),
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff", 255),
        ] {
            assert_eq!(Traceparent::parse(text), with(flags), "{text}");
            assert_eq!(with(flags).unwrap().to_string(), text);
        }
        assert!(with(1).unwrap().is_sampled() && !with(2).unwrap().is_sampled());
        assert!(with(2).unwrap().is_random() && !with(1).unwrap().is_random());
    }

    #[test]
    fn the_known_fields_of_higher_versions_are_read() {
        for end in ["", "-", "-what-the-future-will-be-like"] {
            let text = format!("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01{end}");
            assert_eq!(Traceparent::parse(&text), with(1), "{text}");
        }
    }

    #[test]
    fn everything_else_is_malformed() {
        for text in [
            "",
            "-",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-011",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.x",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "0-04bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00F067AA0BA902B7-01",
            "0A-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0A",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736.00f067aa0ba902b7-01",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-é",
        ] {
            assert_eq!(Traceparent::parse(text), None, "{text}");
        }
    }
}
