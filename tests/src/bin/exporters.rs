//! Makes 10,000 flows, of which 100 fail, for a healthy exporter and a broken one; prints the flows
//! that reached each.
//!
//! Its argument selects the trouble of the broken one: `fails`, `fails-for-a-while`,
//! `refuses-the-first`, `writes-the-first`, `hangs`, `is-slow`, `panics`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use omegi::{ExportError, Exporter, ExporterHealth, Flow, Refusal};

const FLOWS: u32 = 10_000;
const MEMORY: u64 = 2 << 20;

#[omegi::traced]
fn flow(number: u32) -> Result<u32, u32> {
    let sum = (0..10).map(child).sum::<u32>();
    if number.is_multiple_of(100) { Err(sum) } else { Ok(sum) }
}

#[omegi::traced]
fn child(number: u32) -> u32 {
    number * 2
}

/// The number of arrivals of each flow, and whether it failed.
type Arrivals = Arc<Mutex<HashMap<u128, (u32, bool)>>>;

struct Scripted {
    name: &'static str,
    /// The result of a call, by its number.
    matter: Box<dyn Fn(u32) -> Result<(), ExportError> + Send>,
    calls: u32,
    arrivals: Arrivals,
}

impl Exporter for Scripted {
    fn name(&self) -> &'static str {
        self.name
    }

    fn export(&mut self, flows: &[Flow]) -> Result<(), ExportError> {
        self.calls += 1;
        let result = (self.matter)(self.calls);
        let is_written =
            |nth: &usize| result.as_ref().err().is_none_or(|error| error.written().contains(nth));
        let mut arrivals = self.arrivals.lock().expect("no thread panics with the lock");
        for (_, flow) in flows.iter().enumerate().filter(|(nth, _)| is_written(nth)) {
            let arrival = arrivals.entry(flow.trace_id.to_u128()).or_insert((0, flow.has_error()));
            arrival.0 += 1;
        }
        result
    }
}

fn matter(what: &str, call: u32) -> Result<(), ExportError> {
    let away = || ExportError::for_now("away", Some(Duration::from_millis(5)));
    match what {
        "fails" => Err(ExportError::new("it is of no use")),
        "fails-for-a-while" if call < 50 => Err(away()),
        "writes-the-first" if call < 50 => Err(away().after_writing(vec![0])),
        "refuses-the-first" => {
            Err(ExportError::in_part("the first is too old", Refusal { flows: vec![0], spans: 11 }))
        }
        "hangs" => loop {
            thread::park();
        },
        "is-slow" => {
            thread::sleep(Duration::from_millis(2));
            Ok(())
        }
        "panics" if !call.is_multiple_of(3) => panic!("on purpose"),
        _ => Ok(()),
    }
}

fn health_of(name: &str) -> ExporterHealth {
    omegi::health().exporters.into_iter().find(|exporter| exporter.name == name).expect("it was added")
}

fn print(name: &str, arrivals: &Arrivals) {
    let arrivals = arrivals.lock().expect("no thread panics with the lock");
    let failed = arrivals.values().filter(|(_, failed)| *failed).count();
    let twice = arrivals.values().filter(|(times, _)| *times > 1).count();
    let health = health_of(name);
    let ExporterHealth { exported_flows, lost_flows, waiting_flows, failures, retries, .. } = health;
    let ExporterHealth { exported_spans, rejected_spans, spans_lost_to_export, .. } = health;
    println!("{name}: {failed} failed {} other {twice} twice", arrivals.len() - failed);
    println!(
        "{name} says: {exported_flows} exported {lost_flows} lost \
         {waiting_flows} waiting {failures} failures {retries} retries"
    );
    println!(
        "{name}'s spans: {exported_spans} exported {spans_lost_to_export} lost {rejected_spans} rejected"
    );
}

fn main() {
    let what = std::env::args().nth(1).expect("what is the matter");
    let (well, other) = (Arrivals::default(), Arrivals::default());
    let exporter = |name, matter, arrivals: &Arrivals| {
        let arrivals = Arc::clone(arrivals);
        Scripted { name, matter, calls: 0, arrivals }
    };
    let is = what.clone();
    let _omegi = omegi::builder()
        .flow_rate(1)
        .memory(MEMORY as usize)
        .exporter(exporter("well", Box::new(|_| Ok(())), &well))
        .exporter(exporter("other", Box::new(move |call| matter(&is, call)), &other))
        .flush_timeout(Duration::from_millis(200))
        .init();
    // The environment may set a higher bound.
    let is_bounded = std::env::var_os("OMEGI_MEMORY").is_none();
    for number in 0..FLOWS {
        let _ = flow(number);
        // The rate is that of the healthy exporter.
        while number.is_multiple_of(50) && health_of("well").waiting_flows > 0 {
            thread::yield_now();
        }
        let waiting = omegi::health().waiting_bytes;
        assert!(!is_bounded || waiting <= MEMORY, "{waiting} bytes wait");
    }
    let patience = if what == "hangs" { 200 } else { 60_000 };
    let flushed = omegi::flush(Duration::from_millis(patience));
    println!("flushed {flushed}");
    print("well", &well);
    print("other", &other);
}
