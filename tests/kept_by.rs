//! Each kept flow says on its root why it is kept. The flows that another service keeps are
//! limited, and rank behind those with an error of our own.

use std::collections::HashMap;
use std::sync::OnceLock;
use std::time::Duration;

use omegi::instrumentation::LibraryCallSite;
use omegi::{Flow, MemoryExporter, SpanKind, Value, propagation};
use omegi_tests::start_for_good;

static CALL: LibraryCallSite = LibraryCallSite::new("shop_client", "Client::call", SpanKind::Client);

/// The flows that are kept in a minute for one kind of error, or one callee.
const LIMIT: usize = 20;

fn memory() -> &'static MemoryExporter {
    static MEMORY: OnceLock<MemoryExporter> = OnceLock::new();
    MEMORY.get_or_init(|| {
        let memory = MemoryExporter::bounded(100_000);
        start_for_good(omegi::builder().flow_rate(0).error_limit(LIMIT as u64).exporter(memory.clone()));
        memory
    })
}

/// Returns the exported flows with this root.
fn flows(root: &str) -> Vec<Flow> {
    assert!(omegi::flush(Duration::from_secs(60)), "the worker did not answer");
    let mut flows = memory().flows();
    flows.retain(|flow| flow.root().is_some_and(|span| span.name == root));
    flows
}

fn kept_by(flow: &Flow) -> String {
    flow.root().unwrap().attribute("omegi.flow.kept_by").map(Value::to_string).unwrap_or_default()
}

/// Calls a service that keeps every flow.
fn call(peer: &str) {
    let mut span = CALL.start();
    span.active().set_attribute("server.address", peer.to_owned());
    let context = omegi::current().context().unwrap();
    let kept = propagation::kept_response(context.trace_id, context.span_id);
    let headers = HashMap::from([("server-timing".to_owned(), kept)]);
    assert!(propagation::hear_kept(&headers));
}

#[omegi::traced]
fn asks(peer: &str) {
    call(peer);
}

#[omegi::traced]
fn asks_and_fails(peer: &str) -> Result<(), String> {
    call(peer);
    Err("no stock".to_owned())
}

#[omegi::traced]
fn keeps() {
    let _ = omegi::current().keep();
}

#[omegi::traced]
fn fails() -> Result<(), u32> {
    Err(7)
}

#[test]
fn what_another_service_keeps_is_limited_for_each_service() {
    memory();
    for _ in 0..500 {
        asks("a.example");
    }
    let kept = flows("asks");
    assert_eq!(kept.len(), LIMIT);
    assert!(kept.iter().all(|flow| kept_by(flow) == "upstream"), "{}", kept_by(&kept[0]));
    asks("b.example");
    assert_eq!(flows("asks").len(), LIMIT + 1);
    for _ in 0..LIMIT {
        let _ = asks_and_fails("a.example");
    }
    let failed = flows("asks_and_fails");
    assert_eq!(failed.len(), LIMIT, "an error of our own has its own limit");
    assert!(failed.iter().all(|flow| kept_by(flow) == "error"));
    let health = omegi::health();
    assert_eq!(health.upstream_flows, LIMIT as u64 + 1);
    assert!(health.suppressed_flows >= 480, "{health:?}");
}

#[test]
fn the_root_says_why_its_flow_is_kept() {
    memory();
    let _ = (keeps(), fails());
    for (root, reason) in [("keeps", "request"), ("fails", "error")] {
        let kept = flows(root);
        assert_eq!(kept.iter().map(kept_by).collect::<Vec<_>>(), [reason], "{root}");
        let others = kept[0].spans.iter().skip(1);
        assert_eq!(others.filter(|span| span.attribute("omegi.flow.kept_by").is_some()).count(), 0);
    }
}
