//! The thread of an exporter: takes flows from its queue and its spool, hands them to the exporter, and takes note of what
//! comes of it.

use std::sync::Arc;
use std::time::Duration;

use crate::exporting::{ExportError, Exporter, Refusal, Retry};
use crate::recording::muting;
use crate::recording::shield::shielded;
use crate::vocabulary::Flow;
use crate::vocabulary::clock::Calibration;
use crate::vocabulary::say::{say_lost, say_once};

use super::backoff::Backoff;
use super::kept::{Fate, Kept};
use super::outlet::{MakeExporter, Outlet, Service, resolve};
use super::spool::Spool;

/// An exporter that panics is given the same flows so many times.
const PANICS: u32 = 3;

/// The thread of an exporter.
pub(super) struct Worker {
    outlet: Arc<Outlet>,
    exporter: Box<dyn Exporter>,
    make: MakeExporter,
    /// Whether it could be made: if not, what is on disk is left alone.
    is_made: bool,
    service: Service,
    backoff: Backoff,
    /// Whether it works at the moment: a failure is said once, until it works again.
    failing: bool,
    /// Whether it was said that something was refused of an export whose rest was written.
    has_told_refusal: bool,
    /// Whether it ever did.
    has_worked: bool,
    /// How often in a row it panicked.
    panics: u32,
}

impl Worker {
    pub(super) fn start(outlet: Arc<Outlet>, mut make: MakeExporter, service: Service) -> Self {
        muting::mute_thread();
        let made = guarded(&mut make);
        let is_made = made.is_ok();
        let exporter = made.unwrap_or_else(|failure| Box::new(Unmade::of(&outlet, &failure.error)));
        let (failing, has_told_refusal, has_worked) = (!is_made, false, false);
        let backoff = Backoff::new();
        Self {
            outlet,
            exporter,
            make,
            is_made,
            service,
            backoff,
            failing,
            has_told_refusal,
            has_worked,
            panics: 0,
        }
    }

    pub(super) fn run(mut self) {
        let outlet = Arc::clone(&self.outlet);
        self.look_around();
        loop {
            // What is of the user's is guarded where it is called. Should anything else panic, flows go on all the same.
            let delivered = shielded(|| self.deliver_next()).unwrap_or_else(|message| {
                say_once!(lost: "exporter {}: a bug of omegi: {message}", outlet.name());
                outlet.give_back(Vec::new(), !self.has_worked);
                Err(self.backoff.failed(None))
            });
            if let Err(wait) = delivered {
                outlet.queue.rest(wait);
            }
        }
    }

    /// Takes over what is on disk, if there is an exporter for it.
    fn look_around(&self) {
        let spool = self.outlet.spool.as_ref().filter(|_| self.is_made);
        self.note_damaged(spool.map_or(0, Spool::adopt));
        self.outlet.queue.set_backlog(spool.is_some_and(|spool| !spool.is_empty()));
    }

    /// Exports what comes next. What is on disk is older. But what somebody waits for goes first.
    ///
    /// # Errors
    ///
    /// As [`deliver`](Self::deliver).
    fn deliver_next(&mut self) -> Result<(), Duration> {
        if !self.is_made {
            self.make_after_all();
        }
        let outlet = Arc::clone(&self.outlet);
        let spool = outlet.spool.as_ref().filter(|spool| self.is_made && !spool.is_empty());
        match spool.filter(|_| !outlet.queue.flush_pending()) {
            Some(spool) => self.deliver_spooled(spool),
            None => self.deliver(outlet.queue.next(self.service.delay, self.service.batch_spans)),
        }
    }

    /// A disk may be there by now, or a secret. What could not be made is tried no more often than to export.
    fn make_after_all(&mut self) {
        if let Ok(exporter) = guarded(&mut self.make) {
            self.exporter = exporter;
            self.is_made = true;
            self.look_around();
        }
    }

    /// Exports what waits on disk, or leaves it there.
    ///
    /// # Errors
    ///
    /// As [`deliver`](Self::deliver).
    fn deliver_spooled(&mut self, spool: &Spool) -> Result<(), Duration> {
        self.outlet.queue.begin();
        let spooled = spool.read(self.service.batch_spans);
        match self.export(spooled.flows(), Origin::Disk) {
            Err(Failure { error, panicked }) if let Some(retry) = error.retry() => {
                self.outlet.give_back(Vec::new(), !self.has_worked);
                return Err(self.pause(retry, panicked));
            }
            Err(Failure { error, .. }) if error.refusal().is_some() => {
                let flows = spooled.flows().iter().enumerate();
                let lost = flows.filter(|(nth, _)| error.loses(*nth)).map(|(_, flow)| flow);
                let spans = lost.clone().map(|flow| flow.spans.len()).sum();
                self.outlet.tally.lost_to_export(lost.count(), spans);
                spool.take_out(&spooled);
            }
            Err(_) => spool.put_off(&spooled),
            Ok(()) => spool.take_out(&spooled),
        }
        self.note_damaged(spooled.lost());
        self.outlet.finish(Vec::new());
        Ok(())
    }

