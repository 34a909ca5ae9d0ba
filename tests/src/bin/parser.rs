//! A parser that fails as a part of its work; prints the numbers of exported flows and of omegi's
//! own counters.
//!
//! The argument chooses the share of failing calls and their end: `half`, `rare` (1 in 40),
//! `panics`, `one_flow` (all calls in one flow at a time).

use std::panic;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use omegi::{ExportError, Exporter, Flow};

mod protocol {
    #[derive(Debug)]
    pub(crate) struct Incomplete;

    impl std::fmt::Display for Incomplete {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("incomplete")
        }
    }

    impl std::error::Error for Incomplete {}

    #[omegi::traced]
    fn parse(input: u32, every: u32) -> Result<u32, Incomplete> {
        if input.is_multiple_of(every) { Err(Incomplete) } else { Ok(input) }
    }

    /// Waits for more input where the parser lacks some.
    #[omegi::traced]
    pub(crate) fn read(input: u32, every: u32) -> Option<u32> {
        parse(input, every).ok()
    }

    /// Reads a whole file in one flow.
    #[omegi::traced]
    pub(crate) fn read_all(inputs: std::ops::Range<u32>, every: u32) -> u32 {
        inputs.map(|input| read(input, every).unwrap_or_default()).sum()
    }

    /// Cannot wait for more input.
    #[omegi::traced]
    pub(crate) fn read_last(every: u32) -> Result<u32, Incomplete> {
        parse(0, every)
    }

    #[omegi::traced]
    pub(crate) fn breaks() {
        panic!("on purpose");
    }

    #[omegi::traced]
    pub(crate) fn catches() {
        let _ = std::panic::catch_unwind(breaks);
    }
}

#[derive(Clone, Default)]
struct Roots(Arc<Mutex<Vec<String>>>);

impl Exporter for Roots {
    fn name(&self) -> &'static str {
        "roots"
    }

    fn export(&mut self, flows: &[Flow]) -> Result<(), ExportError> {
        let name = |flow: &Flow| flow.root().map(|root| root.name.to_string()).unwrap_or_default();
        self.0.lock().expect("no thread panics with the lock").extend(flows.iter().map(name));
        Ok(())
    }
}

fn main() {
    let roots = Roots::default();
    let _omegi = omegi::builder().flow_rate(0).exporter(roots.clone()).init();
    match std::env::args().nth(1).as_deref() {
        Some("half") => (0..20_000).map(|input| protocol::read(input, 2)).for_each(|_| {}),
        Some("rare") => (0..20_000).map(|input| protocol::read(input, 40)).for_each(|_| {}),
        Some("one_flow") => (0..200).map(|_| protocol::read_all(0..1_000, 2)).for_each(|_| {}),
        _ => {
            panic::set_hook(Box::new(|_| {}));
            (0..300).for_each(|_| protocol::catches());
        }
    }
    let handled = omegi::health();
    let before = exported(&roots);
    let _ = protocol::read_last(2);
    println!("handled {before}");
    println!("escaped {}", exported(&roots) - before);
    println!("expected_error_flows {}", handled.expected_error_flows);
    println!("expected_error_kinds {}", handled.expected_error_kinds);
    println!("kinds_after_the_escape {}", omegi::health().expected_error_kinds);
}

/// Returns the number of flows that were exported so far.
fn exported(roots: &Roots) -> usize {
    assert!(omegi::flush(Duration::from_secs(60)), "the exporter answers");
    roots.0.lock().expect("no thread panics with the lock").len()
}
