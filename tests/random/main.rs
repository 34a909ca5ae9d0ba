//! Random programs of calls, awaits, joins, selects, spawns, cancellations, errors and panics. A
//! traced program returns the same as the plain one, and the recorded tree is exactly the
//! program's.
//!
//! A program is a tree of [`Node`]s. An interpreter walks it twice: plain, and with
//! `#[omegi::traced]` on every function. Both come from the same source text (`interpreter!`). The
//! expected tree of spans depends only on the nodes and on random events, such as the branch of a
//! select that won.
//!
//! For a longer run: `ROUNDS=100000 cargo test -p omegi-tests --test random --release`. `SEED=7`
//! begins with other programs.

mod expected;
mod interpreter;
mod program;

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use omegi::{ClockMode, Flow, MemoryExporter};
use tokio::runtime::{Builder, Runtime};

use expected::Log;
use program::{Node, Random};

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn runtimes() -> Vec<Runtime> {
    let multi = |threads| Builder::new_multi_thread().worker_threads(threads).enable_time().build().unwrap();
    vec![Builder::new_current_thread().enable_time().build().unwrap(), multi(1), multi(4)]
}

/// Returns the flow of the program that ran last. Tasks without an awaiting caller may continue for
/// a while.
///
/// `before` is the number of flows that had ended before it. A flush exports a flow with an error
/// even if that is open, so it comes after the end.
fn flow_of(memory: &MemoryExporter, runtime: &Runtime, before: u64) -> Flow {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        if omegi::health().flows > before {
            assert!(omegi::flush(Duration::from_secs(60)));
            if let Some(flow) = memory.take().pop() {
                return flow;
            }
        }
        assert!(Instant::now() < deadline, "the flow has not ended");
        // A runtime without threads of its own makes progress only while a caller blocks on it.
        runtime.block_on(async { ::tokio::spawn(tokio::task::yield_now()).await.unwrap() });
    }
}

/// Runs a program both ways, and returns the number of its spans.
fn check(root: &Arc<Node>, runtime: &Runtime, memory: &MemoryExporter) -> usize {
    let plain = interpreter::plain::run(root, runtime, &Log::default());
    let (log, before) = (Log::default(), omegi::health().flows);
    let traced = interpreter::traced::run(root, runtime, &log);
    assert!(plain == traced || root.depends_on_chance(), "{plain:?} {traced:?} {root:#?}");
    let flow = flow_of(memory, runtime, before);
    let there = expected::of_flow(&flow);
    let expected = expected::of_program(root, &log);
    assert!(there.is_like(&expected), "there: {there:#?}\nexpected: {expected:#?}\n{root:#?}");
    flow.spans.len()
}

#[test]
fn random_programs_have_plain_results_and_exact_trees() {
    let (rounds, seed) = (number("ROUNDS", 300), number("SEED", 1));
    let memory = MemoryExporter::bounded(100_000);
    let _omegi = omegi::builder()
        .flow_rate(1)
        .clock(ClockMode::Exact)
        .flow_wait(Duration::from_secs(600))
        .exporter(memory.clone())
        .init();
    // A panic of the program prints nothing.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let message = info.payload().downcast_ref::<String>();
        if !message.is_some_and(|message| message.starts_with("planned")) {
            hook(info);
        }
    }));
    let (runtimes, mut spans) = (runtimes(), 0);
    for round in seed..seed + rounds {
        let root = Arc::new(program::random(&mut Random::new(round)));
        for runtime in &runtimes {
            let result = thread::scope(|scope| scope.spawn(|| check(&root, runtime, &memory)).join());
            spans += result.unwrap_or_else(|_| panic!("SEED={round} ROUNDS=1 repeats it"));
        }
    }
    assert!(spans as u64 > rounds, "the programs are too small: {spans} spans");
}