    /// So many flows on disk are lost, because they are not what was written.
    fn note_damaged(&self, flows: u64) {
        if flows > 0 {
            self.outlet.tally.lost_to_export(usize::try_from(flows).unwrap_or(usize::MAX), 0);
            say_once!(
                lost: "exporter {}: flows on disk are damaged, and lost. omegi::health() counts them.",
                self.outlet.name()
            );
        }
    }

    /// Exports what was taken from the queue, or gives it back, or gives it up.
    ///
    /// # Errors
    ///
    /// It was given back. How long to wait before the next attempt.
    fn deliver(&mut self, kept: Vec<Arc<Kept>>) -> Result<(), Duration> {
        self.outlet.queue.begin();
        let (kept, flows) = self.resolved(kept);
        match self.export(&flows, Origin::Memory) {
            Err(Failure { error, panicked }) if let Some(retry) = error.retry() => {
                let written = self.wrote_some(error.written(), &kept, &flows);
                drop(kept);
                self.outlet.give_back(written, !self.has_worked);
                return Err(self.pause(retry, panicked));
            }
            Err(Failure { error, .. }) => {
                let refused = kept.into_iter().enumerate().filter(|(nth, _)| error.loses(*nth));
                self.outlet.finish(refused.map(|(_, kept)| kept).collect());
            }
            Ok(()) => {
                drop(kept);
                self.outlet.finish(Vec::new());
            }
        }
        Ok(())
    }

    /// The flows that can be resolved, as recorded and as exporters see them.
    fn resolved(&mut self, kept: Vec<Arc<Kept>>) -> (Vec<Arc<Kept>>, Vec<Flow>) {
        let clock = Calibration::measure();
        let resolver = &mut self.service.resolver;
        let (mut known, mut flows) = (Vec::with_capacity(kept.len()), Vec::with_capacity(kept.len()));
        for kept in kept {
            match resolve(resolver, &kept, clock) {
                Some(flow) => {
                    known.push(kept);
                    flows.push(flow);
                }
                None => {
                    self.outlet.queue.let_go(&kept);
                    self.outlet.lose(&[kept], Fate::LostToExport);
                }
            }
        }
        (known, flows)
    }

    /// Hands these flows to the exporter, and takes note of what comes of it.
    fn export(&mut self, flows: &[Flow], origin: Origin) -> Result<(), Failure> {
        if flows.is_empty() {
            return Ok(());
        }
        let result = guarded(|| self.exporter.export(flows)).map_err(|failure| self.judged(failure));
        match &result {
            Ok(()) => self.wrote(flows, &Refusal::default()),
            Err(Failure { error, .. }) => {
                self.outlet.tally.failed(error.retry().is_some());
                error.refusal().into_iter().for_each(|refusal| self.wrote(flows, refusal));
            }
        }
        self.tell(&result, origin);
        result
    }

    /// All of these flows are written but what was refused. Of that, whole flows are counted by whoever gives them up.
    fn wrote(&mut self, flows: &[Flow], refusal: &Refusal) {
        let lost = refusal.flows.iter().filter_map(|nth| flows.get(*nth));
        let (lost_flows, lost_spans) =
            (lost.clone().count(), lost.map(|flow| flow.spans.len()).sum::<usize>());
        let spans = span_count(flows).saturating_sub(lost_spans);
        let refused = usize::try_from(refusal.spans).unwrap_or(usize::MAX);
        let rejected = refused.saturating_sub(lost_spans).min(spans);
        let bytes = self.bytes_written();
        let tally = &self.outlet.tally;
        tally.exported(flows.len().saturating_sub(lost_flows), spans - rejected, bytes);
        tally.rejected(rejected);
        self.backoff.worked();
        self.has_worked = true;
        self.panics = 0;
    }

    /// What the exporter counts, if it does. That may be the user's, and may panic.
    fn bytes_written(&self) -> Option<u64> {
        shielded(|| self.exporter.bytes_written()).unwrap_or(None)
    }

