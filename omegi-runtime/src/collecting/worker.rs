//! The worker: omegi's one thread.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::exporting::{ExportError, Exporter};
use crate::recording::branching;
use crate::recording::budget::BUDGET;
use crate::recording::muting;
use crate::recording::recorded::RecordedFlow;
use crate::recording::shield::shielded;
use crate::vocabulary::Flow;
use crate::vocabulary::clock::Calibration;
use crate::vocabulary::counters::COUNTERS;
use crate::vocabulary::say::say_lost;

use super::queue::{Batch, Queue};
use super::resolve::Resolver;

/// What the worker needs.
pub(crate) struct Work {
    pub(crate) queue: Arc<Queue>,
    pub(crate) resolver: Resolver,
    /// Makes the exporters, on the worker's thread: some may only be made and used there.
    pub(crate) exporters: Vec<MakeExporter>,
    /// Exporters that come while it works.
    pub(crate) latecomers: Arc<Latecomers>,
    /// How long flows gather before they are exported.
    pub(crate) delay: Duration,
    /// About how many spans are exported at once; a flow is never split.
    pub(crate) batch_spans: usize,
}

/// Makes an exporter, or says why it cannot.
pub(crate) type MakeExporter = Box<dyn FnOnce() -> Result<Box<dyn Exporter>, ExportError> + Send>;

/// Exporters that join a worker which runs already.
#[derive(Default)]
pub(crate) struct Latecomers(Mutex<Vec<Box<dyn Exporter>>>);

impl Latecomers {
    /// Gives these exporters every flow that is exported from now on.
    pub(crate) fn join(&self, exporters: Vec<Box<dyn Exporter>>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(exporters);
    }

    fn outlets(&self) -> Vec<Outlet> {
        let exporters = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        exporters.into_iter().filter_map(|exporter| Outlet::open(Box::new(|| Ok(exporter)))).collect()
    }
}

impl fmt::Debug for Latecomers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Latecomers").finish_non_exhaustive()
    }
}

/// Starts the worker.
///
/// # Errors
///
/// The system gives no more threads.
pub(crate) fn start(work: Work) -> std::io::Result<()> {
    thread::Builder::new().name("omegi".into()).spawn(move || run(work)).map(drop)
}

fn run(mut work: Work) {
    muting::mute_thread();
    // Where nothing is to be exported, nothing that is not is lost.
    let nowhere = work.exporters.is_empty();
    let mut outlets: Vec<Outlet> = work.exporters.drain(..).filter_map(Outlet::open).collect();
    loop {
        let batch = work.queue.next(work.delay, work.batch_spans);
        outlets.extend(work.latecomers.outlets());
        export(&batch, &mut work.resolver, &mut outlets, nowhere);
        work.queue.finish(&batch);
        if let Some(next) = branching::decide_overdue(Instant::now()) {
            work.queue.call_at(next);
        }
    }
}

fn export(batch: &Batch, resolver: &mut Resolver, outlets: &mut [Outlet], nowhere: bool) {
    if batch.flows.is_empty() {
        return;
    }
    let clock = Calibration::measure();
    let flows: Vec<Flow> = batch.flows.iter().filter_map(|flow| resolve(resolver, flow, &clock)).collect();
    let spans = flows.iter().map(|flow| flow.spans.len() as u64).sum();
    let results: Vec<bool> = outlets.iter_mut().map(|outlet| outlet.export(&flows)).collect();
    if results.iter().all(|taken| *taken) && (nowhere || !outlets.is_empty()) {
        COUNTERS.exported(flows.len() as u64, spans);
    } else {
        COUNTERS.lost_to_export(flows.len() as u64, spans);
    }
    COUNTERS
        .spans_dropped(batch.flows.iter().flat_map(RecordedFlow::parts).map(|part| part.dropped_spans).sum());
    BUDGET.release(batch.flows.iter().map(|flow: &RecordedFlow| flow.reserved).sum());
}

/// Resolves one flow. It asks for nothing of the user's but the name of a type; should that go wrong, this flow is lost
/// and not the worker.
fn resolve(resolver: &mut Resolver, flow: &RecordedFlow, clock: &Calibration) -> Option<Flow> {
    shielded(|| resolver.resolve(flow, clock))
        .inspect_err(|message| {
            COUNTERS.lost_to_export(1, flow.record_count() as u64);
            say_lost(format_args!("a flow was lost, and this is a bug of omegi: {message}"));
        })
        .ok()
}

/// An exporter, and whether it works at the moment: a failure is said once, until it works again.
struct Outlet {
    exporter: Box<dyn Exporter>,
    name: &'static str,
    failing: bool,
}

impl Outlet {
    fn open(make: MakeExporter) -> Option<Self> {
        match guarded(|| make().map(|exporter| (exporter.name(), exporter))) {
            Ok((name, exporter)) => Some(Self { exporter, name, failing: false }),
            Err(problem) => {
                say_lost(format_args!("an exporter could not be started, and is left out: {problem}"));
                None
            }
        }
    }

    /// Exports; returns whether the exporter took all.
    fn export(&mut self, flows: &[Flow]) -> bool {
        let result = guarded(|| self.exporter.export(flows));
        let name = self.name;
        match &result {
            Err(problem) if !self.failing => {
                say_lost(format_args!(
                    "exporter {name}: {problem} (flows are being lost; this is said once until it works again)"
                ));
            }
            Ok(()) if self.failing => say_lost(format_args!("exporter {name}: works again")),
            _ => {}
        }
        self.failing = result.is_err();
        result.is_ok()
    }
}

/// An exporter may be the user's, and may panic: that costs this batch, not the worker.
fn guarded<T>(work: impl FnOnce() -> Result<T, ExportError>) -> Result<T, ExportError> {
    shielded(work).unwrap_or_else(|message| Err(ExportError::new(format!("it panicked: {message}"))))
}
