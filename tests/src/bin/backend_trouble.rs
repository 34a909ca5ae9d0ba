//! Makes flows of four spans, or five for a failed one, for the backend in the environment. Prints
//! the time of the program's own calls, its memory, and omegi's counters.
//!
//! Its arguments: the number of flows, N if one in N fails, the least milliseconds to make them,
//! and the most milliseconds to wait at the end.

use std::time::{Duration, Instant};

/// The number of flows that are made before the thread yields.
const BURST: u32 = 50;

#[omegi::traced]
fn flow(number: u32, one_in: u32) -> Result<u32, String> {
    let sum = (0..3).map(child).sum();
    if number.is_multiple_of(one_in) { fails(number) } else { Ok(sum) }
}

#[omegi::traced]
fn child(number: u32) -> u32 {
    number * 2
}

#[omegi::traced]
fn fails(number: u32) -> Result<u32, String> {
    Err(format!("number {number}."))
}

/// The time of each flow on the calling thread, in nanoseconds.
fn make_flows(flows: u32, one_in: u32, at_least: Duration) -> Vec<u64> {
    let pause = at_least * BURST / flows.max(1);
    let mut took = Vec::with_capacity(flows as usize);
    for number in 0..flows {
        let begun = Instant::now();
        let _ = std::hint::black_box(flow(number, one_in));
        took.push(u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX));
        if number % BURST == BURST - 1 {
            std::thread::sleep(pause);
        }
    }
    took
}

/// Returns the peak of the process's memory, in KiB.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|text| text.trim().split(' ').next()?.parse().ok()).unwrap_or(0)
}

fn print_latency(mut took: Vec<u64>) {
    took.sort_unstable();
    let at = |share: usize| took.get(took.len() * share / 100).copied().unwrap_or(0);
    println!("median_ns {}", at(50));
    println!("p99_ns {}", at(99));
    println!("total_ns {}", took.iter().sum::<u64>());
}

fn print_health() {
    let health = omegi::health();
    let otlp = health.exporters.iter().find(|exporter| exporter.name == "otlp").expect("it is configured");
    println!("lost_to_memory {}", health.flows_lost_to_memory);
    println!("lost_to_export {}", health.flows_lost_to_export);
    println!("exported {}", otlp.exported_flows);
    println!("exported_spans {}", otlp.exported_spans);
    println!("rejected_spans {}", otlp.rejected_spans);
    println!("lost {}", otlp.lost_flows);
    println!("failures {}", otlp.failures);
}

fn main() {
    let arguments = std::env::args().skip(1).map(|argument| argument.parse().expect("a number"));
    let Ok([flows, one_in, at_least, patience]) = <[u32; 4]>::try_from(arguments.collect::<Vec<_>>()) else {
        panic!("four numbers")
    };
    let _omegi = omegi::builder().flow_rate(1).error_limit(0).init();
    let idle = peak_kib();
    let took = make_flows(flows, one_in, Duration::from_millis(at_least.into()));
    println!("all_exported {}", u32::from(omegi::flush(Duration::from_millis(patience.into()))));
    println!("grown_kib {}", peak_kib() - idle);
    print_latency(took);
    print_health();
}
