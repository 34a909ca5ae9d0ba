//! Trees, letter by letter.

use super::*;
use crate::exporting::fixtures::{calls, event, failing, failing_order, flow, span, step, unrecorded_error};
use crate::vocabulary::{
    Attribute, ErrorReport, Flow, Link, Outcome, Resource, Span, SpanId, SpanKind, TraceId,
};

/// The trace id of the flows, which the expected trees write as `TRACE`.
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

fn plain(flow: &Flow) -> String {
    FlowTree::of(flow, false).to_string()
}

/// The tree without the root's line, which has the service and the trace.
fn below_root(flow: &Flow) -> String {
    plain(flow).split_once('\n').map_or_else(String::new, |(_, rest)| rest.to_owned())
}

#[test]
fn an_erring_flow_ends_with_the_path_of_its_error() {
    let expected = r#"✗ orders::run  1.50ms  shop  trace TRACE  became shop::OrderError: cannot place order 12
├─ ✓ cart::load  1.50ms  id=7  → Cart { items: 2 }
└─ ✗ orders::place  1.50ms
   └─ ✗ db::find  1.10µs  key=x  shop::db::Error: no such item "x"  ◀ began here

error  shop::db::Error: no such item "x"
       caused by: row 3 is empty
  began in  db::find       src/db.rs:42 (fn)
  through   orders::place  src/orders.rs:17
  reached   orders::run    src/main.rs:9
            became shop::OrderError: cannot place order 12

"#;
    assert_eq!(plain(&failing_order()), expected.replace("TRACE", TRACE));
}

#[test]
fn an_error_of_a_call_without_a_span_stands_below_the_span_around() {
    let mut root = span("serve", None);
    root.events = vec![unrecorded_error()];
    let shown = below_root(&flow([root]));
    assert_eq!(shown, "└─ ✗ parser::number  shop::Empty: no digit  ◀ began here\n\n");
}

#[test]
fn colours_lead_to_the_origin() {
    let coloured = FlowTree::of(&failing_order(), true).to_string();
    assert!(coloured.contains("\u{1b}[31m✗\u{1b}[0m \u{1b}[1;31mdb::find\u{1b}[0m"), "{coloured}");
    assert!(coloured.contains("\u{1b}[32m✓\u{1b}[0m cart::load  \u{1b}[2m1.50ms\u{1b}[0m"), "{coloured}");
    let [reset, set] = ["\u{1b}[0m", "\u{1b}["].map(|code| coloured.matches(code).count());
    assert_eq!(reset * 2, set, "every colour ends");
}

#[test]
fn all_outcomes_events_links_and_summaries_have_their_line() {
    let mut root = span("serve", None);
    (root.kind, root.attributes) =
        (SpanKind::Server, vec![Attribute::new("omegi.flow.dropped_spans", 1_204)]);
    root.events =
        vec![calls("shop::csv::parse_row", 9_967_233, 12, 3_100_000_000, 2_000_000), event("hit", [])];
    root.links = vec![Link::to(TraceId::from_u128(10), SpanId::from_u64(11))];
    let [mut open, mut cancelled] = ["open", "cancelled"].map(|name| span(name, Some(0)));
    (open.outcome, cancelled.outcome) = (Outcome::Open, Outcome::Cancelled);
    cancelled.attributes = vec![
        Attribute::new("omegi.async.waits", 2),
        Attribute::new("omegi.async.idle_ns", 1_400_000),
        Attribute::new("omegi.async.cancelled_at", "src/db.rs:42"),
    ];
    let mut flow = flow([root, open, cancelled, failing("handled", Some(0), "too late")]);
    flow.spans[0].parent_span_id = SpanId::from_u64(9);
    let expected = "\
✓ serve [server]  1.50ms  shop  trace TRACE  called by 0000000000000009  flow.dropped_spans=1204
├─ ↪ follows span 000000000000000b of trace 0000000000000000000000000000000a
├─ • hit
├─ … open  1.50ms
├─ ‖ cancelled  1.50ms (idle 1.40ms)  cancelled at src/db.rs:42
├─ ✗ handled  1.50ms  too late
└─ … csv::parse_row ×9,967,233  12 errors  total 3.10s  longest 2.00ms

";
    assert_eq!(plain(&flow), expected.replace("TRACE", TRACE));
}

#[test]
fn estimated_durations_have_a_sign() {
    let estimated = || Span {
        sparse: true,
        attributes: vec![Attribute::new("omegi.times", "estimated")],
        ..span("row", Some(0))
    };
    let mut run = span("run", None);
    run.events = vec![calls("shop::csv::field", 9, 0, 3_000, 2_000)];
    run.events[0].attributes.push(Attribute::new("omegi.calls.timed", 1));
    let rows = std::iter::repeat_with(estimated).take(6);
    let flow = flow([run, failing("bad", Some(0), "")].into_iter().chain(rows));
    let expected = "\
├─ ✗ bad  1.50ms
├─ ✓ row ×6  total ~9.00ms  longest ~1.50ms
└─ … csv::field ×9  total ~3.00µs  longest ~2.00µs

";
    assert_eq!(below_root(&flow), expected);
    let one = Flow { spans: vec![flow.spans[0].clone(), estimated()], ..flow };
    assert!(below_root(&one).starts_with("├─ ✓ row  ~1.50ms\n"), "{}", below_root(&one));
}

