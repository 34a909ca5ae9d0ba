//! Makes 100,000 flows with reproducible ids, of which every 1000th fails; prints the ids of the
//! kept ones.
//!
//! Its argument is N of *keep 1 in N*.

use std::io::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use omegi::{ExportError, Exporter, Flow};

#[omegi::traced]
fn flow(number: u32) -> Result<u32, u32> {
    if number.is_multiple_of(1000) { Err(number) } else { Ok(number) }
}

/// Keeps the id of each flow, and whether it failed.
struct Ids(Arc<Mutex<Vec<(u128, bool)>>>);

impl Exporter for Ids {
    fn name(&self) -> &'static str {
        "ids"
    }

    fn export(&mut self, flows: &[Flow]) -> Result<(), ExportError> {
        self.0
            .lock()
            .expect("no export panics")
            .extend(flows.iter().map(|flow| (flow.trace_id.to_u128(), flow.has_error())));
        Ok(())
    }
}

fn main() {
    let rate = std::env::args().nth(1).and_then(|rate| rate.parse().ok()).expect("a flow rate");
    let kept = Arc::default();
    let _omegi = omegi::builder().flow_rate(rate).seed_ids(2026).exporter(Ids(Arc::clone(&kept))).init();
    for number in 0..100_000 {
        let _ = flow(number);
        if number % 1000 == 999 {
            assert!(omegi::flush(Duration::from_secs(60)), "the worker answers");
        }
    }
    assert_eq!(omegi::health().dropped_spans, 0);
    let mut out = std::io::stdout().lock();
    for (id, failed) in kept.lock().expect("no export panics").iter() {
        writeln!(out, "{id:032x} {failed}").expect("stdout is open");
    }
}
