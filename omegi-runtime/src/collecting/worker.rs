//! The worker of a pipeline: a thread that takes flows from queue and spool, and hands them to the
//! exporter.

use std::io;
use std::mem;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::exporting::{ExportError, Exporter, Refusal, Retry};
use crate::recording::muting;
use crate::recording::shield::shielded;
use crate::vocabulary::Flow;
use crate::vocabulary::clock::Calibration;
use crate::vocabulary::say::{say_lost, say_once};

use super::backoff::Backoff;
use super::factory::{MakeExporter, PipelineConfig};
use super::pending::{ExportStatus, PendingFlow};
use super::pipeline::{ExporterPipeline, resolve};
use super::spool::Spool;
use super::unavailable::Unavailable;

/// The number of attempts with the same flows at an exporter that panics.
const PANICS: u32 = 3;

/// Starts the worker of a pipeline.
///
/// # Errors
///
/// The system's, if it cannot start a thread.
pub(super) fn spawn(
    pipeline: Arc<ExporterPipeline>,
    make: MakeExporter,
    config: PipelineConfig,
) -> io::Result<()> {
    let name = format!("omegi-{}", pipeline.name());
    thread::Builder::new().name(name).spawn(move || Worker::start(pipeline, make, config).run())?;
    Ok(())
}

/// The state of the worker's thread.
struct Worker {
    pipeline: Arc<ExporterPipeline>,
    exporter: Box<dyn Exporter>,
    make: MakeExporter,
    /// True if the exporter could be made. Until then flows on disk stay there.
    is_made: bool,
    config: PipelineConfig,
    backoff: Backoff,
    /// True if the latest export failed: a failure is reported once, until an export succeeds.
    failing: bool,
    /// True if a partial refusal was reported.
    has_reported_refusal: bool,
    /// True if the exporter has ever exported anything.
    has_connected: bool,
    /// The number of panics in a row.
    panics: u32,
}

impl Worker {
    fn start(pipeline: Arc<ExporterPipeline>, mut make: MakeExporter, config: PipelineConfig) -> Self {
        muting::mute_thread();
        let made = guarded(&mut make);
        let is_made = made.is_ok();
        let exporter = made.unwrap_or_else(|failed| {
            Box::new(Unavailable::new(pipeline.name(), &failed.error, pipeline.spool.is_some()))
        });
        Self {
            pipeline,
            exporter,
            make,
            is_made,
            config,
            backoff: Backoff::new(),
            failing: !is_made,
            has_reported_refusal: false,
            has_connected: false,
            panics: 0,
        }
    }

    fn run(mut self) {
        let pipeline = Arc::clone(&self.pipeline);
        self.adopt_spool();
        loop {
            // Calls of the user's code are guarded one by one. Flows continue after any other
            // panic.
            let delivered = shielded(|| self.deliver_next()).unwrap_or_else(|message| {
                say_once!(lost: "exporter {}: a bug of omegi: {message}", pipeline.name());
                pipeline.give_back(Vec::new(), !self.has_connected);
                Err(self.backoff.failed(None))
            });
            if let Err(pause) = delivered {
                pipeline.queue.rest(pause);
            }
        }
    }

    /// Adopts the files of earlier processes, if there is an exporter for their flows.
    fn adopt_spool(&self) {
        let spool = self.pipeline.spool.as_ref().filter(|_| self.is_made);
        self.note_damaged(spool.map_or(0, Spool::adopt));
        self.pipeline.queue.set_backlog(spool.is_some_and(|spool| !spool.is_empty()));
    }

    /// Exports the next flows: those on disk, which are older, unless a flush waits for the queue.
    ///
    /// # Errors
    ///
    /// As [`deliver`](Self::deliver).
    fn deliver_next(&mut self) -> Result<(), Duration> {
        if !self.is_made {
            self.retry_making();
        }
        let pipeline = Arc::clone(&self.pipeline);
        let spool = pipeline.spool.as_ref().filter(|spool| self.is_made && !spool.is_empty());
        match spool.filter(|_| !pipeline.queue.flush_pending()) {
            Some(spool) => self.deliver_spooled(spool),
            None => self.deliver(pipeline.queue.next(self.config.delay, self.config.max_export_batch)),
        }
    }

    /// Makes the exporter if that is possible now: its disk or its secret may exist by now.
    fn retry_making(&mut self) {
        if let Ok(exporter) = guarded(&mut self.make) {
            self.exporter = exporter;
            self.is_made = true;
            self.adopt_spool();
        }
    }