    /// The flows at these positions are written, though the export failed for now. Returns them as recorded.
    fn wrote_some(&mut self, written: &[usize], kept: &[Arc<Kept>], flows: &[Flow]) -> Vec<Arc<Kept>> {
        let written: Vec<_> = written.iter().filter(|nth| **nth < flows.len()).copied().collect();
        let spans = written.iter().map(|nth| flows[*nth].spans.len()).sum();
        self.outlet.tally.exported(written.len(), spans, self.bytes_written());
        self.has_worked |= !written.is_empty();
        written.into_iter().map(|nth| Arc::clone(&kept[nth])).collect()
    }

    /// An exporter may be the user's, and may panic: that costs these flows if it does so again and again, not the thread.
    fn judged(&mut self, failure: Failure) -> Failure {
        self.panics = if failure.panicked { self.panics + 1 } else { 0 };
        if !failure.panicked || self.panics == PANICS {
            self.panics = 0;
            return failure;
        }
        Failure { error: ExportError::for_now(failure.error.to_string(), None), ..failure }
    }

    /// How long to wait before the next attempt. After a panic it is made at once: there are but a few.
    fn pause(&mut self, retry: Retry, panicked: bool) -> Duration {
        if panicked { Duration::ZERO } else { self.backoff.failed(retry.after) }
    }

    /// What becomes of flows until the exporter works again.
    fn until_then(&self, error: &ExportError, origin: Origin) -> &'static str {
        match (error.retry(), origin, &self.outlet.spool) {
            (None, Origin::Disk, _) => "flows on disk wait for the next start",
            (None, Origin::Memory, _) => "flows are being lost",
            (_, _, Some(_)) => "flows wait",
            _ => {
                "flows wait until the program ends; OMEGI_SPOOL would keep those with an error for the next start"
            }
        }
    }

    fn tell(&mut self, result: &Result<(), Failure>, origin: Origin) {
        let name = self.outlet.name();
        let was_failing = std::mem::replace(&mut self.failing, false);
        match result {
            Ok(()) if was_failing => say_lost(format_args!("exporter {name}: works again")),
            Ok(()) => {}
            // That may be so with every other export: it would be said for ever.
            Err(Failure { error, .. }) if error.refusal().is_some() => {
                if !std::mem::replace(&mut self.has_told_refusal, true) {
                    say_lost(format_args!(
                        "exporter {name}: {error} (the rest was written; this is said once)"
                    ));
                }
            }
            Err(Failure { error, .. }) => {
                self.failing = true;
                if !was_failing {
                    let until_then = self.until_then(error, origin);
                    say_lost(format_args!(
                        "exporter {name}: {error} ({until_then}; this is said once until it works again)"
                    ));
                }
            }
        }
    }
}

fn span_count(flows: &[Flow]) -> usize {
    flows.iter().map(|flow| flow.spans.len()).sum()
}

/// Where flows come from that are exported.
#[derive(Clone, Copy)]
enum Origin {
    Memory,
    Disk,
}

/// Why an exporter did not do what it was asked to.
struct Failure {
    error: ExportError,
    panicked: bool,
}

/// Calls an exporter, which may panic.
fn guarded<T>(work: impl FnOnce() -> Result<T, ExportError>) -> Result<T, Failure> {
    match shielded(work) {
        Ok(result) => result.map_err(|error| Failure { error, panicked: false }),
        Err(message) => {
            Err(Failure { error: ExportError::new(format!("it panicked: {message}")), panicked: true })
        }
    }
}

/// Stands for an exporter that could not be made. What it lacks may come, or the next start have better settings: where there is
/// a spool, flows wait for that as for a backend that is down. Where there is none, they are lost until then, and counted.
struct Unmade(ExportError);

impl Unmade {
    fn of(outlet: &Outlet, problem: &ExportError) -> Self {
        let (name, has_spool) = (outlet.name(), outlet.spool.is_some());
        let flows = if has_spool {
            "it is tried again; its flows with an error wait for that or the next start, those in OMEGI_SPOOL too"
        } else {
            "it is tried again; until then its flows are lost. OMEGI_SPOOL would keep those with an error"
        };
        say_lost(format_args!("exporter {name} could not be started: {problem} ({flows})"));
        let problem = problem.to_string();
        Self(if has_spool { ExportError::for_now(problem, None) } else { ExportError::new(problem) })
    }
}

impl Exporter for Unmade {
    fn name(&self) -> &'static str {
        "none"
    }

    fn export(&mut self, _: &[Flow]) -> Result<(), ExportError> {
        Err(self.0.clone())
    }
}

#[cfg(test)]
mod tests;
