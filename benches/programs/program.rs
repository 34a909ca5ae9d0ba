//! The part that all programs share: `PROGRAM one` does all jobs in the flow of `main`, and
//! `PROGRAM many` gives each job to a worker, whose loop makes it a flow of its own. A number
//! behind it replaces the program's number of passes.
//!
//! Prints a checksum of the results, and the process's peak of memory in KiB.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

/// Does a job for each input, `passes` times, as the command line says.
pub fn run<T: Send + 'static>(inputs: Vec<T>, passes: usize, job: fn(&T) -> u64) {
    let mut words = std::env::args().skip(1);
    let form = words.next().unwrap_or_default();
    let passes = words.next().and_then(|number| number.parse().ok()).unwrap_or(passes);
    let checksum = match form.as_str() {
        "one" => one_flow(&inputs, passes, job),
        "many" => many_flows(inputs, passes, job),
        _ => {
            eprintln!("usage: program one|many [<passes>]");
            std::process::exit(2);
        }
    };
    println!("{checksum:016x} {}", peak());
}

fn one_flow<T>(inputs: &[T], passes: usize, job: fn(&T) -> u64) -> u64 {
    let mut sum = 0;
    for _ in 0..passes {
        for input in inputs {
            sum = joined(sum, job(input));
        }
    }
    sum
}

fn many_flows<T: Send + 'static>(inputs: Vec<T>, passes: usize, job: fn(&T) -> u64) -> u64 {
    let count = inputs.len();
    let (sender, jobs) = sync_channel(64);
    let worker = thread::spawn(move || serve(jobs, &inputs, job));
    for number in 0..count * passes {
        sender.send(number % count).expect("the worker runs");
    }
    drop(sender);
    worker.join().expect("the worker does not panic")
}

fn serve<T>(jobs: Receiver<usize>, inputs: &[T], job: fn(&T) -> u64) -> u64 {
    let mut sum = 0;
    for number in jobs {
        sum = joined(sum, job(&inputs[number]));
    }
    sum
}

fn joined(sum: u64, result: u64) -> u64 {
    sum.rotate_left(5).wrapping_add(result)
}

/// Returns a hash of `bytes` (FNV-1a).
pub fn hash(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
}

/// The process's own count: a parent's `ru_maxrss` includes the memory of the parent.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or(0)
}

/// Numbers that are the same in each run.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(2).wrapping_add(1))
    }

    /// Returns a number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    /// Returns one of `words`.
    pub fn word(&mut self) -> &'static str {
        WORDS[self.below(WORDS.len() as u64) as usize]
    }

    /// Returns `count` words with spaces between them.
    pub fn words(&mut self, count: u64) -> String {
        let words: Vec<_> = (0..count).map(|_| self.word()).collect();
        words.join(" ")
    }
}

const WORDS: [&str; 24] = [
    "anchor", "basil", "copper", "delta", "ember", "fjord", "gravel", "harbour", "indigo", "juniper",
    "kettle", "lantern", "meadow", "nickel", "orchard", "pebble", "quartz", "ripple", "saffron", "timber",
    "umber", "velvet", "willow", "zephyr",
];
