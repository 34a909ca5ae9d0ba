//! [B3](https://github.com/openzipkin/b3-propagation), in both of its forms.

use crate::vocabulary::{SpanId, TraceContext, TraceId};

use super::carrier::{Headers, HeadersMut};
use super::ids;
use super::read::{count_ignored, one_value};

const SINGLE: &str = "b3";
const TRACE_ID: &str = "x-b3-traceid";
const SPAN_ID: &str = "x-b3-spanid";
const PARENT_SPAN_ID: &str = "x-b3-parentspanid";
const SAMPLED: &str = "x-b3-sampled";
const FLAGS: &str = "x-b3-flags";

/// The names of the headers that [`inject_single`] writes.
pub(super) const SINGLE_FIELDS: &[&str] = &[SINGLE];

/// The names of the headers that [`inject_multi`] writes.
pub(super) const MULTI_FIELDS: &[&str] = &[TRACE_ID, SPAN_ID, SAMPLED];

/// Reads the caller's span from either form. The single header wins, as OpenTelemetry's
/// specification demands.
pub(super) fn extract(headers: &dyn Headers) -> Option<TraceContext> {
    one_value(headers, SINGLE, parse_single).flatten().or_else(|| extract_multi(headers))
}

/// Parses `<trace>-<span>`, `<trace>-<span>-<decision>` or `<trace>-<span>-<decision>-<parent>`. A
/// decision alone is well formed, and names no caller.
fn parse_single(text: &str) -> Option<Option<TraceContext>> {
    if parse_decision(text).is_some() {
        return Some(None);
    }
    let mut fields = text.split('-');
    let (trace_id, span_id) = (parse_trace_id(fields.next()?)?, ids::span_id(fields.next()?)?);
    let sampled = fields.next().map_or(Some(false), parse_decision)?;
    let parent_is_valid = fields.next().is_none_or(|parent| ids::span_id(parent).is_some());
    (parent_is_valid && fields.next().is_none()).then(|| Some(caller(trace_id, span_id, sampled)))
}

/// Parses a decision. `d`, for debug, is a decision to keep.
fn parse_decision(text: &str) -> Option<bool> {
    match text {
        "1" | "d" => Some(true),
        "0" => Some(false),
        _ => None,
    }
}

fn extract_multi(headers: &dyn Headers) -> Option<TraceContext> {
    let ids = (one_value(headers, TRACE_ID, parse_trace_id), one_value(headers, SPAN_ID, ids::span_id));
    match ids {
        (Some(trace_id), Some(span_id)) => Some(caller(trace_id, span_id, is_sampled(headers))),
        (None, None) => None,
        _ => {
            count_ignored();
            None
        }
    }
}

/// Returns the decision of the form with several headers; none counts as one not to keep. Old
/// tracers send `true` and `false`.
fn is_sampled(headers: &dyn Headers) -> bool {
    let debug = one_value(headers, FLAGS, |text| Some(text == "1"));
    let sampled = one_value(headers, SAMPLED, |text| match text {
        "1" | "true" => Some(true),
        "0" | "false" => Some(false),
        _ => None,
    });
    debug == Some(true) || sampled == Some(true)
}

/// Parses the id of a trace, of 64 or 128 bits.
fn parse_trace_id(text: &str) -> Option<TraceId> {
    ids::trace_id(text, 32).or_else(|| ids::trace_id(text, 16))
}

fn caller(trace_id: TraceId, span_id: SpanId, sampled: bool) -> TraceContext {
    TraceContext { trace_id, span_id, sampled, ..TraceContext::default() }
}

/// Writes the single header.
pub(super) fn inject_single(context: &TraceContext, headers: &mut dyn HeadersMut) {
    let TraceContext { trace_id, span_id, .. } = context;
    headers.set(SINGLE, &format!("{trace_id}-{span_id}-{}", decision(context)));
}

/// Writes the form with several headers. Removes the other headers of that form: they are of
/// another caller.
pub(super) fn inject_multi(context: &TraceContext, headers: &mut dyn HeadersMut) {
    headers.set(TRACE_ID, &context.trace_id.to_string());
    headers.set(SPAN_ID, &context.span_id.to_string());
    headers.set(SAMPLED, decision(context));
    headers.remove(PARENT_SPAN_ID);
    headers.remove(FLAGS);
}

