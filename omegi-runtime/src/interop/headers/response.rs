//! The headers of a response by which a service reports that it keeps the flow.
//!
//! [W3C Trace Context]'s current draft uses a metric of `server-timing`, which browsers can read.
//! An earlier draft had a header of its own, `traceresponse`.
//!
//! [W3C Trace Context]: https://w3c.github.io/trace-context/

use crate::vocabulary::{SpanId, TraceId};

use super::carrier::Headers;
use super::read::{count_ignored, each_value, one_value};
use super::traceparent::Traceparent;

/// [Server Timing](https://www.w3.org/TR/server-timing/).
const SERVER_TIMING: &str = "server-timing";
const TRACERESPONSE: &str = "traceresponse";

/// The metric of a trace, and its parameter with the ids.
const TRACE: &str = "trace";
const DESC: &str = "desc";

/// Optional white space (`OWS`).
const OWS: [char; 2] = [' ', '\t'];

/// Returns the value of the header `server-timing` by which a service reports that it keeps its
/// part of a flow, which began with this span. The header may occur several times: append it.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::{SpanId, TraceId, propagation};
/// let value = propagation::kept_response(TraceId::from_u128(1), SpanId::from_u64(2));
/// # #[cfg(feature = "enable")]
/// assert_eq!(value, "trace;desc=00-00000000000000000000000000000001-0000000000000002-01");
/// ```
#[must_use]
pub fn kept_response(trace_id: TraceId, span_id: SpanId) -> String {
    let kept = Traceparent { trace_id, span_id, flags: Traceparent::SAMPLED };
    format!("{TRACE};{DESC}={kept}")
}

/// Returns the trace and the span of the called service, if the headers of its response report that
/// it keeps its part of the flow.
///
/// Malformed headers are ignored and counted
/// ([`Health::headers_ignored`](crate::vocabulary::Health::headers_ignored)).
///
/// ```
/// # use omegi_runtime as omegi;
/// use std::collections::HashMap;
/// use omegi::propagation;
///
/// let kept = "trace;desc=\"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\"";
/// let headers = HashMap::from([("Server-Timing".to_owned(), format!("db;dur=53, {kept}"))]);
/// # #[cfg(feature = "enable")]
/// assert!(propagation::says_kept(&headers).is_some());
/// ```
pub fn says_kept(headers: &dyn Headers) -> Option<(TraceId, SpanId)> {
    let mut found = None;
    each_value(headers, SERVER_TIMING, |metrics| found = found.or_else(|| kept_among(metrics)));
    let found =
        found.or_else(|| one_value(headers, TRACERESPONSE, Traceparent::parse).filter(|it| it.is_sampled()));
    found.map(|kept| (kept.trace_id, kept.span_id))
}

/// The first metric of a line that names a trace which is kept.
fn kept_among(metrics: &str) -> Option<Traceparent> {
    let traces = outside_quotes(metrics, b',').filter_map(description_of_trace);
    let mut traces = traces.filter_map(|text| Traceparent::parse(text).or_else(malformed));
    traces.find(|trace| trace.is_sampled())
}

/// Counts a malformed trace.
fn malformed() -> Option<Traceparent> {
    count_ignored();
    None
}

/// Returns the `desc` of a metric `trace`: `trace;dur=1;desc="…"`. The first one counts, in upper
/// or lower case.
fn description_of_trace(metric: &str) -> Option<&str> {
    let mut parts = outside_quotes(metric, b';').map(|part| part.trim_matches(OWS));
    if parts.next() != Some(TRACE) {
        return None;
    }
    let mut parameters = parts.filter_map(|part| part.split_once('='));
    let (_, value) = parameters.find(|(name, _)| name.trim_matches(OWS).eq_ignore_ascii_case(DESC))?;
    Some(unquoted(value.trim_matches(OWS)))
}

/// Removes the quotes of a value. An escape in it stays: the ids of a trace have none.
fn unquoted(value: &str) -> &str {
    value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value)
}

/// Splits where `separator` is not in a quoted string.
fn outside_quotes(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let current = rest?;
        let at = position_outside_quotes(current, separator);
        rest = at.map(|at| &current[at + 1..]);
        Some(at.map_or(current, |at| &current[..at]))
    })
}

fn position_outside_quotes(text: &str, separator: u8) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    text.bytes().position(|byte| {
        let special = !std::mem::take(&mut escaped);
        match byte {
            b'\\' if quoted => escaped = special,
            b'"' if special => quoted = !quoted,
            _ => return byte == separator && !quoted,
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{SPAN, TRACE as TRACE_ID, headers, ignored_during};
    use super::*;

    const KEPT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const DROPPED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

    #[track_caller]
    fn check(lines: &[(&str, &str)], kept: bool, ignored: u64) {
        let headers = headers(lines.iter().copied());
        let expected = kept.then(|| (TraceId::from_u128(TRACE_ID), SpanId::from_u64(SPAN)));
        assert_eq!(ignored_during(|| says_kept(&headers)), (expected, ignored), "{lines:?}");
    }

    #[test]
    fn a_written_response_is_read_again() {
        let value = kept_response(TraceId::from_u128(TRACE_ID), SpanId::from_u64(SPAN));
        assert_eq!(value, format!("trace;desc={KEPT}"));
        check(&[("Server-Timing", &value)], true, 0);
    }

    #[test]
    fn the_metric_is_found_among_others() {
        for metrics in [
            &format!("trace;desc=\"{KEPT}\""),
            &format!(" db;dur=5.3 ,\ttrace ; dur=1 ; Desc = {KEPT} ; x"),
            &format!("cache;desc=\"a, trace;desc=b\\\"\\\\\", trace;desc={KEPT};desc=x"),
            &format!("trace;desc={DROPPED}, trace;desc={KEPT}"),
            &format!(",,;,trace;desc={KEPT},"),
            &format!("a;desc=x\\,trace;desc={KEPT}"),
        ] {
            check(&[(SERVER_TIMING, metrics)], true, 0);
        }
        let own = format!("trace;desc={KEPT}");
        check(&[(SERVER_TIMING, "db;dur=1"), (SERVER_TIMING, &own), (SERVER_TIMING, "x")], true, 0);
        check(&[(SERVER_TIMING, "db;dur=é"), (SERVER_TIMING, &own)], true, 1);
        check(&[(SERVER_TIMING, &format!("trace;desc=x,{own}"))], true, 1);
    }

    #[test]
    fn other_metrics_are_not_malformed() {
        for metrics in ["", "db", "trace", "trace;dur=1", "TRACE;desc=x", "xtrace;desc=x", "db;trace;desc=x"]
        {
            check(&[(SERVER_TIMING, metrics)], false, 0);
        }
        check(&[(SERVER_TIMING, &format!("trace;desc={DROPPED}"))], false, 0);
        check(&[(SERVER_TIMING, &format!("db;desc=\"x, trace;desc={KEPT}"))], false, 0);
    }

    #[test]
    fn a_malformed_trace_is_counted() {
        for metrics in ["trace;desc=", "trace;desc=x", "trace;desc=\"", &format!("trace;desc=\"{KEPT}")] {
            check(&[(SERVER_TIMING, metrics)], false, 1);
        }
    }

    #[test]
    fn the_earlier_drafts_header_is_understood() {
        check(&[("TraceResponse", KEPT)], true, 0);
        check(&[(TRACERESPONSE, DROPPED)], false, 0);
        check(&[(TRACERESPONSE, "00")], false, 1);
        check(&[(TRACERESPONSE, KEPT), (SERVER_TIMING, "db;dur=1")], true, 0);
    }
}
