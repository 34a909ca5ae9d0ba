//! The decision about a flow does not depend on the maker of its spans. Runs a program of its own,
//! whose flows are dropped unless they fail.

use omegi::{Flow, MemoryExporter};

#[test]
fn only_an_error_has_a_flow_kept() {
    let program = std::env::current_exe().unwrap();
    let run = std::process::Command::new(program)
        .args(["--exact", "flows::program", "--ignored", "--nocapture"])
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stdout));
}

#[test]
#[ignore = "a program of its own: run by the test above"]
fn program() {
    use opentelemetry::global;
    use opentelemetry::trace::{Span as _, Status, Tracer as _};

    let memory = MemoryExporter::new();
    let _omegi = omegi::builder().flow_rate(0).exporter(memory.clone()).init();
    let tracer = global::tracer("library");
    // This flow is dropped: it does not fail.
    shop::order(Status::Unset);
    shop::order(Status::Ok);
    tracer.in_span("request", |_| shop::order(Status::Unset));
    let unsampled = tracer.start("alone");
    assert!(unsampled.is_recording() && !unsampled.span_context().is_sampled());
    drop(unsampled);
    // This flow is kept.
    shop::order(Status::error("deadlock"));
    tracer.in_span("request", |_| shop::order(Status::error("deadlock")));
    assert!(omegi::flush(std::time::Duration::from_secs(60)));
    let outlines: Vec<_> = memory.flows().iter().map(Flow::outline).collect();
    assert_eq!(
        outlines,
        ["flows::shop::order\n  query ! deadlock\n", "request\n  flows::shop::order\n    query ! deadlock\n",]
    );
}

#[omegi::instrument_crate]
mod shop {
    use opentelemetry::global;
    use opentelemetry::trace::{Span as _, Status, Tracer as _};

    pub(crate) fn order(status: Status) {
        let mut span = global::tracer("library").start("query");
        span.set_status(status);
    }
}
