//! Random programs of timed and untimed calls, mixed with waits of code that is not woven. A clock
//! in the program measures every call from outside: no exporter says that a span was longer.
//!
//! For a longer run: `ROUNDS=10000 cargo test -p omegi-tests --test times --release`. `SEED=7`
//! begins with other programs.

mod exported;
mod program;
mod traced;

use std::fs;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use omegi::{
    ConsoleExporter, ConsoleFormat, Event, FileConfig, FileExporter, Flow, MemoryExporter, Outcome, Value,
};
use tokio::runtime::{Builder, Runtime};

use exported::{ExportedSpan, Shared};
use program::{Op, Random};
use traced::{Clock, Measured};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry;
use tracing_subscriber::util::SubscriberInitExt as _;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// More spans than a random program has.
const SPANS: usize = 2_000;

/// The exporters of the test: memory, JSON on the console, and OTLP's JSON in a file.
struct Exporters {
    memory: MemoryExporter,
    console: Shared,
    file: std::path::PathBuf,
}

impl Exporters {
    fn start() -> Self {
        let file = std::env::temp_dir().join(format!("omegi-times-{}.jsonl", std::process::id()));
        let _ = fs::remove_file(&file);
        let (memory, console) = (MemoryExporter::bounded(100_000), Arc::new(Mutex::new(Vec::new())));
        let builder = omegi::builder()
            .flow_rate(0)
            .error_limit(0)
            .spans_per_flow(SPANS)
            .exporter(memory.clone())
            .exporter(ConsoleExporter::to_writer(
                ConsoleFormat::Json,
                exported::Writer(Arc::clone(&console)),
                "a buffer",
                false,
            ))
            .exporter(FileExporter::new(FileConfig::new(&file)).unwrap());
        omegi_tests::start_for_good(builder);
        registry().with(omegi::tracing_layer()).init();
        Self { memory, console, file }
    }

    /// Returns the flow that was kept since the last call of this, as each exporter has it.
    fn take(&self) -> (Flow, Vec<(&'static str, Vec<ExportedSpan>)>) {
        assert!(omegi::flush(Duration::from_secs(60)), "the worker did not answer");
        let mut flows = self.memory.take();
        assert_eq!(flows.len(), 1, "{flows:?}");
        let flow = flows.remove(0);
        let console = exported::of_console(&std::mem::take(&mut *self.console.lock().unwrap()));
        let file = exported::of_file(&fs::read_to_string(&self.file).unwrap());
        fs::write(&self.file, "").unwrap();
        let memory = exported::of_flow(&flow);
        (flow, vec![("memory", memory), ("console", console), ("file", file)])
    }
}

impl Drop for Exporters {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.file);
    }
}

/// Runs a program in a flow that fails, and returns the measure of each of its calls.
fn run(ops: &[Op], runtime: &Runtime) -> Vec<Measured> {
    traced::warm_up();
    let clock = Clock::default();
    runtime.block_on(traced::flow(ops, &clock));
    clock.into_measured()
}

/// Returns the number of estimated spans, after the checks of each exporter's spans.
fn check(exporters: &Exporters, measured: &[Measured], ops: &[Op]) -> usize {
    let (flow, exported) = exporters.take();
    for (exporter, spans) in &exported {
        assert_eq!(spans.len(), measured.len(), "{exporter}: {ops:#?}");
        for (index, (span, measured)) in spans.iter().zip(measured).enumerate() {
            let context = || format!("{exporter}, span {index}: {span:?}, measured {measured:?}: {ops:#?}");
            let most = measured.ns + (measured.ns / 10).max(10_000);
            assert_eq!(span.name, measured.name, "{}", context());
            assert!(span.duration_ns <= most, "{}", context());
            assert_eq!(span.is_estimated, flow.spans[index].sparse, "{}", context());
        }
    }
    for (index, span) in flow.spans.iter().enumerate().skip(1) {
        let parent = &flow.spans[span.parent.unwrap()];
        assert!(parent.start_ns <= span.start_ns && span.end_ns <= parent.end_ns, "{index}: {flow:#?}");
        assert!(flow.spans[index - 1].start_ns <= span.start_ns, "{index}: {flow:#?}");
        assert!(span.end_order < parent.end_order, "{index}: {flow:#?}");
        let has = |event: &Event| (span.start_ns..=span.end_ns).contains(&event.time_ns);
        assert!(span.events.iter().all(has), "{index}: {flow:#?}");
    }
    flow.spans.iter().filter(|span| span.sparse).count()
}