const fn decision(context: &TraceContext) -> &'static str {
    if context.sampled { "1" } else { "0" }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{SPAN, example, headers, ignored_during};
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const HALF_TRACE: &str = "a3ce929d0e0e4736";
    const CALLER: &str = "00f067aa0ba902b7";

    fn half(sampled: bool) -> TraceContext {
        caller(TraceId::from_u128(0xa3ce_929d_0e0e_4736), SpanId::from_u64(SPAN), sampled)
    }

    #[track_caller]
    fn check(lines: &[(&str, &str)], context: Option<TraceContext>, ignored: u64) {
        let headers = headers(lines.iter().copied());
        assert_eq!(ignored_during(|| extract(&headers)), (context, ignored), "{lines:?}");
    }

    #[test]
    fn the_single_header_is_read() {
        for (value, context) in [
            (format!("{TRACE}-{CALLER}"), Some(example(false))),
            (format!("{TRACE}-{CALLER}-0"), Some(example(false))),
            (format!("{TRACE}-{CALLER}-1"), Some(example(true))),
            (format!("{TRACE}-{CALLER}-d"), Some(example(true))),
            (format!("{TRACE}-{CALLER}-1-05e3ac9a4f6e3b90"), Some(example(true))),
            (format!("{HALF_TRACE}-{CALLER}-1"), Some(half(true))),
            ("0".to_owned(), None),
            ("1".to_owned(), None),
            ("d".to_owned(), None),
        ] {
            check(&[(SINGLE, &value)], context, 0);
        }
    }

    #[test]
    fn a_malformed_single_header_is_ignored() {
        for value in [
            "",
            "-",
            "2",
            TRACE,
            &format!("{TRACE}-"),
            &format!("{TRACE}-{CALLER}-"),
            &format!("{TRACE}-{CALLER}-2"),
            &format!("{TRACE}-{CALLER}-true"),
            &format!("{TRACE}-{CALLER}-1-"),
            &format!("{TRACE}-{CALLER}-1-1"),
            &format!("{TRACE}-{CALLER}-1-{CALLER}-"),
            &format!("{}-{CALLER}-1", TRACE.to_uppercase()),
            &format!("{}-{CALLER}-1", "0".repeat(32)),
            &format!("{TRACE}-{}-1", "0".repeat(16)),
            &format!("{}-{CALLER}-1", &TRACE[1..]),
        ] {
            check(&[(SINGLE, value)], None, 1);
        }
    }

    #[test]
    fn several_headers_are_read() {
        let ids = [("X-B3-TraceId", TRACE), ("X-B3-SpanId", CALLER)];
        check(&ids, Some(example(false)), 0);
        check(&[("X-B3-TraceId", HALF_TRACE), ids[1]], Some(half(false)), 0);
        for (name, value, sampled, ignored) in [
            ("X-B3-Sampled", "1", true, 0),
            ("X-B3-Sampled", "true", true, 0),
            ("X-B3-Sampled", "0", false, 0),
            ("X-B3-Sampled", "false", false, 0),
            ("X-B3-Sampled", "yes", false, 1),
            ("X-B3-Flags", "1", true, 0),
            ("X-B3-Flags", "0", false, 0),
            ("X-B3-ParentSpanId", "whatever", false, 0),
        ] {
            check(&[ids[0], ids[1], (name, value)], Some(example(sampled)), ignored);
        }
        check(&[(SAMPLED, "1")], None, 0);
        check(&ids[..1], None, 1);
        check(&[ids[0], ids[1], ids[1]], None, 2);
    }

    #[test]
    fn the_single_header_wins_where_it_is_valid() {
        let multi = [(TRACE_ID, HALF_TRACE), (SPAN_ID, CALLER)];
        let single = format!("{TRACE}-{CALLER}-1");
        check(&[multi[0], multi[1], (SINGLE, &single)], Some(example(true)), 0);
        check(&[multi[0], multi[1], (SINGLE, "x")], Some(half(false)), 1);
    }

    #[test]
    fn a_written_context_is_read_again_and_older_headers_are_gone() {
        for sampled in [true, false] {
            let mut single = headers([("B3", "0")]);
            inject_single(&example(sampled), &mut single);
            assert_eq!((single.len(), extract(&single)), (1, Some(example(sampled))));
            let mut multi = headers([("X-B3-Flags", "1"), ("X-B3-ParentSpanId", CALLER)]);
            inject_multi(&example(sampled), &mut multi);
            assert_eq!((multi.len(), extract(&multi)), (3, Some(example(sampled))));
        }
    }
}
