//! Fields.

use omegi::{SpanKind, Status, Value};
use tracing::field::Empty;
use tracing::info_span;

use crate::shop::{call, leaf};
use crate::{flows_of, outline_of};

#[test]
fn fields_have_their_types() {
    let flows = flows_of(|| {
        drop(info_span!(
            "order",
            paid = true,
            delta = -1,
            items = 2_u64,
            huge = u64::MAX,
            share = 0.5,
            name = "a",
            shown = %"b",
            debugged = ?"c",
            token = "hush",
        ));
    });
    let value = |key| flows[0].spans[0].attribute(key).cloned();
    assert_eq!(value("paid"), Some(Value::Bool(true)));
    assert_eq!(value("delta"), Some(Value::I64(-1)));
    assert_eq!(value("items"), Some(Value::I64(2)));
    assert_eq!(value("huge"), Some(u64::MAX.to_string().into()));
    assert_eq!(value("share"), Some(Value::F64(0.5)));
    assert_eq!(value("name"), Some("a".into()));
    assert_eq!(value("shown"), Some("b".into()));
    assert_eq!(value("debugged"), Some("\"c\"".into()));
    assert_eq!(value("token"), Some("****".into()));
}

#[test]
fn fields_may_come_late() {
    let outline = outline_of(|| {
        call(|| {
            let order = info_span!("order", items = Empty, total = Empty);
            order.record("items", 2);
            order.in_scope(leaf);
            order.record("total", "7 EUR");
        });
        let root = info_span!("root", items = Empty);
        root.record("items", 3);
    });
    assert_eq!(outline, "shop::call\n  order(items=2, total=7 EUR)\n    shop::leaf\nroot(items=3)\n");
}

#[test]
fn the_last_value_of_a_name_wins_from_either_interface() {
    let outline = outline_of(|| {
        call(|| {
            let order = info_span!("order", k = Empty);
            order.in_scope(|| {
                omegi::current().attribute("k", 1);
                order.record("k", 2);
            });
            let order = info_span!("order", k = 3);
            order.in_scope(|| {
                order.record("k", 4);
                omegi::current().attribute("k", 5);
            });
        });
    });
    assert_eq!(outline, "shop::call\n  order(k=2)\n  order(k=5)\n");
}

#[test]
fn the_names_that_tracing_opentelemetry_gave_mean_the_same() {
    let flows = flows_of(|| {
        call(|| {
            let span = info_span!(
                "http",
                otel.name = "GET /orders",
                otel.kind = "server",
                otel.status_code = Empty,
                otel.status_description = Empty,
                otel.other = 1,
            );
            span.record("otel.status_code", "ERROR");
            span.record("otel.status_description", "no such order");
        });
        drop(info_span!("fine", otel.status_code = "Ok"));
    });
    assert_eq!(flows[0].outline(), "shop::call\n  GET /orders [server](otel.other=1) ! no such order\n");
    assert_eq!(flows[0].spans[1].kind, SpanKind::Server);
    assert!(flows[0].has_error());
    assert_eq!(flows[1].spans[0].status, Status::Ok);
}

#[test]
fn spans_that_follow_from_others_are_linked() {
    let flows = flows_of(|| {
        let cause = info_span!("cause");
        let effect = info_span!(parent: None, "effect");
        effect.follows_from(&cause);
    });
    let named = |name: &str| flows.iter().find(|flow| flow.spans[0].name == name).unwrap();
    let link = &named("effect").spans[0].links[0];
    assert_eq!((link.trace_id, link.span_id), (named("cause").trace_id, named("cause").spans[0].span_id));
}