/// One omegi for all: it is started once in a process.
#[test]
fn no_exporter_says_that_a_span_was_longer_than_the_programs_clock() {
    let (rounds, seed) = (number("ROUNDS", 300), number("SEED", 1));
    let exporters = Exporters::start();
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    a_check_after_a_query_has_its_own_time(&exporters, &runtime);
    an_untimed_call_that_waits_has_its_wait(&exporters, &runtime);
    calls_without_a_record_take_no_time_of_others(&exporters, &runtime);
    let (mut estimated, mut all) = (0, 0);
    for round in seed..seed + rounds {
        let ops = Random::new(round).program();
        let measured = run(&ops, &runtime);
        all += measured.len();
        estimated += check(&exporters, &measured, &ops);
    }
    assert!(estimated * 20 > all, "only {estimated} of {all} spans are estimated");
}

fn a_check_after_a_query_has_its_own_time(exporters: &Exporters, runtime: &Runtime) {
    let ops = program::check_after_query();
    let measured = run(&ops, runtime);
    check(exporters, &measured, &ops);
}

/// A loop with more calls than spans, with waits between them; the last call fails.
fn calls_without_a_record_take_no_time_of_others(exporters: &Exporters, runtime: &Runtime) {
    let ops = program::more_calls_than(SPANS as u64);
    let measured = run(&ops, runtime);
    let (flow, _) = exporters.take();
    let failed = flow.spans.iter().find(|span| span.outcome == Outcome::Error).unwrap();
    let clock = measured.last().unwrap();
    let most = clock.ns + (clock.ns / 10).max(10_000);
    assert!(failed.sparse && failed.duration_ns() <= most, "{failed:?} {clock:?}");
    let summaries = flow.spans[0].events.iter().filter(|event| event.name == "omegi.calls");
    let summaries: Vec<&Event> = summaries.collect();
    assert_eq!(summaries.len(), 2, "quick and slow");
    for summary in summaries {
        let number = |key: &str| match summary.attributes.iter().find(|it| it.key == key)?.value {
            Value::I64(number) => Some(u64::try_from(number).unwrap()),
            _ => None,
        };
        let is = |name: &str| summary.attributes[0].value.to_string().ends_with(name);
        let called = measured.iter().skip(SPANS - 1).filter(|call| is(call.name)).map(|call| call.ns);
        let (total, longest) = (number("omegi.calls.total_ns"), number("omegi.calls.longest_ns"));
        assert!(total >= longest && longest > Some(0), "{summary:?}");
        assert!(total.unwrap() <= called.sum::<u64>() + measured[0].ns / 10, "{summary:?}");
        let timed = number("omegi.calls.timed");
        assert!(timed.is_none_or(|timed| timed < number("omegi.calls.count").unwrap()), "{summary:?}");
        assert_eq!(timed.is_some(), is("quick"), "{summary:?}");
    }
}

/// A fast function that waits once. On a busy machine a thread may be interrupted for as long as
/// the wait, between the program's clock and the span's.
fn an_untimed_call_that_waits_has_its_wait(exporters: &Exporters, runtime: &Runtime) {
    let ops = program::task_that_waits();
    let has_its_wait = |_| {
        let measured = run(&ops, runtime);
        let (flow, _) = exporters.take();
        let (task, clock) = (&flow.spans[1], &measured[1]);
        assert!(task.duration_ns() <= clock.ns + (clock.ns / 10).max(10_000), "{task:?} {clock:?}");
        task.sparse && task.duration_ns() >= clock.ns / 2
    };
    assert!((0..20).any(has_its_wait));
}
