//! A flow that uses all fields of OTLP's spans, and the assertions on its arrival.

use std::sync::Arc;

use omegi_runtime::{
    Attribute, Event, Flow, Link, Outcome, Resource, Span, SpanId, SpanKind, Status, TraceId,
    Value as OurValue,
};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind as OtlpKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{Span as OtlpSpan, SpanFlags};

const START_NS: u64 = 1_795_161_600_000_000_000;
const TRACE: u128 = 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736;

fn span(id: u64, parent_id: u64, parent: Option<usize>, name: &'static str) -> Span {
    Span {
        span_id: SpanId::from_u64(id),
        parent_span_id: SpanId::from_u64(parent_id),
        parent,
        name: name.into(),
        kind: SpanKind::Internal,
        start_ns: START_NS,
        end_ns: START_NS + 1_000,
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

/// Returns the resource of a service with this name.
pub(crate) fn service(name: &'static str) -> Arc<Resource> {
    Arc::new(Resource { attributes: vec![Attribute::new("service.name", name)] })
}

fn flow_of(spans: Vec<Span>) -> Flow {
    Flow { trace_id: TraceId::from_u128(TRACE), spans, errors: Vec::new(), resource: service("shop") }
}

/// Returns a flow of so many calls, each inside the one before.
pub(crate) fn chain(length: u64) -> Flow {
    let call = |nth: u64| span(nth + 1, nth, usize::try_from(nth).unwrap().checked_sub(1), "f");
    flow_of((0..length).map(call).collect())
}

/// Returns a flow of a request from another service, with a call that failed.
pub(crate) fn flow() -> Flow {
    let mut root = span(0x00f0_67aa_0ba9_02b7, 0xb7ad_6b71_6920_3331, None, "orders::place");
    root.kind = SpanKind::Server;
    root.end_ns = START_NS + 5_000_000_001;
    root.attributes = vec![
        Attribute::new("code.function.name", "shop::orders::place"),
        Attribute::new("code.line.number", 17),
        Attribute::new("omegi.arg.express", true),
        Attribute::new("omegi.arg.weight", OurValue::F64(0.5)),
    ];
    let other = Link::to(TraceId::from_u128(10), SpanId::from_u64(11));
    root.links = vec![Link { attributes: vec![Attribute::new("why", "batch")], ..other }];
    let mut find = span(0x0102_0304_0506_0708, 0x00f0_67aa_0ba9_02b7, Some(0), "db::find");
    find.outcome = Outcome::Error;
    find.status = Status::Error { description: "no such item".into() };
    let exception = vec![Attribute::new("exception.type", "shop::db::Error")];
    let (name, time_ns) = ("exception".into(), START_NS + 999);
    find.events = vec![Event { name, time_ns, attributes: exception, dropped_attributes: 0 }];
    flow_of(vec![root, find])
}

/// Returns the `service.name` of a request's spans.
pub(crate) fn service_name(request: &ExportTraceServiceRequest) -> String {
    let resource = request.resource_spans[0].resource.as_ref().unwrap();
    match value(&resource.attributes, "service.name") {
        Some(Value::StringValue(name)) => name.clone(),
        other => panic!("{other:?}"),
    }
}

/// Asserts that the request carries [`flow`], and nothing else.
pub(crate) fn assert_arrived(request: &ExportTraceServiceRequest) {
    let [resource_spans] = &request.resource_spans[..] else { panic!("one resource: {request:?}") };
    assert_eq!(service_name(request), "shop");
    let [scope_spans] = &resource_spans.scope_spans[..] else { panic!("one scope: {request:?}") };
    let scope = scope_spans.scope.as_ref().unwrap();
    assert_eq!((&*scope.name, &*scope.version), ("omegi", env!("CARGO_PKG_VERSION")));
    let [root, find] = &scope_spans.spans[..] else { panic!("two spans: {request:?}") };
    assert_root(root);
    assert_find(find);
}

fn assert_root(root: &OtlpSpan) {
    assert_ids(
        root,
        [0, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7],
        [0xb7, 0xad, 0x6b, 0x71, 0x69, 0x20, 0x33, 0x31],
    );
    assert_eq!((&*root.name, root.kind), ("orders::place", OtlpKind::Server as i32));
    assert_eq!([root.start_time_unix_nano, root.end_time_unix_nano], [START_NS, START_NS + 5_000_000_001]);
    assert_eq!(root.status.as_ref().unwrap().code, StatusCode::Unset as i32);
    let text = |text: &str| Some(Value::StringValue(text.to_owned()));
    assert_eq!(value(&root.attributes, "code.function.name").cloned(), text("shop::orders::place"));
    assert_eq!(value(&root.attributes, "code.line.number"), Some(&Value::IntValue(17)));
    assert_eq!(value(&root.attributes, "omegi.arg.express"), Some(&Value::BoolValue(true)));
    assert_eq!(value(&root.attributes, "omegi.arg.weight"), Some(&Value::DoubleValue(0.5)));
    let [link] = &root.links[..] else { panic!("one link: {root:?}") };
    assert_eq!((link.trace_id[15], link.span_id[7]), (10, 11));
    assert_eq!(value(&link.attributes, "why").cloned(), text("batch"));
    assert_eq!(root.flags, sampled(true));
}

fn assert_find(find: &OtlpSpan) {
    assert_ids(find, [1, 2, 3, 4, 5, 6, 7, 8], [0, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7]);
    let status = find.status.as_ref().unwrap();
    assert_eq!((status.code, &*status.message), (StatusCode::Error as i32, "no such item"));
    let [exception] = &find.events[..] else { panic!("one event: {find:?}") };
    assert_eq!((&*exception.name, exception.time_unix_nano), ("exception", START_NS + 999));
    let expected = Value::StringValue("shop::db::Error".to_owned());
    assert_eq!(value(&exception.attributes, "exception.type"), Some(&expected));
    assert_eq!(find.flags, sampled(false));
}

fn assert_ids(span: &OtlpSpan, id: [u8; 8], parent: [u8; 8]) {
    assert_eq!(span.trace_id, TRACE.to_be_bytes());
    assert_eq!((&*span.span_id, &*span.parent_span_id), (&id[..], &parent[..]));
}

/// Returns the flags of an exported span with a remote or a local parent.
fn sampled(remote_parent: bool) -> u32 {
    let known = SpanFlags::ContextHasIsRemoteMask as u32;
    1 | known | if remote_parent { SpanFlags::ContextIsRemoteMask as u32 } else { 0 }
}

fn value<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a Value> {
    let attribute = attributes.iter().find(|attribute| attribute.key == key)?;
    attribute.value.as_ref()?.value.as_ref()
}