    /// Exports flows from disk, or leaves them there.
    ///
    /// # Errors
    ///
    /// As [`deliver`](Self::deliver).
    fn deliver_spooled(&mut self, spool: &Spool) -> Result<(), Duration> {
        self.pipeline.queue.begin();
        let batch = spool.read(self.config.max_export_batch);
        match self.export(batch.flows(), FlowSource::Disk) {
            Err(FailedExport { error, panicked }) => {
                if let Some(retry) = error.retry() {
                    self.pipeline.give_back(Vec::new(), !self.has_connected);
                    return Err(self.pause(retry, panicked));
                }
                if error.refusal().is_some() {
                    let flows = batch.flows().iter().enumerate();
                    let lost = flows.filter(|(nth, _)| error.loses(*nth)).map(|(_, flow)| flow);
                    let spans = lost.clone().map(|flow| flow.spans.len()).sum();
                    self.pipeline.counters.lost_to_export(lost.count(), spans);
                    spool.take_out(&batch);
                } else {
                    spool.put_off(&batch);
                }
            }
            Ok(()) => spool.take_out(&batch),
        }
        self.note_damaged(batch.lost());
        self.pipeline.finish(Vec::new());
        Ok(())
    }

    /// Counts flows on disk that cannot be read.
    fn note_damaged(&self, flows: u64) {
        if flows > 0 {
            self.pipeline.counters.lost_to_export(usize::try_from(flows).unwrap_or(usize::MAX), 0);
            say_once!(
                lost: "exporter {}: flows on disk are damaged and lost; omegi::health() counts them",
                self.pipeline.name()
            );
        }
    }

    /// Exports flows from the queue, gives them back, or gives them up.
    ///
    /// # Errors
    ///
    /// The pause before the next attempt, where the flows were given back.
    fn deliver(&mut self, flows: Vec<Arc<PendingFlow>>) -> Result<(), Duration> {
        self.pipeline.queue.begin();
        let (pending, flows) = self.resolved(flows);
        match self.export(&flows, FlowSource::Memory) {
            Err(FailedExport { error, panicked }) => {
                if let Some(retry) = error.retry() {
                    let written = self.note_partly_exported(error.written(), &pending, &flows);
                    drop(pending);
                    self.pipeline.give_back(written, !self.has_connected);
                    return Err(self.pause(retry, panicked));
                }
                let refused = pending.into_iter().enumerate().filter(|(nth, _)| error.loses(*nth));
                self.pipeline.finish(refused.map(|(_, flow)| flow).collect());
            }
            Ok(()) => {
                drop(pending);
                self.pipeline.finish(Vec::new());
            }
        }
        Ok(())
    }

    /// Resolves flows. Returns them as recorded and as exporters see them; counts those that cannot
    /// be resolved.
    fn resolved(&mut self, flows: Vec<Arc<PendingFlow>>) -> (Vec<Arc<PendingFlow>>, Vec<Flow>) {
        let clock = Calibration::measure();
        let resolver = &mut self.config.resolver;
        let (mut pending, mut resolved) = (Vec::with_capacity(flows.len()), Vec::with_capacity(flows.len()));
        for flow in flows {
            match resolve(resolver, &flow, clock) {
                Some(seen) => {
                    pending.push(flow);
                    resolved.push(seen);
                }
                None => {
                    self.pipeline.queue.let_go(&flow);
                    self.pipeline.lose(&[flow], ExportStatus::LostToExport);
                }
            }
        }
        (pending, resolved)
    }

    /// Hands flows to the exporter, and counts and reports the result.
    fn export(&mut self, flows: &[Flow], source: FlowSource) -> Result<(), FailedExport> {
        if flows.is_empty() {
            return Ok(());
        }
        let result = guarded(|| self.exporter.export(flows)).map_err(|failed| self.with_retries(failed));
        match &result {
            Ok(()) => self.note_exported(flows, &Refusal::default()),
            Err(FailedExport { error, .. }) => {
                self.pipeline.counters.failed(error.retry().is_some());
                error.refusal().into_iter().for_each(|refusal| self.note_exported(flows, refusal));
            }
        }
        self.report(&result, source);
        result
    }

    /// Makes the failure of an exporter that panicked temporary, until it has panicked too often.
    fn with_retries(&mut self, failed: FailedExport) -> FailedExport {
        self.panics = if failed.panicked { self.panics + 1 } else { 0 };
        if !failed.panicked || self.panics == PANICS {
            self.panics = 0;
            return failed;
        }
        FailedExport { error: ExportError::for_now(failed.error.to_string(), None), ..failed }
    }

