//! Random programs of errors with equal texts: calls, retries, reports, joins, spawned threads and
//! tasks, panics. The number of the recorded errors, of their events, and the way of each are
//! exactly the program's.
//!
//! Each error of a program has a number, which is no part of its text, and notes the calls that it
//! leaves. Where several errors with one text are at hand, a program goes on with the latest, as
//! `docs/adr/0021-which-errors-are-one.md` says.
//!
//! For a longer run: `ROUNDS=10000 cargo test -p omegi-tests --test random_errors`. `SEED=7` begins
//! with other programs.

mod interpreter;
mod program;
mod truth;

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use omegi::{ClockMode, Flow, MemoryExporter, Span, Value};
use tokio::runtime::{Builder, Runtime};

use program::{Generator, Node};
use truth::{PANIC, Truth};

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Runs a synchronous program.
fn run_sync(root: Arc<Node>, truth: Truth) {
    let _ = thread::spawn(move || interpreter::node_sync(root, truth)).join();
}

/// Runs an asynchronous program.
fn run(root: Arc<Node>, truth: Truth, runtime: &Runtime) {
    runtime.block_on(async move {
        let _ = ::tokio::spawn(interpreter::node(root, truth)).await;
    });
}

/// Returns the flow of the program that ran last. Dropped branches may go on for a while.
///
/// `before` is the number of flows that had ended before it. A flush exports a flow with an error
/// even if that is open, so it comes after the end.
fn flow_of(memory: &MemoryExporter, before: u64) -> Flow {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        if omegi::health().flows > before {
            assert!(omegi::flush(Duration::from_secs(60)));
            if let Some(flow) = memory.take().pop() {
                return flow;
            }
        }
        assert!(Instant::now() < deadline, "the flow has not ended");
        thread::yield_now();
    }
}

/// Returns the number of a span's call, which only functions of the program have.
fn call_of(span: &Span) -> Option<u32> {
    match span.attribute("id") {
        Some(Value::I64(id)) => u32::try_from(*id).ok(),
        _ => None,
    }
}

/// Checks that the errors of the flow are those of the program. Returns their number.
fn check(flow: &Flow, truth: &Truth, root: &Node) -> usize {
    let way = |error: &omegi::ErrorReport| -> Vec<u32> {
        error.path.iter().filter_map(|step| call_of(&flow.spans[step.span])).collect()
    };
    let mut ways: Vec<_> = flow.errors.iter().map(way).collect();
    ways.sort();
    let expected = truth.ways();
    assert!(ways == expected, "there: {ways:?}\nexpected: {expected:?}\n{}\n{root:#?}", flow.outline());
    for (index, span) in flow.spans.iter().enumerate() {
        let events = span.events.iter().filter(|event| event.name == "exception").count();
        let begun = flow.errors.iter().filter(|error| error.origin() == Some(index)).count();
        assert_eq!(events, begun, "events of {}\n{root:#?}", span.name);
    }
    ways.len()
}

#[test]
fn the_errors_of_random_programs_are_told_one_by_one() {
    let (rounds, seed) = (number("ROUNDS", 300), number("SEED", 1));
    // A panic of the program prints nothing. The hook of omegi comes before this one.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if info.payload().downcast_ref::<String>().is_none_or(|message| message != PANIC) {
            hook(info);
        }
    }));
    let memory = MemoryExporter::bounded(100_000);
    let _omegi = omegi::builder()
        .flow_rate(1)
        .clock(ClockMode::Exact)
        .flow_wait(Duration::from_secs(600))
        .exporter(memory.clone())
        .init();
    let runtime = Builder::new_multi_thread().worker_threads(3).enable_time().build().unwrap();
    let mut errors = 0;
    for round in seed..seed + rounds {
        for is_sync in [true, false] {
            let root = Arc::new(Generator::new(round).program(is_sync));
            let (truth, before) = (Truth::new(), omegi::health().flows);
            let result = thread::scope(|scope| {
                let checked = scope.spawn(|| {
                    if is_sync {
                        run_sync(Arc::clone(&root), truth.clone());
                    } else {
                        run(Arc::clone(&root), truth.clone(), &runtime);
                    }
                    check(&flow_of(&memory, before), &truth, &root)
                });
                checked.join()
            });
            errors += result.unwrap_or_else(|_| panic!("SEED={round} ROUNDS=1 repeats it"));
        }
    }
    assert!(errors as u64 > rounds, "the programs have too few errors: {errors}");
}
