//! The memory use and the counters while more flows are made than can be exported.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use omegi::{ExportError, Exporter, Flow, Health};

use crate::flows::{body, omegi as traced};
use crate::machine;
use crate::measure::print;

/// The number of flows with one million spans in total.
const FLOWS: u32 = 10_000;
const SPANS_OF_A_FLOW: u32 = 100;

/// The calls of the loop.
const CALLS: u64 = 10_000_000;

/// A timeout that is long enough for the rest of a slow exporter.
const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// Makes a million kept spans as fast as one thread can; `pause` is the time of the exporter for a
/// batch.
pub(crate) fn burst(pause: Option<Duration>) {
    std::mem::forget(omegi::builder().flow_rate(1).exporter(Counting { pause }).init());
    warm_up();
    let (before, idle) = (omegi::health(), machine::memory("VmRSS"));
    let start = Instant::now();
    for _ in 0..FLOWS {
        traced::sync(SPANS_OF_A_FLOW - 1);
    }
    let elapsed = start.elapsed();
    assert!(omegi::flush(LONGEST_WAIT), "the exporter is not that slow");
    let peak = machine::memory("VmHWM").saturating_sub(idle);
    let after = omegi::health();
    let gained = |field: fn(&Health) -> u64| (field(&after) - field(&before)) as f64;
    print("memory", "peak", &[peak as f64]);
    print("memory", "exported", &[gained(|health| health.exported_spans)]);
    print("memory", "dropped", &[gained(|health| health.dropped_spans)]);
    print("memory", "ns per span", &[elapsed.as_secs_f64() * 1e9 / f64::from(FLOWS * SPANS_OF_A_FLOW)]);
}

/// One flow that calls a function ten million times.
pub(crate) fn endless_loop() {
    std::mem::forget(omegi::builder().flow_rate(1).exporter(Counting { pause: None }).init());
    warm_up();
    let (before, idle) = (omegi::health(), machine::memory("VmRSS"));
    let start = Instant::now();
    looping(CALLS);
    let elapsed = start.elapsed();
    assert!(omegi::flush(LONGEST_WAIT), "the worker answers");
    let peak = machine::memory("VmHWM").saturating_sub(idle);
    let dropped = omegi::health().dropped_spans - before.dropped_spans;
    print("memory", "peak", &[peak as f64]);
    print("memory", "exported", &[(omegi::health().exported_spans - before.exported_spans) as f64]);
    print("memory", "dropped", &[dropped as f64]);
    print("memory", "summaries", &[SUMMARIES.load(Ordering::Relaxed) as f64]);
    print("memory", "summarised", &[SUMMARISED.load(Ordering::Relaxed) as f64]);
    print("memory", "ns per span", &[elapsed.as_secs_f64() * 1e9 / CALLS as f64]);
}

#[omegi::traced]
fn looping(calls: u64) {
    for n in 0..calls {
        black_box(called(n));
    }
}

#[omegi::traced]
#[inline(never)]
fn called(n: u64) -> u64 {
    body(n)
}

/// Makes the threads, buffers and tables that remain.
fn warm_up() {
    for _ in 0..20 {
        traced::sync(SPANS_OF_A_FLOW - 1);
    }
    assert!(omegi::flush(LONGEST_WAIT), "the worker answers");
    machine::forget_peak();
}

static SUMMARIES: AtomicU64 = AtomicU64::new(0);
static SUMMARISED: AtomicU64 = AtomicU64::new(0);

/// Counts the summaries, and pauses.
struct Counting {
    pause: Option<Duration>,
}

impl Exporter for Counting {
    fn name(&self) -> &'static str {
        "counting"
    }

    fn export(&mut self, flows: &[Flow]) -> Result<(), ExportError> {
        for event in flows.iter().filter_map(Flow::root).flat_map(|root| &root.events) {
            let count = event.attributes.iter().find(|attribute| attribute.key == "omegi.calls.count");
            if let Some(omegi::Value::I64(count)) = count.map(|attribute| &attribute.value) {
                SUMMARIES.fetch_add(1, Ordering::Relaxed);
                SUMMARISED.fetch_add(count.cast_unsigned(), Ordering::Relaxed);
            }
        }
        if let Some(pause) = self.pause {
            std::thread::sleep(pause);
        }
        Ok(())
    }
}
