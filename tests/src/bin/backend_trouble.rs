//! 10,000 flows of four spans, of which 100 fail (in a fifth), for the backend that the environment names; prints how long the program's
//! own calls took, how much memory it had, and what omegi says of itself.
//!
//! Its arguments: for how many milliseconds at least it makes flows, and for how many it waits at the end until all are exported.

use std::time::{Duration, Instant};

const FLOWS: u32 = 10_000;

/// So many flows are made at once; then it is somebody else's turn.
const BURST: u32 = 50;

#[omegi::traced]
fn flow(number: u32) -> Result<u32, String> {
    let sum = (0..3).map(child).sum();
    if number.is_multiple_of(100) { fails(number) } else { Ok(sum) }
}

#[omegi::traced]
fn child(number: u32) -> u32 {
    number * 2
}

#[omegi::traced]
fn fails(number: u32) -> Result<u32, String> {
    Err(format!("number {number}."))
}

/// How long each flow took its caller, in nanoseconds.
fn make_flows(at_least: Duration) -> Vec<u64> {
    let pause = at_least * BURST / FLOWS;
    let mut took = Vec::with_capacity(FLOWS as usize);
    for number in 0..FLOWS {
        let begun = Instant::now();
        let _ = std::hint::black_box(flow(number));
        took.push(u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX));
        if number % BURST == BURST - 1 {
            std::thread::sleep(pause);
        }
    }
    took
}

/// The most memory that the process ever had, in KiB.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|text| text.trim().split(' ').next()?.parse().ok()).unwrap_or(0)
}

fn print_latency(mut took: Vec<u64>) {
    took.sort_unstable();
    let at = |share: usize| took[(took.len() - 1) * share / 100];
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
    let milliseconds = |argument: String| argument.parse().map(Duration::from_millis).expect("milliseconds");
    let mut arguments = std::env::args().skip(1).map(milliseconds);
    let at_least = arguments.next().expect("how long flows are made");
    let patience = arguments.next().expect("how long is waited");
    let _omegi = omegi::builder().flow_rate(1).error_limit(0).init();
    let idle = peak_kib();
    let took = make_flows(at_least);
    println!("all_exported {}", u32::from(omegi::flush(patience)));
    println!("grown_kib {}", peak_kib() - idle);
    print_latency(took);
    print_health();
}