    /// Counts exported flows. Whole flows that were refused are counted by the caller, which gives
    /// them up.
    fn note_exported(&mut self, flows: &[Flow], refusal: &Refusal) {
        let lost = refusal.flows.iter().filter_map(|nth| flows.get(*nth));
        let (lost_flows, lost_spans) =
            (lost.clone().count(), lost.map(|flow| flow.spans.len()).sum::<usize>());
        let spans = span_count(flows).saturating_sub(lost_spans);
        let refused = usize::try_from(refusal.spans).unwrap_or(usize::MAX);
        let rejected = refused.saturating_sub(lost_spans).min(spans);
        let bytes = self.bytes_written();
        let counters = &self.pipeline.counters;
        counters.exported(flows.len().saturating_sub(lost_flows), spans - rejected, bytes);
        counters.rejected(rejected);
        self.backoff.worked();
        self.has_connected = true;
        self.panics = 0;
    }

    /// The bytes that the exporter counts. A user's exporter may panic here; then there is no
    /// number.
    fn bytes_written(&self) -> Option<u64> {
        shielded(|| self.exporter.bytes_written()).unwrap_or(None)
    }

    /// Counts the flows at these positions as exported, though the export failed for now. Returns
    /// them as recorded.
    fn note_partly_exported(
        &mut self,
        written: &[usize],
        pending: &[Arc<PendingFlow>],
        flows: &[Flow],
    ) -> Vec<Arc<PendingFlow>> {
        let written: Vec<_> = written.iter().filter(|nth| **nth < flows.len()).copied().collect();
        let spans = written.iter().map(|nth| flows[*nth].spans.len()).sum();
        self.pipeline.counters.exported(written.len(), spans, self.bytes_written());
        self.has_connected |= !written.is_empty();
        written.into_iter().map(|nth| Arc::clone(&pending[nth])).collect()
    }

    /// The pause before the next attempt. There is none after a panic, because there are only a few
    /// attempts.
    fn pause(&mut self, retry: Retry, panicked: bool) -> Duration {
        if panicked { Duration::ZERO } else { self.backoff.failed(retry.after) }
    }

    /// Reports the first failure in a row, the first success after it, and the first partial
    /// refusal.
    fn report(&mut self, result: &Result<(), FailedExport>, source: FlowSource) {
        let name = self.pipeline.name();
        let was_failing = mem::replace(&mut self.failing, false);
        match result {
            Ok(()) if was_failing => say_lost(format_args!("exporter {name}: works again")),
            Ok(()) => {}
            // Every other export may be refused in part, and each of them would be reported.
            Err(FailedExport { error, .. }) if error.refusal().is_some() => {
                if !mem::replace(&mut self.has_reported_refusal, true) {
                    say_lost(format_args!("exporter {name}: {error} (the rest was written; reported once)"));
                }
            }
            Err(FailedExport { error, .. }) => {
                self.failing = true;
                if !was_failing {
                    let consequence = self.consequence(error, source);
                    say_lost(format_args!(
                        "exporter {name}: {error} ({consequence}; reported once until it works again)"
                    ));
                }
            }
        }
    }

    /// The consequence of a failure for the flows until the exporter works again.
    fn consequence(&self, error: &ExportError, source: FlowSource) -> &'static str {
        match (error.retry(), source, &self.pipeline.spool) {
            (None, FlowSource::Disk, _) => "flows on disk wait for the next start",
            (None, FlowSource::Memory, _) => "flows are being lost",
            (_, _, Some(_)) => "flows wait",
            _ => {
                "flows wait until the program ends; OMEGI_SPOOL would keep those with an error for the next \
                 start"
            }
        }
    }
}

fn span_count(flows: &[Flow]) -> usize {
    flows.iter().map(|flow| flow.spans.len()).sum()
}

/// The place from which flows are exported.
#[derive(Clone, Copy)]
enum FlowSource {
    Memory,
    Disk,
}

/// An error of an exporter, or its panic.
struct FailedExport {
    error: ExportError,
    panicked: bool,
}

/// Calls an exporter, which may panic.
fn guarded<T>(work: impl FnOnce() -> Result<T, ExportError>) -> Result<T, FailedExport> {
    match shielded(work) {
        Ok(result) => result.map_err(|error| FailedExport { error, panicked: false }),
        Err(message) => {
            Err(FailedExport { error: ExportError::new(format!("it panicked: {message}")), panicked: true })
        }
    }
}

#[cfg(test)]
mod tests;
