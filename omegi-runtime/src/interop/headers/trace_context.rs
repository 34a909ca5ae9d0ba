//! [W3C Trace Context](https://www.w3.org/TR/trace-context-2/): `traceparent` and `tracestate`.

use crate::vocabulary::{TraceContext, TraceState};

use super::carrier::{Headers, HeadersMut};
use super::read::{count_ignored, one_value, value_list};
use super::traceparent::Traceparent;

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";

/// The names of the headers that [`inject`] writes.
pub(super) const FIELDS: &[&str] = &[TRACEPARENT, TRACESTATE];

/// Reads the caller's span. `tracestate` counts only together with a valid `traceparent`; a
/// malformed `tracestate` leaves `traceparent` valid.
pub(super) fn extract(headers: &dyn Headers) -> Option<TraceContext> {
    let parent = one_value(headers, TRACEPARENT, Traceparent::parse)?;
    let (state, left_out) = TraceState::read(&value_list(headers, TRACESTATE));
    if left_out {
        count_ignored();
    }
    Some(TraceContext {
        trace_id: parent.trace_id,
        span_id: parent.span_id,
        sampled: parent.is_sampled(),
        random: parent.is_random(),
        state,
        ..TraceContext::default()
    })
}

/// Writes both headers. A `tracestate` that is there already is removed: its `traceparent` is
/// overwritten.
pub(super) fn inject(context: &TraceContext, headers: &mut dyn HeadersMut) {
    let flag = |set: bool, flag: u8| if set { flag } else { 0 };
    let flags = flag(context.sampled, Traceparent::SAMPLED) | flag(context.random, Traceparent::RANDOM);
    let parent = Traceparent { trace_id: context.trace_id, span_id: context.span_id, flags };
    headers.set(TRACEPARENT, &parent.to_string());
    if context.state.is_empty() {
        headers.remove(TRACESTATE);
    } else {
        headers.set(TRACESTATE, context.state.as_str());
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{example, headers, ignored_during};
    use super::*;

    const PARENT: (&str, &str) = (TRACEPARENT, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");

    fn with_state(state: &str) -> Option<TraceContext> {
        Some(TraceContext { state: TraceState::parse(state), ..example(true) })
    }

    #[test]
    fn both_headers_are_read() {
        for (lines, context, ignored) in [
            (&[PARENT][..], with_state(""), 0),
            (
                &[(TRACEPARENT, " \t00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00 ")],
                Some(example(false)),
                0,
            ),
            (&[PARENT, (TRACESTATE, "a=1,b=2")], with_state("a=1,b=2"), 0),
            (&[(TRACESTATE, "a=1"), PARENT, (TRACESTATE, ""), (TRACESTATE, "b=2")], with_state("a=1,b=2"), 0),
            (&[PARENT, (TRACESTATE, "")], with_state(""), 0),
            (&[PARENT, (TRACESTATE, "a")], with_state(""), 1),
            (&[(TRACESTATE, "a=1")], None, 0),
            (&[(TRACEPARENT, "00"), (TRACESTATE, "a")], None, 1),
            (&[PARENT, PARENT], None, 1),
            (&[], None, 0),
        ] {
            let headers = headers(lines.iter().copied());
            assert_eq!(ignored_during(|| extract(&headers)), (context, ignored), "{lines:?}");
        }
    }

    #[test]
    fn a_written_context_is_read_again_and_older_headers_are_gone() {
        let mut carrier = headers([("TraceParent", "old"), ("TRACESTATE", "old=1"), ("x", "1")]);
        let context = TraceContext { random: true, ..example(true) };
        inject(&context, &mut carrier);
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03";
        assert_eq!(carrier, headers([("x", "1"), (TRACEPARENT, parent)]));
        let context = TraceContext { state: TraceState::parse("a=1,b=2"), ..context };
        inject(&context, &mut carrier);
        assert_eq!(extract(&carrier), Some(context));
    }
}