#[test]
fn a_panic_and_a_step_without_a_place() {
    let path = vec![step(1, "shop::deep", "", 0), step(7, "shop::elsewhere", "src/lib.rs", 3)];
    let message = "index out of bounds".to_owned();
    let report = ErrorReport { error_type: "panic".into(), message, causes: Vec::new(), path };
    let spans = [span("run", None), failing("deep", Some(0), "index out of bounds")];
    let expected = "\
└─ ✗ deep  1.50ms  panic: index out of bounds  ◀ began here

panic  index out of bounds
  began in  deep
  reached   shop::elsewhere  src/lib.rs:3

";
    assert_eq!(below_root(&Flow { errors: vec![report], ..flow(spans) }), expected);
}

#[test]
fn many_equal_calls_are_one_line_and_an_erring_one_never_is() {
    let rows = (0..6).map(|_| span("row", Some(0)));
    let few = (0..4).map(|_| span("few", Some(0)));
    let spans =
        std::iter::once(span("run", None)).chain(rows.clone()).chain([failing("row", Some(0), "bad")]);
    let expected = "\
├─ ✓ row ×6  total 9.00ms  longest 1.50ms
├─ ✗ row  1.50ms  bad
├─ ✓ row ×6  total 9.00ms  longest 1.50ms
├─ ✓ few  1.50ms
├─ ✓ few  1.50ms
├─ ✓ few  1.50ms
└─ ✓ few  1.50ms

";
    assert_eq!(below_root(&flow(spans.chain(rows).chain(few))), expected);
}

#[test]
fn equal_calls_are_added_up_with_their_calls() {
    let mut spans = vec![span("run", None)];
    for row in 0..1_000 {
        let at = spans.len();
        spans.push(span("row", Some(0)));
        spans.extend((0..1 + row % 3).map(|_| span("field", Some(at))));
        spans.push(span("insert", Some(at)));
    }
    let expected = "\
└─ ✓ row ×1,000  total 1.50s  longest 1.50ms
   ├─ ✓ field ×1,999  total 3.00s  longest 1.50ms
   └─ ✓ insert ×1,000  total 1.50s  longest 1.50ms

";
    assert_eq!(below_root(&flow(spans)), expected);
}

#[test]
fn a_caller_of_many_shows_equal_calls_once_also_where_others_come_between() {
    let alternating = (0..40).map(|nth| span(if nth % 2 == 0 { "parse" } else { "insert" }, Some(0)));
    let spans = std::iter::once(span("run", None)).chain(alternating).chain([span("commit", Some(0))]);
    let expected = "\
├─ ✓ parse ×20  total 30.0ms  longest 1.50ms
├─ ✓ insert ×20  total 30.0ms  longest 1.50ms
└─ ✓ commit  1.50ms

";
    assert_eq!(below_root(&flow(spans)), expected);
}

#[test]
fn hostile_text_writes_no_escape_sequence_and_no_line() {
    let hostile = "\u{1b}[31m\r\n✓ forged\u{202e}\u{9b}";
    let mut root = span("run", None);
    root.name = hostile.into();
    root.attributes = vec![Attribute::new(hostile, hostile), Attribute::new("omegi.return", hostile)];
    root.events = vec![event(hostile, [(hostile, hostile.into())])];
    let path = vec![step(0, hostile, hostile, 1)];
    let report = ErrorReport {
        error_type: hostile.into(),
        message: hostile.into(),
        causes: vec![hostile.into()],
        path,
    };
    let resource = Resource { attributes: vec![Attribute::new("service.name", hostile)] };
    let flow = Flow { errors: vec![report], resource: resource.into(), ..flow([root]) };
    let shown = plain(&flow);
    assert_eq!(shown.lines().count(), 7, "{shown}");
    assert!(!shown.contains(|c: char| c != '\n' && (c.is_control() || c == '\u{202e}')), "{shown}");
}

#[test]
fn a_deep_flow_needs_neither_a_deep_stack_nor_deep_indentation() {
    let depth = 100_000;
    let path = (0..depth).rev().map(|nth| step(nth, "f", "src/lib.rs", 1)).collect();
    let report = ErrorReport { error_type: "E".into(), message: "m".into(), causes: Vec::new(), path };
    let spans = (0..depth).map(|nth: usize| failing("f", nth.checked_sub(1), "m"));
    let shown = plain(&Flow { errors: vec![report], ..flow(spans) });
    assert!(shown.contains("⋯ 99999 ✗ f  1.50ms  E: m  ◀ began here"));
    assert!(shown.contains("  …         99,968 more steps\n"));
    assert!(shown.len() < depth * 110, "{} bytes", shown.len());
}

#[test]
fn many_errors_are_listed_in_part() {
    let report = |nth| ErrorReport {
        error_type: "E".into(),
        message: "m".into(),
        causes: Vec::new(),
        path: vec![step(nth, "f", "src/lib.rs", 1)],
    };
    let spans: Vec<Span> = (0..31).map(|nth: usize| failing("f", nth.checked_sub(nth), "m")).collect();
    let shown = plain(&Flow { errors: (0..31).map(report).collect(), ..flow(spans) });
    assert_eq!(shown.matches("error  E: m\n").count(), 20);
    assert!(shown.ends_with("\n\nand 11 more errors\n\n"), "{shown}");
}

#[test]
fn an_empty_flow_is_an_empty_line() {
    assert_eq!(plain(&flow([])), "\n");
}
