//! Flows of services.

use std::sync::Arc;

use omegi_runtime::{
    Attribute, ErrorReport, Flow, Location, Outcome, PathStep, Resource, Span, SpanId, SpanKind, Status,
    TraceId,
};

const START_NS: u64 = 1_795_161_600_000_000_000;

fn span(id: u64, parent_id: u64, parent: Option<usize>, name: &'static str) -> Span {
    Span {
        span_id: SpanId::from_u64(id),
        parent_span_id: SpanId::from_u64(parent_id),
        parent,
        name: name.into(),
        kind: SpanKind::Internal,
        start_ns: START_NS,
        end_ns: START_NS + 1_000_000,
        sparse: false,
        end_order: 0,
        outcome: Outcome::Returned,
        status: Status::Unset,
        attributes: vec![Attribute::new("code.function.name", name), Attribute::new("code.line.number", 17)],
        events: Vec::new(),
        links: Vec::new(),
        dropped_attributes: 0,
        dropped_events: 0,
        dropped_links: 0,
    }
}

fn failing(kind: SpanKind, message: &'static str, span: Span) -> Span {
    Span { kind, outcome: Outcome::Error, status: Status::Error { description: message.into() }, ..span }
}

fn flow(trace: u128, service: &'static str, mut spans: Vec<Span>) -> Flow {
    let last = u32::try_from(spans.len()).unwrap();
    for (span, end_order) in spans.iter_mut().zip((0..last).rev()) {
        span.end_order = end_order;
    }
    let resource = Resource { attributes: vec![Attribute::new("service.name", service)] };
    Flow { trace_id: TraceId::from_u128(trace), spans, errors: Vec::new(), resource: Arc::new(resource) }
}

/// Returns a flow of two calls without an error.
pub(crate) fn fine(trace: u128) -> Flow {
    flow(trace, "shop", vec![span(1, 0, None, "shop::orders::place"), span(2, 1, Some(0), "shop::db::find")])
}

/// Returns a flow with an error of its own.
pub(crate) fn failed(trace: u128) -> Flow {
    callee(trace, 0)
}

/// Returns a flow whose remote call failed: `web` calls `shop` by a span with this id.
pub(crate) fn caller(trace: u128, call: u64) -> Flow {
    let page = failing(SpanKind::Server, "HTTP 500", span(0x10, 0, None, "web::page"));
    let request = failing(SpanKind::Client, "HTTP 500", span(call, 0x10, Some(0), "web::http::get"));
    flow(trace, "web", vec![page, request])
}

/// Returns the flow that this span called, and in which the error began.
pub(crate) fn callee(trace: u128, call: u64) -> Flow {
    let place = failing(SpanKind::Server, "no such item", span(0x20, call, None, "shop::orders::place"));
    let find = failing(SpanKind::Internal, "no such item", span(0x21, 0x20, Some(0), "shop::db::find"));
    let step = |span, function: &'static str| PathStep {
        span,
        recorded: true,
        function: function.into(),
        location: Location { file: "src/db.rs", line: 42 },
        exact: true,
        became: None,
    };
    let report = ErrorReport {
        error_type: "shop::db::Error".into(),
        message: "no such item".to_owned(),
        causes: Vec::new(),
        path: vec![step(1, "shop::db::find"), step(0, "shop::orders::place")],
    };
    Flow { errors: vec![report], ..flow(trace, "shop", vec![place, find]) }
}

/// Returns a flow with an error and so many calls without one.
pub(crate) fn large(trace: u128, calls: u64) -> Flow {
    let failed = failed(trace);
    let calls = (0..calls).map(|nth| span(0x100 + nth, 0x20, Some(0), "shop::orders::price"));
    let spans = failed.spans.into_iter().chain(calls).collect();
    Flow { errors: failed.errors, ..flow(trace, "shop", spans) }
}

/// Returns so many attributes of two kilobytes each.
pub(crate) fn long_attributes(count: usize) -> impl Iterator<Item = Attribute> {
    (0..count).map(|nth| Attribute::new(format!("omegi.tag.{nth}"), "x".repeat(2_000)))
}
