//! Spans that begin on one thread and end, or have children, on another.

use std::thread;

use omegi::Flow;
use omegi_tests::flows_of;
use opentelemetry::trace::{Status, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, KeyValue, global};

#[omegi::instrument_crate(spawns = off)]
mod shop {
    use super::{Context, KeyValue, Status, global, thread};
    use opentelemetry::trace::{Span as _, TraceContextExt as _, Tracer as _};

    pub(crate) fn fetches_elsewhere() {
        let context = omegi::otel_context();
        let fetcher = thread::spawn(move || {
            drop(global::tracer("library").start_with_context("fetch", &context));
            let _attached = context.attach();
            leaf();
        });
        fetcher.join().unwrap();
    }

    #[omegi::traced]
    pub(crate) fn leaf() {}

    pub(crate) fn ends_elsewhere() {
        let mut span = global::tracer("library").start("query");
        let ender = thread::spawn(move || {
            span.set_attribute(KeyValue::new("rows", 3));
            span.set_status(Status::error("deadlock"));
        });
        ender.join().unwrap();
        leaf();
    }

    pub(crate) fn has_children_elsewhere() {
        let context = Context::current_with_span(global::tracer("library").start("query"));
        let worker = thread::spawn({
            let context = context.clone();
            move || {
                let _attached = context.attach();
                leaf();
                global::tracer("library").in_span("part", |_| leaf());
            }
        });
        worker.join().unwrap();
        context.span().end();
    }

    pub(crate) fn leaves_a_span_open() -> impl Sized {
        global::tracer("library").start("open")
    }
}

#[test]
fn a_captured_context_moves_to_another_thread() {
    let flows = flows_of(shop::fetches_elsewhere);
    assert_eq!(flows.len(), 1);
    assert_eq!(flows[0].outline(), "threads::shop::fetches_elsewhere\n  fetch\n  threads::shop::leaf\n");
}

#[test]
fn another_thread_may_update_and_end_a_span() {
    let flows = flows_of(shop::ends_elsewhere);
    assert_eq!(
        flows[0].outline(),
        "threads::shop::ends_elsewhere\n  query(rows=3) ! deadlock\n  threads::shop::leaf\n"
    );
    let [root, query, leaf] = &flows[0].spans[..] else { panic!("{flows:?}") };
    assert!(query.end_ns <= leaf.start_ns && query.end_ns > query.start_ns && root.end_ns >= leaf.end_ns);
}

#[test]
fn children_on_another_thread_join_the_flow() {
    let flows = flows_of(shop::has_children_elsewhere);
    assert_eq!(flows.len(), 1);
    assert_eq!(
        flows[0].outline(),
        "\
threads::shop::has_children_elsewhere
  query
    threads::shop::leaf
    part
      threads::shop::leaf
"
    );
}

#[test]
fn a_root_may_go_from_thread_to_thread() {
    let flows = flows_of(|| {
        let context = Context::current_with_span(global::tracer("library").start("request"));
        for _ in 0..2 {
            let context = context.clone();
            let worker = thread::spawn(move || {
                let _attached = context.attach();
                shop::leaf();
            });
            worker.join().unwrap();
        }
        context.span().end();
    });
    assert_eq!(flows.len(), 1);
    assert_eq!(flows[0].outline(), "request\n  threads::shop::leaf\n  threads::shop::leaf\n");
    let mut threads: Vec<_> = flows[0]
        .spans
        .iter()
        .filter_map(|span| span.attribute("thread.id"))
        .map(ToString::to_string)
        .collect();
    threads.dedup();
    assert_eq!(threads.len(), 3, "{threads:?}");
}

#[test]
fn many_threads_may_work_below_one_root() {
    let flows = flows_of(|| {
        let context = Context::current_with_span(global::tracer("library").start("request"));
        let workers: Vec<_> = (0..8)
            .map(|_| {
                let context = context.clone();
                thread::spawn(move || {
                    let _attached = context.attach();
                    (0..100).for_each(|_| shop::leaf());
                })
            })
            .collect();
        workers.into_iter().for_each(|worker| worker.join().unwrap());
        context.span().end();
    });
    assert_eq!(flows.len(), 1);
    assert_eq!(flows[0].spans.len(), 801);
    assert!(flows[0].spans.iter().skip(1).all(|span| span.parent == Some(0)));
}

#[test]
fn updates_after_the_end_of_the_flow_are_lost_without_harm() {
    let flows = flows_of(|| drop(shop::leaves_a_span_open()));
    let outlines: Vec<_> = flows.iter().map(Flow::outline).collect();
    assert_eq!(outlines, ["threads::shop::leaves_a_span_open\n  open ~ open\n"]);
}
