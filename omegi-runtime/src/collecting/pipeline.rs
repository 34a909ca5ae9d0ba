//! The pipeline of one exporter, as all threads see it: its queue, its spool and its counters.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::recording::shield::shielded;
use crate::vocabulary::clock::Calibration;
use crate::vocabulary::say::{say_lost, say_once};
use crate::vocabulary::{ExporterHealth, Flow};

use super::exporter_counters::ExporterCounters;
use super::locks::lock_within;
use super::pending::{ExportStatus, PendingFlow};
use super::queue::{Queue, QueuedFlow};
use super::resolve::Resolver;
use super::spool::{RecordPosition, Spool};
use super::spooled_copies::SpooledCopies;

/// The longest wait for a lock at the end of the program.
const LOCK_TIMEOUT: Duration = Duration::from_secs(1);

/// The age from which on a must-keep flow that is not exported yet is late, and is written to the
/// spool. A kill of the process loses younger ones: the last second's, with the time of the write.
pub(super) const LATE: Duration = Duration::from_millis(500);

/// The way of flows to one exporter.
#[derive(Debug)]
pub(crate) struct ExporterPipeline {
    name: &'static str,
    pub(crate) queue: Queue,
    pub(super) counters: ExporterCounters,
    /// Holds must-keep flows on disk, where the program has a folder for them.
    pub(super) spool: Option<Spool>,
    /// Held while flows are written to the spool.
    spilling: Mutex<()>,
    /// The flows in flight that are on disk as well.
    copies: Mutex<SpooledCopies>,
    /// About this many spans are resolved at once: the value of the pipelines' configuration, for
    /// the threads that spill. Those have no worker's copy of it.
    max_export_batch: usize,
    /// The number of flows in the latest report that flows did not fit on disk.
    reported_unfit: AtomicUsize,
}

impl ExporterPipeline {
    /// A pipeline without a worker. Its backlog is unknown until the worker has looked into the
    /// spool.
    pub(crate) fn new(name: &'static str, max_export_batch: usize, spool: Option<Spool>) -> Self {
        let queue = Queue::default();
        queue.set_backlog(spool.is_some());
        Self {
            name,
            queue,
            counters: ExporterCounters::new(),
            spool,
            spilling: Mutex::default(),
            copies: Mutex::default(),
            max_export_batch,
            reported_unfit: AtomicUsize::new(0),
        }
    }

    /// The exporter's name.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Drops the oldest flows without an error that make up `bytes` together. Returns whether there
    /// were enough.
    pub(crate) fn make_room(&self, bytes: usize) -> bool {
        let evicted = self.queue.evict(bytes);
        self.lose(&evicted, ExportStatus::LostToMemory);
        !evicted.is_empty()
    }

    /// Writes the oldest must-keep flows, `bytes` of memory, to the spool if there may be room.
    /// Returns their number.
    pub(crate) fn spill(&self, bytes: usize, resolver: &mut Resolver) -> usize {
        let Some(spool) = self.spool.as_ref().filter(|spool| spool.has_room()) else { return 0 };
        let _only = self.spilling.lock().unwrap_or_else(PoisonError::into_inner);
        self.spill_flows(spool, self.queue.take_must_keep(bytes), resolver)
    }

    /// Writes all must-keep flows to the spool, those in flight included, once one of them is
    /// [late](LATE). All of them share the write.
    ///
    /// Returns the time of the next look, while such flows are in memory alone.
    pub(crate) fn spill_late(&self, now: Instant, resolver: &mut Resolver) -> Option<Instant> {
        let spool = self.spool.as_ref()?;
        let due = self.oldest_in_memory_alone()? + LATE;
        if due > now {
            return Some(due);
        }
        if spool.has_room() {
            let unfit = self.spill_all(resolver);
            if self.reported_unfit.load(Ordering::Relaxed) == 0 {
                self.report_unfit(unfit);
            }
        }
        self.oldest_in_memory_alone().map(|oldest| (oldest + LATE).max(now + LATE))
    }

    /// The time when the oldest must-keep flow was decided that is not on disk.
    fn oldest_in_memory_alone(&self) -> Option<Instant> {
        let in_flight = {
            let copies = lock_within(&self.copies, LOCK_TIMEOUT)?;
            let in_flight = self.queue.must_keep_in_flight();
            in_flight.iter().filter(|flow| !copies.contain(flow)).filter_map(|flow| flow.decided()).min()
        };
        self.queue.oldest_must_keep().into_iter().chain(in_flight).min()
    }

