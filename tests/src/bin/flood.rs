//! Makes more kept flows than a slow exporter can take, in little memory; prints the counters.
//!
//! Its argument is the number of calls in each flow.

use std::time::Duration;

use omegi::{ExportError, Exporter, Flow};

const FLOWS: u64 = 20_000;

#[omegi::traced]
fn flow(number: u64, children: u64) -> Result<u64, u64> {
    let sum = (0..children).map(child).sum::<u64>();
    if number.is_multiple_of(100) { Err(sum) } else { Ok(sum) }
}

#[omegi::traced]
fn child(number: u64) -> u64 {
    number * 2
}

/// Exports slowly, and counts the failed flows.
struct Slow(u64);

impl Exporter for Slow {
    fn name(&self) -> &'static str {
        "slow"
    }

    fn export(&mut self, flows: &[Flow]) -> Result<(), ExportError> {
        std::thread::sleep(Duration::from_millis(5));
        self.0 += flows.iter().filter(|flow| flow.has_error()).count() as u64;
        println!("failed {}", self.0);
        Ok(())
    }
}

/// Returns the peak of the process's memory, in KiB.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|text| text.trim().split(' ').next()?.parse().ok()).unwrap_or(0)
}

fn main() {
    let children = std::env::args().nth(1).and_then(|count| count.parse().ok()).expect("how many calls");
    let _omegi = omegi::builder().flow_rate(1).memory(2 << 20).exporter(Slow(0)).init();
    let idle = peak_kib();
    for number in 0..FLOWS {
        let _ = flow(number, children);
    }
    let grown = peak_kib() - idle;
    assert!(omegi::flush(Duration::from_secs(60)), "the exporter is slow, not dead");
    let health = omegi::health();
    assert_eq!(
        (health.flows, health.spans),
        (FLOWS, FLOWS * (children + 1)),
        "counted, whatever became of them"
    );
    println!(
        "spans {} lost {} exported {}",
        FLOWS * (children + 1),
        health.dropped_spans,
        health.exported_spans
    );
    println!("flows {} exported {} grown {grown}", health.flows_lost_to_memory, health.exported_flows);
}
