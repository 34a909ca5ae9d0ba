//! Asynchronous calls and spans of OpenTelemetry's API.

use std::future::Future;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, mpsc};
use std::task::{Context as PollContext, Poll, Waker};
use std::thread;
use std::time::Duration;

use omegi_runtime::otel::tracer_provider;
use omegi_runtime::private::{CallSite, Path, enter, task};
use omegi_runtime::{Builder, Flow, MemoryExporter, current, in_flow};
use opentelemetry::Context;
use opentelemetry::trace::{FutureExt as _, TraceContextExt as _, Tracer as _, TracerProvider as _};

static OUTER: CallSite = CallSite::new("shop", Path::Written("outer"));
static INNER: CallSite = CallSite::new("shop", Path::Written("inner"));
static HANDS_OVER: CallSite = CallSite::new("shop", Path::Written("hands_over"));
static LEAF: CallSite = CallSite::new("shop", Path::Written("leaf"));

fn leaf() {
    let _span = enter(&LEAF);
}

/// An asynchronous function as it is woven.
async fn inner(waits: u32) {
    let mut span = task(&INNER);
    leaf();
    for _ in 0..waits {
        span.suspend().await;
        leaf();
    }
}

async fn outer() {
    let mut span = task(&OUTER);
    let query = Context::current_with_span(tracer_provider().tracer("library").start("query"));
    {
        let mut within = pin!(inner(1).with_context(query.clone()));
        let mut beside = pin!(inner(2));
        let mut done = [false; 2];
        while done != [true; 2] {
            poll_once(&mut done[0], within.as_mut());
            leaf();
            poll_once(&mut done[1], beside.as_mut());
            span.suspend().await;
        }
    }
    query.span().end();
    leaf();
}

fn poll_once(done: &mut bool, future: std::pin::Pin<&mut impl Future<Output = ()>>) {
    if !*done {
        *done = future.poll(&mut PollContext::from_waker(Waker::noop())).is_ready();
    }
}

fn block_on(future: impl Future<Output = ()>) {
    let mut future = pin!(future);
    while future.as_mut().poll(&mut PollContext::from_waker(Waker::noop())) == Poll::Pending {}
}

/// Starts omegi, which is not made the program's tracer provider. The tests share a process and run
/// one after the other: spans at the very end of a thread may come between the parts of another
/// flow.
fn start() -> (&'static MemoryExporter, MutexGuard<'static, ()>) {
    static ALONE: Mutex<()> = Mutex::new(());
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    static MEMORY: OnceLock<MemoryExporter> = OnceLock::new();
    let memory = MEMORY.get_or_init(|| {
        let memory = MemoryExporter::new();
        let builder = omegi_runtime::builder().flow_rate(1).exporter(memory.clone()).install_otel(false);
        start_for_good(builder);
        memory
    });
    (memory, alone)
}

/// Starts omegi on a thread that does not end. The end of the thread that starts omegi decides
/// about all flows, also about those of tests that still run.
fn start_for_good(builder: Builder) {
    let (started, starts) = mpsc::channel();
    thread::spawn(move || {
        let _guard = builder.init();
        started.send(()).unwrap();
        loop {
            thread::park();
        }
    });
    starts.recv().unwrap();
}

#[test]
fn spans_and_asynchronous_calls_nest_both_ways() {
    let (memory, _alone) = start();
    block_on(outer());
    let request = Context::current_with_span(tracer_provider().tracer("library").start("request"));
    thread::scope(|scope| {
        scope.spawn(|| block_on(inner(1).with_context(request.clone())));
    });
    request.span().end();
    assert!(omegi_runtime::flush(Duration::from_secs(60)));
    let mut outlines: Vec<_> = memory.flows().iter().map(Flow::outline).collect();
    // The flows of the other tests.
    outlines.retain(|outline| !outline.starts_with("query") && !outline.starts_with("hands_over"));
    assert_eq!(
        outlines,
        [
            "\
outer
  query
    inner
      leaf
      leaf
  leaf
  inner
    leaf
    leaf
    leaf
  leaf
  leaf
  leaf
",
            "request\n  inner\n    leaf\n    leaf\n"
        ]
    );
}

#[test]
fn a_span_that_is_newer_than_the_function_is_the_active_one() {
    let (memory, _alone) = start();
    let context = {
        let _span = enter(&HANDS_OVER);
        tracer_provider().tracer("library").in_span("query", |_| {
            let _ = current().attribute("rows", 3);
            thread::spawn(in_flow(leaf)).join().unwrap();
            current().context().unwrap()
        })
    };
    assert!(omegi_runtime::flush(Duration::from_secs(60)));
    let flow = memory.flows().into_iter().find(|flow| flow.trace_id == context.trace_id).unwrap();
    assert_eq!(flow.outline(), "hands_over\n  query(rows=3)\n    in_flow\n      leaf\n");
    assert_eq!(flow.spans[1].span_id, context.span_id);
}

#[test]
fn spans_at_the_end_of_a_thread_do_no_harm() {
    struct Last;

    impl Drop for Last {
        fn drop(&mut self) {
            leaf();
            drop(tracer_provider().tracer("library").start_with_context("late", &Context::new()));
        }
    }

    thread_local! {
        static FIRST: Last = const { Last };
    }

    let _alone = start();
    let late = thread::spawn(|| {
        // It is destroyed after OpenTelemetry's own thread-local.
        FIRST.with(|_| ());
        tracer_provider().tracer("library").in_span("query", |_| leaf());
    });
    late.join().unwrap();
}
