//! [Jaeger](https://www.jaegertracing.io/docs/latest/client-libraries/#propagation-format):
//! `uber-trace-id`.
//!
//! Its baggage is not read: it has one header `uberctx-<key>` for each key, and headers are found
//! by their whole name.

use crate::vocabulary::TraceContext;
use crate::vocabulary::percent::octets;

use super::carrier::{Headers, HeadersMut};
use super::ids;
use super::read::one_value;

const UBER_TRACE_ID: &str = "uber-trace-id";

/// The names of the headers that [`inject`] writes.
pub(super) const FIELDS: &[&str] = &[UBER_TRACE_ID];

/// The flag of a trace that is kept.
const SAMPLED: u8 = 1;

/// The longest value, with every byte encoded: the ids of trace, span and parent, and the flags.
const LONGEST: usize = 3 * (32 + 1 + 16 + 1 + 16 + 1 + 2);

/// Reads the caller's span.
pub(super) fn extract(headers: &dyn Headers) -> Option<TraceContext> {
    one_value(headers, UBER_TRACE_ID, parse)
}

/// Parses `<trace>:<span>:<parent>:<flags>`. Leading zeros may be missing; some clients
/// percent-encode it.
fn parse(text: &str) -> Option<TraceContext> {
    if text.len() > LONGEST {
        return None;
    }
    let text = String::from_utf8(octets(text).collect::<Option<_>>()?).ok()?;
    let mut fields = text.split(':');
    let (trace_id, span_id) = (ids::short_trace_id(fields.next()?)?, ids::short_span_id(fields.next()?)?);
    // The parent is deprecated: most clients send `0`, some nothing.
    let _parent = fields.next()?;
    let sampled = ids::short_octet(fields.next()?)? & SAMPLED != 0;
    let complete = fields.next().is_none();
    complete.then(|| TraceContext { trace_id, span_id, sampled, ..TraceContext::default() })
}

/// Writes the header.
pub(super) fn inject(context: &TraceContext, headers: &mut dyn HeadersMut) {
    let TraceContext { trace_id, span_id, sampled, .. } = context;
    headers.set(UBER_TRACE_ID, &format!("{trace_id}:{span_id}:0:{}", u8::from(*sampled)));
}

#[cfg(test)]
mod tests {
    use super::super::testing::{example, headers, ignored_during};
    use super::*;
    use crate::vocabulary::{SpanId, TraceId};

    #[track_caller]
    fn check(value: &str, context: Option<TraceContext>) {
        let ignored = u64::from(context.is_none());
        let headers = headers([("Uber-Trace-Id", value)]);
        assert_eq!(ignored_during(|| extract(&headers)), (context, ignored), "{value}");
    }

    #[test]
    fn the_header_is_read() {
        check("4bf92f3577b34da6a3ce929d0e0e4736:00f067aa0ba902b7:0:1", Some(example(true)));
        check("4BF92F3577B34DA6A3CE929D0E0E4736:f067aa0ba902b7::00", Some(example(false)));
        check("4bf92f3577b34da6a3ce929d0e0e4736%3Af067aa0ba902b7%3a0%3A3", Some(example(true)));
        check("4bf92f3577b34da6a3ce929d0e0e4736:f067aa0ba902b7:17c29:f", Some(example(true)));
        let short = TraceContext {
            trace_id: TraceId::from_u128(0x1a),
            span_id: SpanId::from_u64(0x2b),
            ..TraceContext::default()
        };
        check("1a:2b:0:0", Some(short));
    }

    #[test]
    fn everything_else_is_malformed() {
        for value in [
            "",
            ":::",
            "1a:2b:0",
            "1a:2b:0:",
            "1a:2b:0:1:",
            "1a:2b:0:100",
            "0:2b:0:1",
            "1a:0:0:1",
            "1a:+2b:0:1",
            "1a:2b:0:x",
            "4bf92f3577b34da6a3ce929d0e0e47360:2b:0:1",
            "1a:00f067aa0ba902b70:0:1",
            "1a%3:2b:0:1",
            "1a%FF:2b:0:1",
            &format!("1a:2b:{}:1", "0".repeat(LONGEST)),
        ] {
            check(value, None);
        }
    }

    #[test]
    fn a_written_context_is_read_again() {
        for sampled in [true, false] {
            let mut carrier = headers([]);
            inject(&example(sampled), &mut carrier);
            assert_eq!(extract(&carrier), Some(example(sampled)));
        }
    }
}