    /// Writes all must-keep flows to the spool, those in flight included: one of them is late, or
    /// the process is about to end.
    ///
    /// Returns the number of flows that did not fit.
    pub(crate) fn spill_all(&self, resolver: &mut Resolver) -> usize {
        let Some(spool) = &self.spool else { return 0 };
        // Flows that another thread spills are on disk, or queued again, once it releases this
        // lock.
        let _only = lock_within(&self.spilling, LOCK_TIMEOUT);
        let unfit = self.copy_in_flight(spool, resolver);
        let queued = self.queue.take_must_keep(usize::MAX);
        let flows = queued.len();
        unfit + flows - self.spill_flows(spool, queued, resolver)
    }

    /// Writes copies of the flows in flight to the spool. Returns the number of flows that did not
    /// fit.
    fn copy_in_flight(&self, spool: &Spool, resolver: &mut Resolver) -> usize {
        // Otherwise only the worker holds this lock, while it notes the end of an export.
        let Some(mut copies) = lock_within(&self.copies, LOCK_TIMEOUT) else { return 0 };
        let mut flows = self.queue.must_keep_in_flight();
        flows.retain(|flow| !copies.contain(flow));
        let written = self.write(spool, &flows, resolver);
        let unfit = flows.len() - written.len();
        for (flow, position) in flows.into_iter().zip(written) {
            position.into_iter().for_each(|position| copies.add(Arc::clone(&flow), position));
        }
        unfit
    }

    /// Writes queued flows to the spool. Returns their number; the others, which do not fit, go
    /// back to the queue.
    fn spill_flows(&self, spool: &Spool, mut queued: Vec<QueuedFlow>, resolver: &mut Resolver) -> usize {
        let flows: Vec<_> = queued.iter().map(|queued| Arc::clone(&queued.pending)).collect();
        let written = self.write(spool, &flows, resolver);
        for (flow, position) in flows.into_iter().zip(&written) {
            match position {
                Some(_) => flow.note_status(ExportStatus::Spooled),
                None => self.lose(&[flow], ExportStatus::LostToExport),
            }
        }
        let rest = queued.split_off(written.len());
        drop(queued);
        self.queue.spilled(rest, || self.has_backlog());
        written.len()
    }

    /// Writes flows to the spool until one does not fit. Returns the positions of the flows before
    /// that one; `None` stands for a flow that cannot be resolved.
    fn write(
        &self,
        spool: &Spool,
        flows: &[Arc<PendingFlow>],
        resolver: &mut Resolver,
    ) -> Vec<Option<RecordPosition>> {
        let clock = Calibration::measure();
        let mut written = Vec::with_capacity(flows.len());
        while written.len() < flows.len() {
            let rest = &flows[written.len()..];
            let batch = &rest[..batch_len(rest, self.max_export_batch)];
            let resolved: Vec<_> = batch.iter().map(|flow| resolve(resolver, flow, clock)).collect();
            let is_resolved: Vec<bool> = resolved.iter().map(Option::is_some).collect();
            let positions = spool.append(&resolved.into_iter().flatten().collect::<Vec<_>>());
            let mut positions = positions.into_iter();
            for is_resolved in is_resolved {
                let position = if is_resolved { positions.next() } else { None };
                if is_resolved && position.is_none() {
                    return written;
                }
                written.push(position);
            }
        }
        written
    }

    /// Reports flows with an error that did not fit on disk.
    ///
    /// Repeats itself only for another number of flows: the end of a program comes in several
    /// steps.
    pub(crate) fn report_unfit(&self, flows: usize) {
        if self.reported_unfit.swap(flows, Ordering::Relaxed) != flows && flows > 0 {
            say_lost(format_args!(
                "exporter {}: cannot write {flows} flows with an error to disk; they may be lost. \
                 Raise OMEGI_SPOOL_SIZE if it is used up",
                self.name
            ));
        }
    }

    /// Ends an attempt that failed for now: all flows in flight but the `written` ones are queued
    /// again.
    pub(super) fn give_back(&self, written: Vec<Arc<PendingFlow>>, never_connected: bool) {
        let mut copies = self.copies();
        let on_disk = self.end_attempt(&mut copies, |flow| contains(&written, flow));
        let done = written.into_iter().chain(on_disk).collect();
        self.queue.give_back(done, never_connected, || self.has_backlog());
    }

