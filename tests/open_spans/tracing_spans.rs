//! Spans of `tracing`.

use super::helpers::{assert_linked, flows_of, names, only, outlines, short, wait_until_long};

fn start_tracing() {
    use std::sync::Once;
    use tracing_subscriber::layer::SubscriberExt as _;
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        let subscriber = tracing_subscriber::registry().with(omegi::tracing_layer());
        tracing::subscriber::set_global_default(subscriber).unwrap();
    });
}

#[omegi::traced]
fn step(item: u32) -> Result<(), String> {
    if item.is_multiple_of(2) { Ok(()) } else { Err(format!("no step {item}")) }
}

fn jobs(range: std::ops::Range<u32>) {
    for item in range {
        let _job = tracing::info_span!("job", item).entered();
        let _ = step(item);
    }
}

#[test]
fn children_of_an_open_span_of_tracing_are_flows_of_their_own() {
    start_tracing();
    let flows = flows_of("tracing-span", || {
        let _worker = tracing::info_span!("worker").entered();
        jobs(0..100);
        wait_until_long();
        jobs(100..200);
    });
    let names = names(&flows);
    let count = |name: &str| names.iter().filter(|it| *it == name).count();
    assert_eq!((count("job"), count("step"), count("worker")), (200, 200, 1), "{}", outlines(&flows));
    let last = &flows[flows.len() - 2];
    assert_eq!(short(last.root().unwrap()), "job");
    assert_linked(last, &flows, "worker");
    let worker = only(&flows, "worker");
    assert_eq!(worker.spans.len(), 1, "{}", outlines(&flows));
}
