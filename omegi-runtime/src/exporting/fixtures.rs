//! Flows made by hand, for the tests of the exporters.

use std::borrow::Cow;
use std::sync::Arc;

use crate::vocabulary::{
    Attribute, ErrorReport, ErrorText, Event, Flow, Location, Outcome, PathStep, Resource, Span, SpanId,
    SpanKind, Status, TraceId, Value,
};

/// 2026-11-20T08:00:00Z.
pub(super) const START_NS: u64 = 1_795_161_600_000_000_000;

/// A call that returned after 1.5 ms.
pub(crate) fn span(name: &'static str, parent: Option<usize>) -> Span {
    Span {
        span_id: SpanId::NONE,
        parent_span_id: SpanId::NONE,
        parent,
        name: Cow::Borrowed(name),
        kind: SpanKind::Internal,
        start_ns: START_NS,
        end_ns: START_NS + 1_500_000,
        sparse: false,
        end_order: 0,
        outcome: Outcome::Returned,
        status: Status::Unset,
        attributes: Vec::new(),
        events: Vec::new(),
        links: Vec::new(),
        dropped_attributes: 0,
        dropped_events: 0,
        dropped_links: 0,
    }
}

/// The same call, failed with this message.
pub(super) fn failing(name: &'static str, parent: Option<usize>, message: &'static str) -> Span {
    let status = Status::Error { description: Cow::Borrowed(message) };
    Span { outcome: Outcome::Error, status, ..span(name, parent) }
}

/// A flow of these spans, with their ids and the order of their ends.
pub(crate) fn flow(spans: impl IntoIterator<Item = Span>) -> Flow {
    let mut spans: Vec<Span> = spans.into_iter().collect();
    let ids: Vec<SpanId> = (0x00f0_67aa_0ba9_02b7..).map(SpanId::from_u64).take(spans.len()).collect();
    let last = spans.len();
    for (index, span) in spans.iter_mut().enumerate() {
        span.span_id = ids[index];
        span.parent_span_id = span.parent.and_then(|parent| ids.get(parent)).copied().unwrap_or_default();
        span.end_order = u32::try_from(last - 1 - index).expect("a small flow");
    }
    let trace_id = TraceId::from_u128(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736);
    Flow { trace_id, spans, errors: Vec::new(), resource: Arc::new(shop()) }
}

fn shop() -> Resource {
    let attributes = [("service.name", "shop"), ("service.version", "1.2.3")];
    Resource { attributes: attributes.map(|(key, value)| Attribute::new(key, value)).into() }
}

/// An event of a span.
pub(super) fn event<const N: usize>(name: &'static str, attributes: [(&'static str, Value); N]) -> Event {
    let attributes = attributes.map(|(key, value)| Attribute::new(key, value)).into();
    Event { name: Cow::Borrowed(name), time_ns: START_NS + 1_999_999, attributes, dropped_attributes: 0 }
}

/// A summary of calls without records.
pub(super) fn calls(
    function: &'static str,
    count: i64,
    errors: i64,
    total_ns: i64,
    longest_ns: i64,
) -> Event {
    event(
        "omegi.calls",
        [
            ("code.function.name", Value::from(function)),
            ("omegi.calls.count", Value::I64(count)),
            ("omegi.calls.errors", Value::I64(errors)),
            ("omegi.calls.total_ns", Value::I64(total_ns)),
            ("omegi.calls.longest_ns", Value::I64(longest_ns)),
        ],
    )
}

/// The event of an error that began in a call without a span.
pub(super) fn unrecorded_error() -> Event {
    event(
        "exception",
        [
            ("exception.type", "shop::Empty".into()),
            ("exception.message", "no digit".into()),
            ("code.function.name", "shop::parser::number".into()),
        ],
    )
}

/// One step of an error's path, at a `?`.
pub(super) fn step(span: usize, function: &'static str, file: &'static str, line: u32) -> PathStep {
    let location = Location { file, line };
    PathStep { span, recorded: true, function: Cow::Borrowed(function), location, exact: true, became: None }
}

/// `orders::run` calls `cart::load`, which returns, and `orders::place`, which fails because
/// `db::find` fails.
pub(crate) fn failing_order() -> Flow {
    let item = "no such item \"x\"";
    let order = "cannot place order 12";
    let mut load = span("cart::load", Some(0));
    load.attributes =
        vec![Attribute::new("omegi.arg.id", 7), Attribute::new("omegi.return", "Cart { items: 2 }")];
    let mut find = failing("db::find", Some(2), item);
    find.end_ns = find.start_ns + 1_100;
    find.attributes =
        vec![Attribute::new("omegi.arg.key", "x"), Attribute::new("error.type", "shop::db::Error")];
    find.events = vec![event(
        "exception",
        [("exception.type", "shop::db::Error".into()), ("exception.message", item.into())],
    )];
    let spans = [failing("orders::run", None, order), load, failing("orders::place", Some(0), item), find];
    Flow { errors: vec![missing_item(item, order)], ..flow(spans) }
}

fn missing_item(item: &str, order: &str) -> ErrorReport {
    let became = ErrorText { error_type: Cow::Borrowed("shop::OrderError"), message: order.to_owned() };
    let path = vec![
        PathStep { exact: false, ..step(3, "shop::db::find", "src/db.rs", 42) },
        step(2, "shop::orders::place", "src/orders.rs", 17),
        PathStep { became: Some(became), ..step(0, "shop::orders::run", "src/main.rs", 9) },
    ];
    let error_type = Cow::Borrowed("shop::db::Error");
    ErrorReport { error_type, message: item.to_owned(), causes: vec!["row 3 is empty".to_owned()], path }
}
