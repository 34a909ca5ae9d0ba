//! Spans of OpenTelemetry's API.

use opentelemetry::global;
use opentelemetry::trace::Tracer as _;

use super::helpers::{assert_linked, exceptions, flows_of, names, only, outlines, short, wait_until_long};

#[omegi::traced]
fn step(item: u32) -> Result<(), String> {
    if item.is_multiple_of(2) { Ok(()) } else { Err(format!("no step {item}")) }
}

fn jobs(range: std::ops::Range<u32>) {
    for item in range {
        let _ = global::tracer("library").in_span("job", |_| step(item));
    }
}

#[test]
fn children_of_an_open_span_of_opentelemetry_are_flows_of_their_own() {
    let flows = flows_of("otel-span", || {
        global::tracer("library").in_span("worker", |_| {
            jobs(0..100);
            wait_until_long();
            jobs(100..200);
        });
    });
    let names = names(&flows);
    let count = |name: &str| names.iter().filter(|it| *it == name).count();
    assert_eq!((count("job"), count("step"), count("worker")), (200, 200, 1), "{}", outlines(&flows));
    assert_eq!(exceptions(&flows), 100);
    let last = flows.iter().rfind(|flow| short(flow.root().unwrap()) == "job").expect("a job is a flow");
    assert_linked(last, &flows, "worker");
    assert_eq!(only(&flows, "worker").spans.len(), 1, "{}", outlines(&flows));
}
