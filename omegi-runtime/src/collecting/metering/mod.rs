//! The thread that sends the figures of [`Health`] as metrics, where somebody asks for them.
//!
//! The [`instruments`] say which figure is which metric, the [`ledger`] what of it is sent. What cannot be sent is not kept:
//! the figures come again, and grown, with the next. Nobody waits for this thread but the end of the program, once and for
//! as long as it waits for exporters at most.

mod bell;
mod instruments;
mod ledger;

use std::sync::Arc;
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use crate::exporting::{Metric, MetricsData, OtlpConfig, OtlpMetrics};
use crate::recording::muting;
use crate::recording::shield::shielded;
use crate::settings::Temporality;
use crate::vocabulary::Health;
use crate::vocabulary::counters::COUNTERS;
use crate::vocabulary::say::{say_lost, say_once};

use super::outlets::Outlets;
use bell::Bell;
use ledger::Ledger;

pub(crate) use instruments::Components;
pub use instruments::markdown_table_of_metrics;

/// When and how metrics are sent.
pub(crate) struct Schedule {
    /// The time from one export to the next.
    pub(crate) interval: Duration,
    pub(crate) temporality: Temporality,
    pub(crate) components: Components,
    pub(crate) config: OtlpConfig,
}

/// What other threads see of the one that sends metrics.
#[derive(Debug)]
pub(crate) struct Metering {
    bell: Arc<Bell>,
    thread: Thread,
}

impl Metering {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// The system gives no more threads.
    pub(crate) fn start(outlets: Arc<Outlets>, schedule: Schedule) -> std::io::Result<Self> {
        let bell = Arc::new(Bell::default());
        let own = Arc::clone(&bell);
        let work = move || {
            let _closed = own.closed_at_the_end();
            run(&own, outlets, schedule);
        };
        let handle = thread::Builder::new().name("omegi-metrics".into()).spawn(work)?;
        Ok(Self { bell, thread: handle.thread().clone() })
    }

    /// Has the figures sent as they are now, and waits for that until `deadline` at most; not again where that was too long
    /// once.
    pub(crate) fn send_last(&self, deadline: Option<Instant>) {
        if !self.bell.ring(&self.thread, deadline) {
            say_lost(
                "the last metrics could not be sent in time. OTEL_BSP_EXPORT_TIMEOUT sets how long the end of a program waits.",
            );
        }
    }
}

fn run(bell: &Bell, outlets: Arc<Outlets>, schedule: Schedule) {
    muting::mute_thread();
    let Schedule { interval, temporality, components, config } = schedule;
    let ledger = Ledger::new(temporality, components);
    let made = OtlpMetrics::new(config)
        .inspect_err(|problem| say_lost(format_args!("metrics are not sent: {problem}")));
    let Ok(exporter) = made else { return };
    let mut meter = Meter { ledger, outlets, exporter, last: None };
    let mut due = Instant::now() + interval;
    loop {
        let rung = bell.wait(due);
        let sent = shielded(|| if rung.is_some() { meter.send_at_the_end() } else { meter.send() });
        if let Err(message) = sent {
            say_once!(lost: "metrics were lost, and this is a bug of omegi: {message}");
        }
        match rung {
            Some(ring) => bell.answer(ring),
            None => due = Instant::now().max(due + interval),
        }
    }
}

/// What the thread has.
struct Meter {
    outlets: Arc<Outlets>,
    exporter: OtlpMetrics,
    ledger: Ledger,
    /// The figures that were sent, or tried to be, at the program's end.
    last: Option<Health>,
}

impl Meter {
    /// Sends the figures, unless they were sent at the end before: a program may end in several steps.
    fn send_at_the_end(&mut self) {
        let of_flows = Health { exported_points: 0, failed_points: 0, ..self.outlets.health() };
        if self.last.as_ref() != Some(&of_flows) {
            self.send();
            self.last = Some(of_flows);
        }
    }

    fn send(&mut self) {
        let metrics = self.ledger.read(&self.outlets.health());
        let points = metrics.iter().map(|metric: &Metric| metric.points.len() as u64).sum();
        let resource = self.outlets.resource();
        let result = self.exporter.export(&MetricsData { resource: &resource, metrics: &metrics });
        match result {
            Ok(()) => {
                self.ledger.delivered();
                COUNTERS.points_exported(points);
            }
            Err(problem) => {
                COUNTERS.points_failed(points);
                say_once!(lost: "metrics: {problem} (this is said once; omegi::health() counts what fails)");
            }
        }
    }
}
