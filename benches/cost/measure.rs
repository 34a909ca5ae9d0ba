//! Sections: short runs of one subject, in turns with all others.

use std::time::Instant;

use crate::backend::Backend;
use crate::machine;

/// The children of a flow.
pub(crate) const CHILDREN: u32 = 100;

/// The spans of a flow.
const SPANS: u32 = CHILDREN + 1;

/// A subject of the measurement.
#[derive(Clone, Copy)]
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    /// Runs one flow with this number of children.
    pub(crate) flow: fn(u32),
    pub(crate) backend: Backend,
}

impl Subject {
    /// The flows of a section: they take less than a millisecond, so that most sections are not
    /// interrupted.
    fn flows(&self) -> u32 {
        if self.name.starts_with("tracing + ") || self.name.starts_with("OpenTelemetry") { 4 } else { 32 }
    }

    /// The spans of a flow with all children; events are not spans.
    fn spans(&self) -> u32 {
        if self.name.ends_with("events") { 1 } else { SPANS }
    }

    /// The nanoseconds of the calling thread for a flow, while the recorder's thread rests.
    fn time(&self, children: u32) -> f64 {
        let flow = || (self.flow)(children);
        self.backend.rest(flow);
        flow();
        let flows = self.flows();
        let start = Instant::now();
        for _ in 0..flows {
            flow();
        }
        let elapsed = start.elapsed();
        self.backend.resume();
        elapsed.as_secs_f64() * 1e9 / f64::from(flows)
    }

    /// The nanoseconds of all threads for a flow, up to the exporter.
    fn cpu(&self) -> f64 {
        const FLOWS: u32 = 200;
        self.backend.drain();
        let exported = omegi::health().exported_spans;
        let start = machine::cpu_time();
        for _ in 0..FLOWS {
            (self.flow)(CHILDREN);
        }
        self.backend.drain();
        let taken = machine::cpu_time() - start;
        if self.backend == Backend::Omegi {
            // Postponed or omitted work would look cheap.
            let exported = omegi::health().exported_spans - exported;
            assert_eq!(exported, u64::from(FLOWS * self.spans()), "{}: spans exported meanwhile", self.name);
        }
        taken.as_secs_f64() * 1e9 / f64::from(FLOWS)
    }

    /// The allocations of the calling thread for a flow with this number of children.
    fn allocations(&self, children: u32) -> f64 {
        const FLOWS: u32 = 32;
        self.backend.rest(|| (self.flow)(children));
        let before = machine::allocations();
        for _ in 0..FLOWS {
            (self.flow)(children);
        }
        let taken = machine::allocations() - before;
        self.backend.resume();
        taken as f64 / f64::from(FLOWS)
    }
}

/// Measures all subjects in turns, and prints the lines that [`crate::report`] reads.
pub(crate) fn in_turns(subjects: &[Subject], quick: bool) {
    let rounds = if quick { 40 } else { 150 };
    let mut results = vec![Results::default(); subjects.len()];
    for subject in subjects {
        for _ in 0..50 {
            (subject.flow)(CHILDREN);
        }
        subject.backend.drain();
    }
    for round in 0..rounds {
        for place in 0..subjects.len() {
            // Each round has another order.
            let place = (place + round) % subjects.len();
            let (subject, results) = (&subjects[place], &mut results[place]);
            results.span.push(subject.time(CHILDREN) / f64::from(SPANS));
            if round % 4 == 0 {
                results.root.push(subject.time(0));
            }
            if round % 20 == 0 {
                results.cpu.push(subject.cpu() / f64::from(SPANS));
            }
        }
    }
    for (subject, results) in subjects.iter().zip(results) {
        let (root, one, all) =
            (subject.allocations(0), subject.allocations(1), subject.allocations(CHILDREN));
        print("span", subject.name, &results.span);
        print("root", subject.name, &results.root);
        print("cpu", subject.name, &results.cpu);
        // One child is the base: the first child of a kind can allocate a list for the flow.
        let each = (all - one).max(0.0) / f64::from(CHILDREN - 1);
        print("allocations", subject.name, &[each, root]);
    }
}

#[derive(Clone, Default)]
struct Results {
    span: Vec<f64>,
    root: Vec<f64>,
    cpu: Vec<f64>,
}

/// Prints one line: the measure, its subject, and numbers.
pub(crate) fn print(what: &str, whose: &str, numbers: &[f64]) {
    let numbers: Vec<_> = numbers.iter().map(|number| format!("{number:.4}")).collect();
    println!("{what}\t{whose}\t{}", numbers.join(" "));
}
