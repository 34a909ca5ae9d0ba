//! Random programs of calls, awaits, joins, selects, spawns, cancellations, errors and panics: a
//! traced one returns what the plain one does, and the tree that is recorded is exactly the
//! program's.
//!
//! A program is a tree of [`Node`]s. An interpreter walks it: once plain, and once with
//! `#[omegi::traced]` on every function, which are the same source text (`interpreter!`). What the
//! tree of spans must be is worked out from the nodes alone, and from what chance decided (which
//! branch of a select won).
//!
//! `ROUNDS=100000 cargo test -p omegi-tests --test random --release` goes on for longer, `SEED=7`
//! begins elsewhere.

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

/// The flow of the program that has just been run. Tasks that nobody awaits any more may go on for
/// a while.
fn flow_of(memory: &MemoryExporter, runtime: &Runtime) -> Flow {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        assert!(omegi::flush(Duration::from_secs(60)));
        if let Some(flow) = memory.take().pop() {
            return flow;
        }
        assert!(Instant::now() < deadline, "the flow has not ended");
        // A runtime without threads of its own goes on only while somebody waits for something.
        runtime.block_on(async { ::tokio::spawn(tokio::task::yield_now()).await.unwrap() });
    }
}

/// Runs a program both ways, and returns how many spans it had.
fn check(root: &Arc<Node>, runtime: &Runtime, memory: &MemoryExporter) -> usize {
    let plain = interpreter::plain::run(root, runtime, &Log::default());
    let log = Log::default();
    let traced = interpreter::traced::run(root, runtime, &log);
    assert!(plain == traced || root.depends_on_chance(), "{plain:?} {traced:?} {root:#?}");
    let flow = flow_of(memory, runtime);
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
    // A panic that is part of the program says nothing.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let said = info.payload().downcast_ref::<String>();
        if !said.is_some_and(|said| said.starts_with("planned")) {
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
