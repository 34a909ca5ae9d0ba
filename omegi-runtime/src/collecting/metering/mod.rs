//! Metering: a thread that sends the counters of [`Health`] as metrics, on request.
//!
//! The [`instruments`] read metrics from the counters; the [`state`] turns them into data points. A
//! failed export is not repeated: the next one carries newer values. Only the end of the program
//! waits for this thread, once, and no longer than for exporters.

mod components;
mod instrument;
mod instruments;
mod measurement;
mod notify;
mod source;
mod state;

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

use super::pipelines::ExporterPipelines;
use notify::Notify;
use state::MetricState;

pub(crate) use components::Components;
pub use instruments::markdown_table_of_metrics;

/// The schedule and destination of metrics.
pub(crate) struct Schedule {
    /// The time between two exports.
    pub(crate) interval: Duration,
    pub(crate) temporality: Temporality,
    pub(crate) components: Components,
    pub(crate) config: OtlpConfig,
}

/// The handle of the thread that sends metrics.
#[derive(Debug)]
pub(crate) struct Metering {
    notify: Arc<Notify>,
    thread: Thread,
}

impl Metering {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// The system's, if it cannot start a thread.
    pub(crate) fn start(pipelines: Arc<ExporterPipelines>, schedule: Schedule) -> std::io::Result<Self> {
        let notify = Arc::new(Notify::default());
        let own = Arc::clone(&notify);
        let work = move || {
            let _closed = own.close_on_drop();
            run(&own, pipelines, schedule);
        };
        let handle = thread::Builder::new().name("omegi-metrics".into()).spawn(work)?;
        Ok(Self { notify, thread: handle.thread().clone() })
    }

    /// Exports the current values, and waits for that until `deadline` at most.
    ///
    /// Does not wait again after one wait without success.
    pub(crate) fn send_last(&self, deadline: Option<Instant>) {
        if !self.notify.notify(&self.thread, deadline) {
            say_lost(
                "cannot send the last metrics: the time is up; OTEL_BSP_EXPORT_TIMEOUT sets how long the end \
                 of a program waits",
            );
        }
    }
}

fn run(notify: &Notify, pipelines: Arc<ExporterPipelines>, schedule: Schedule) {
    muting::mute_thread();
    let Schedule { interval, temporality, components, config } = schedule;
    let state = MetricState::new(temporality, components);
    let made = OtlpMetrics::new(config)
        .inspect_err(|problem| say_lost(format_args!("cannot send metrics: {problem}")));
    let Ok(exporter) = made else { return };
    let mut worker = MetricsWorker { state, pipelines, exporter, last: None };
    let mut due = Instant::now() + interval;
    loop {
        let requested = notify.wait(due);
        let sent = shielded(|| if requested.is_some() { worker.send_at_the_end() } else { worker.send() });
        if let Err(message) = sent {
            say_once!(lost: "metrics were lost, and this is a bug of omegi: {message}");
        }
        match requested {
            Some(request) => notify.answer(request),
            None => due = Instant::now().max(due + interval),
        }
    }
}

/// The state of the thread.
struct MetricsWorker {
    pipelines: Arc<ExporterPipelines>,
    exporter: OtlpMetrics,
    state: MetricState,
    /// The counters of the latest export at the program's end, successful or not.
    last: Option<Health>,
}

impl MetricsWorker {
    /// Sends the values, unless the same were sent at the end before: a program may end in several
    /// steps.
    fn send_at_the_end(&mut self) {
        let of_flows = Health { exported_points: 0, failed_points: 0, ..self.pipelines.health() };
        if self.last.as_ref() != Some(&of_flows) {
            self.send();
            self.last = Some(of_flows);
        }
    }

    fn send(&mut self) {
        let metrics = self.state.read(&self.pipelines.health());
        let points = metrics.iter().map(|metric: &Metric| metric.points.len() as u64).sum();
        let resource = self.pipelines.resource();
        let result = self.exporter.export(&MetricsData { resource: &resource, metrics: &metrics });
        match result {
            Ok(()) => {
                self.state.delivered();
                COUNTERS.points_exported(points);
            }
            Err(problem) => {
                COUNTERS.points_failed(points);
                say_once!(lost: "metrics: {problem} (reported once; omegi::health() counts what fails)");
            }
        }
    }
}
