//! Runs a part of a program for a test, and returns its flows.

pub mod programs;
pub mod sources;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{OnceLock, PoisonError, RwLock, mpsc};
use std::thread;
use std::time::Duration;

use omegi::{Builder, ClockMode, Flow, MemoryExporter, Value};

/// Returns the flows that `program` makes on its thread, in the order in which they ended.
///
/// Every flow is kept, whether it fails or not. Tests run side by side in one process with one
/// omegi. The name of the thread distinguishes their flows: it is new for each call of this.
///
/// # Panics
///
/// If `program` panics, or its flows are not exported.
pub fn flows_of(program: impl FnOnce() + Send + 'static) -> Vec<Flow> {
    flows_on(program, |name, program| {
        thread::Builder::new().name(name).spawn(program).unwrap().join().unwrap()
    })
}

/// Returns the same, where `run` runs the program on threads of the given name.
///
/// # Panics
///
/// As [`flows_of`].
pub fn flows_on<P>(program: P, run: impl FnOnce(String, P)) -> Vec<Flow> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    // A flush tells the open flows of other tests as they stand.
    static RUNNING: RwLock<()> = RwLock::new(());
    let memory = memory();
    let name = format!("program-{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let running = RUNNING.read().unwrap_or_else(PoisonError::into_inner);
    run(name.clone(), program);
    drop(running);
    let alone = RUNNING.write().unwrap_or_else(PoisonError::into_inner);
    assert!(omegi::flush(Duration::from_secs(60)), "the worker did not answer");
    drop(alone);
    let is_mine = |flow: &Flow| {
        flow.root().and_then(|root| root.attribute("thread.name")) == Some(&Value::from(name.clone()))
    };
    memory.flows().into_iter().filter(is_mine).collect()
}

/// Returns the outlines of the flows that `program` makes.
///
/// # Panics
///
/// As [`flows_of`].
pub fn outline_of(program: impl FnOnce() + Send + 'static) -> String {
    flows_of(program).iter().map(Flow::outline).collect()
}

/// Returns the steps of every error in `flows`: the function's name without its module, and the
/// line of a `?` or a panic.
pub fn error_paths(flows: &[Flow]) -> Vec<Vec<(String, Option<u32>)>> {
    let name = |function: &str| function.rsplit("::").next().unwrap_or_default().to_owned();
    let steps = |error: &omegi::ErrorReport| {
        error
            .path
            .iter()
            .map(|step| (name(&step.function), step.exact.then_some(step.location.line)))
            .collect()
    };
    flows.iter().flat_map(|flow| &flow.errors).map(steps).collect()
}

/// Starts omegi for all tests of the process, on a thread that does not end. The end of the thread
/// that starts omegi decides about all flows, also about those of tests that still run.
///
/// # Panics
///
/// If the thread cannot start omegi.
pub fn start_for_good(builder: Builder) {
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

/// Returns the exporter of all flows of this process. The first call starts omegi.
///
/// # Panics
///
/// As [`start_for_good`].
pub fn memory() -> &'static MemoryExporter {
    static MEMORY: OnceLock<MemoryExporter> = OnceLock::new();
    MEMORY.get_or_init(|| {
        let memory = MemoryExporter::bounded(1_000_000);
        let builder = omegi::builder().flow_rate(1).clock(ClockMode::Exact).exporter(memory.clone());
        // Some tests wait without a flush, which would tell the open flows of others.
        start_for_good(builder.variable("OTEL_BSP_SCHEDULE_DELAY", "20"));
        memory
    })
}