    /// Ends an attempt: all flows in flight are exported but the `refused` ones, which are lost
    /// unless a copy is on disk.
    pub(super) fn finish(&self, mut refused: Vec<Arc<PendingFlow>>) {
        let mut copies = self.copies();
        let on_disk = self.end_attempt(&mut copies, |flow| !contains(&refused, flow));
        refused.retain(|flow| !contains(&on_disk, flow));
        self.lose(&refused, ExportStatus::LostToExport);
        drop((refused, on_disk));
        self.queue.finish(|| self.has_backlog());
    }

    /// Removes the copies of flows that are `done` from the spool. Returns the flows that will be
    /// exported from there.
    fn end_attempt(
        &self,
        copies: &mut SpooledCopies,
        done: impl Fn(&Arc<PendingFlow>) -> bool,
    ) -> Vec<Arc<PendingFlow>> {
        let (positions, on_disk) = copies.end_attempt(done);
        self.spool.iter().for_each(|spool| spool.take_out_at(&positions));
        on_disk.iter().for_each(|flow| flow.note_status(ExportStatus::Spooled));
        on_disk
    }

    /// Held while the end of an export is noted, and while copies of flows in flight are written to
    /// disk.
    fn copies(&self) -> MutexGuard<'_, SpooledCopies> {
        self.copies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns whether flows wait on disk.
    fn has_backlog(&self) -> bool {
        self.spool.as_ref().is_some_and(|spool| !spool.is_empty())
    }

    /// Counts flows that this exporter will never export.
    pub(super) fn lose(&self, flows: &[Arc<PendingFlow>], status: ExportStatus) {
        flows.iter().for_each(|flow| flow.note_status(status));
        let spans = flows.iter().map(|pending| pending.flow.record_count()).sum();
        match status {
            ExportStatus::LostToMemory => self.counters.lost_to_memory(flows.len(), spans),
            _ => self.counters.lost_to_export(flows.len(), spans),
        }
    }

    /// The number of flows exported so far.
    pub(crate) fn deliveries(&self) -> u64 {
        self.counters.deliveries()
    }

    /// The exporter's counters and the size of its queue and spool.
    pub(crate) fn health(&self) -> ExporterHealth {
        let depth = self.queue.depth();
        let (spooled_flows, spooled_bytes) = self.spool.as_ref().map_or((0, 0), Spool::depth);
        ExporterHealth {
            waiting_flows: depth.flows,
            waiting_spans: depth.spans,
            waiting_bytes: depth.bytes,
            writing_spans: depth.spans_in_flight,
            spooled_flows,
            spooled_bytes,
            ..self.counters.read(self.name)
        }
    }
}

fn contains(flows: &[Arc<PendingFlow>], flow: &Arc<PendingFlow>) -> bool {
    flows.iter().any(|known| Arc::ptr_eq(known, flow))
}

/// The number of flows in a batch of at most `max_export_batch` spans; at least one flow.
///
/// Batches bound the memory: a resolved span takes ten times the memory of a recorded one.
fn batch_len(flows: &[Arc<PendingFlow>], max_export_batch: usize) -> usize {
    let mut spans = 0;
    let fitting = flows.iter().take_while(|pending| {
        spans += pending.flow.record_count();
        spans <= max_export_batch
    });
    fitting.count().max(1)
}

/// Resolves one flow. A panic, such as of a type's name, costs this flow and not the worker.
pub(super) fn resolve(resolver: &mut Resolver, pending: &PendingFlow, now: Calibration) -> Option<Flow> {
    shielded(|| resolver.resolve(&pending.flow, pending.clock(now)))
        .inspect_err(|message| {
            say_once!(lost: "a flow was lost, and this is a bug of omegi: {message}");
        })
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collecting::fixtures::pending_of;

    #[test]
    fn a_batch_has_few_large_flows_or_many_small_ones() {
        let flows: Vec<_> = [4, 4, 4, 50, 4].map(|spans| pending_of(spans, 1, true)).into();
        assert_eq!(batch_len(&flows, 10), 2);
        assert_eq!(batch_len(&flows[2..], 10), 1);
        assert_eq!(batch_len(&flows[3..], 10), 1);
    }
}
