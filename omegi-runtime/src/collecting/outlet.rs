//! What all threads see of an exporter: its queue, its spool, and what became of its flows.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::exporting::{ExportError, Exporter};
use crate::recording::shield::shielded;
use crate::vocabulary::clock::Calibration;
use crate::vocabulary::say::{say_lost, say_once};
use crate::vocabulary::{ExporterHealth, Flow};

use super::copies::Copies;
use super::kept::{Fate, Kept};
use super::locks::lock_before;
use super::queue::{Queue, Waiting};
use super::resolve::Resolver;
use super::spool::{Place, Spool};
use super::tally::Tally;
use super::worker::Worker;

/// A lock that is not free in this time is not waited for.
const LONG: Duration = Duration::from_secs(1);

/// Makes an exporter, or says why it cannot: not by now, perhaps.
pub(crate) type MakeExporter = Box<dyn FnMut() -> Result<Box<dyn Exporter>, ExportError> + Send>;

/// An exporter that is to be.
pub(crate) struct Making {
    pub(crate) name: &'static str,
    /// Called on the thread that exports: some exporters may only be made and used there.
    pub(crate) make: MakeExporter,
}

impl Making {
    /// Of one that is made already.
    pub(crate) fn made(exporter: Box<dyn Exporter>) -> Self {
        let name = exporter.name();
        let mut exporter = Some(exporter);
        Self { name, make: Box::new(move || exporter.take().ok_or_else(|| ExportError::new("it was taken"))) }
    }
}

/// What other threads see of an exporter.
#[derive(Debug)]
pub(crate) struct Outlet {
    name: &'static str,
    pub(crate) queue: Queue,
    pub(super) tally: Tally,
    /// Where precious flows wait that cannot wait in memory.
    pub(super) spool: Option<Spool>,
    /// Held while flows are written there.
    spilling: Mutex<()>,
    /// What the exporter is at and is there as well.
    copies: Mutex<Copies>,
    /// About how many spans are resolved at once.
    batch_spans: usize,
    /// Of how many flows it was said that they did not fit on disk.
    told_unfit: AtomicUsize,
}

/// How an exporter is served.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub(crate) resolver: Resolver,
    /// How long flows gather before they are exported.
    pub(crate) delay: Duration,
    /// About how many spans are exported at once; a flow is never split.
    pub(crate) batch_spans: usize,
}

impl Outlet {
    /// Starts the thread of an exporter.
    ///
    /// # Errors
    ///
    /// The system gives no more threads.
    pub(crate) fn open(making: Making, service: Service, spool: Option<Spool>) -> std::io::Result<Arc<Self>> {
        let Making { name, make } = making;
        let (queue, tally, batch_spans) = (Queue::default(), Tally::new(), service.batch_spans);
        let told_unfit = AtomicUsize::new(0);
        let outlet = Arc::new(Self {
            name,
            queue,
            tally,
            spool,
            spilling: Mutex::default(),
            copies: Mutex::default(),
            batch_spans,
            told_unfit,
        });
        // Until it is known what earlier processes have left.
        outlet.queue.set_backlog(outlet.spool.is_some());
        let own = Arc::clone(&outlet);
        thread::Builder::new()
            .name(format!("omegi-{name}"))
            .spawn(move || Worker::start(own, make, service).run())?;
        Ok(outlet)
    }

    /// What the exporter is called.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Gives up the oldest flows in which nothing failed, as many as take `bytes`, for want of memory. Returns whether there
    /// were that many.
    pub(crate) fn make_room(&self, bytes: usize) -> bool {
        let evicted = self.queue.evict(bytes);
        self.lose(&evicted, Fate::LostToMemory);
        !evicted.is_empty()
    }

    /// Writes the oldest precious flows to the spool, as many as take `bytes` in memory, if there may be room. Returns how many it
    /// wrote.
    pub(crate) fn spill(&self, bytes: usize, resolver: &mut Resolver) -> usize {
        let Some(spool) = self.spool.as_ref().filter(|spool| spool.has_room()) else { return 0 };
        let _only = self.spilling.lock().unwrap_or_else(PoisonError::into_inner);
        self.spill_these(spool, self.queue.take_precious(bytes), resolver)
    }

    /// Writes all precious flows to the spool, also those that the exporter hangs with: the process is about to end. Returns how
    /// many did not fit.
    pub(crate) fn spill_all(&self, resolver: &mut Resolver) -> usize {
        let Some(spool) = &self.spool else { return 0 };
        // What another thread is writing is to be on disk by then, or back.
        let _only = lock_before(&self.spilling, soon());
        let unfit = self.copy_hand(spool, resolver);
        let waiting = self.queue.take_precious(usize::MAX);
        let flows = waiting.len();
        unfit + flows - self.spill_these(spool, waiting, resolver)
    }

    /// Writes what the exporter is at to disk as well. Returns how many flows did not fit.
    fn copy_hand(&self, spool: &Spool, resolver: &mut Resolver) -> usize {
        // Only the exporter's thread has it otherwise, while it takes note of an export.
        let Some(mut copies) = lock_before(&self.copies, soon()) else { return 0 };
        let mut flows = self.queue.precious_in_hand();
        flows.retain(|kept| !copies.have(kept));
        let written = self.write(spool, &flows, resolver);
        let unfit = flows.len() - written.len();
        for (kept, place) in flows.into_iter().zip(written) {
            place.into_iter().for_each(|place| copies.add(Arc::clone(&kept), place));
        }
        unfit
    }

    /// Says that so many flows with an error did not fit on disk: again only when there are others than the last time, for a
    /// program's end comes in several steps.
    pub(crate) fn tell_unfit(&self, flows: usize) {
        if self.told_unfit.swap(flows, Ordering::Relaxed) != flows && flows > 0 {
            say_lost(format_args!(
                "exporter {}: {flows} flows with an error could not be written to disk and may be lost. Raise OMEGI_SPOOL_SIZE if \
                 it is used up.",
                self.name
            ));
        }
    }

    /// What there is no room for on disk goes on waiting in memory. Returns how many do not.
    fn spill_these(&self, spool: &Spool, mut waiting: Vec<Waiting>, resolver: &mut Resolver) -> usize {
        let flows: Vec<_> = waiting.iter().map(|waiting| Arc::clone(&waiting.kept)).collect();
        let written = self.write(spool, &flows, resolver);
        for (kept, place) in flows.into_iter().zip(&written) {
            match place {
                Some(_) => kept.met(Fate::Spooled),
                None => self.lose(&[kept], Fate::LostToExport),
            }
        }
        let rest = waiting.split_off(written.len());
        drop(waiting);
        self.queue.spilled(rest, || self.has_backlog());
        written.len()
    }

    /// Writes flows to the spool. Returns where the first of them are, and nothing for one that cannot be resolved; the others did
    /// not fit.
    fn write(&self, spool: &Spool, flows: &[Arc<Kept>], resolver: &mut Resolver) -> Vec<Option<Place>> {
        let clock = Calibration::measure();
        let mut written = Vec::with_capacity(flows.len());
        while written.len() < flows.len() {
            let some = &flows[written.len()..];
            let some = &some[..batch_len(some, self.batch_spans)];
            let resolved: Vec<_> = some.iter().map(|kept| resolve(resolver, kept, clock)).collect();
            let is_known: Vec<bool> = resolved.iter().map(Option::is_some).collect();
            let mut places = spool.append(&resolved.into_iter().flatten().collect::<Vec<_>>()).into_iter();
            for is_known in is_known {
                let place = if is_known { places.next() } else { None };
                if is_known && place.is_none() {
                    return written;
                }
                written.push(place);
            }
        }
        written
    }

    /// What is in the exporter's hand could not be exported by now, but for what is `written`.
    pub(super) fn give_back(&self, written: Vec<Arc<Kept>>, hopeless: bool) {
        let mut copies = self.copies();
        let on_disk = self.settle(&mut copies, |kept| has(&written, kept));
        let done = written.into_iter().chain(on_disk).collect();
        self.queue.give_back(done, hopeless, || self.has_backlog());
    }

    /// What is in the exporter's hand is exported, but for what is refused: that is lost, unless it is on disk meanwhile.
    pub(super) fn finish(&self, mut refused: Vec<Arc<Kept>>) {
        let mut copies = self.copies();
        let on_disk = self.settle(&mut copies, |kept| !has(&refused, kept));
        refused.retain(|kept| !has(&on_disk, kept));
        self.lose(&refused, Fate::LostToExport);
        drop((refused, on_disk));
        self.queue.finish(|| self.has_backlog());
    }

    /// Takes out of the spool what is `done` with of what the exporter was at; returns what comes again from there.
    fn settle(&self, copies: &mut Copies, done: impl Fn(&Arc<Kept>) -> bool) -> Vec<Arc<Kept>> {
        let (places, on_disk) = copies.settle(done);
        self.spool.iter().for_each(|spool| spool.take_out_at(&places));
        on_disk.iter().for_each(|kept| kept.met(Fate::Spooled));
        on_disk
    }

    /// Held while an export is taken note of, and while what the exporter is at is written to disk.
    fn copies(&self) -> MutexGuard<'_, Copies> {
        self.copies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is something on disk to export.
    fn has_backlog(&self) -> bool {
        self.spool.as_ref().is_some_and(|spool| !spool.is_empty())
    }

    pub(super) fn lose(&self, flows: &[Arc<Kept>], fate: Fate) {
        flows.iter().for_each(|kept| kept.met(fate));
        let spans = flows.iter().map(|kept| kept.flow.record_count()).sum();
        match fate {
            Fate::LostToMemory => self.tally.lost_to_memory(flows.len(), spans),
            _ => self.tally.lost_to_export(flows.len(), spans),
        }
    }

    /// How many flows it has written so far.
    pub(crate) fn deliveries(&self) -> u64 {
        self.tally.deliveries()
    }

    /// What it has done, and what waits for it.
    pub(crate) fn health(&self) -> ExporterHealth {
        let depth = self.queue.depth();
        let (spooled_flows, spooled_bytes) = self.spool.as_ref().map_or((0, 0), Spool::depth);
        ExporterHealth {
            waiting_flows: depth.flows,
            waiting_spans: depth.spans,
            waiting_bytes: depth.bytes,
            writing_spans: depth.spans_in_hand,
            spooled_flows,
            spooled_bytes,
            ..self.tally.read(self.name)
        }
    }
}

/// When what should have happened by then is not waited for any longer.
fn soon() -> Option<Instant> {
    Instant::now().checked_add(LONG)
}

fn has(flows: &[Arc<Kept>], kept: &Arc<Kept>) -> bool {
    flows.iter().any(|flow| Arc::ptr_eq(flow, kept))
}

/// How many of these flows make up a batch of `max_spans` spans: one at least. Resolved, a span takes ten times the memory.
fn batch_len(flows: &[Arc<Kept>], max_spans: usize) -> usize {
    let mut spans = 0;
    let fitting = flows.iter().take_while(|kept| {
        spans += kept.flow.record_count();
        spans <= max_spans
    });
    fitting.count().max(1)
}

/// Resolves one flow. It asks for nothing of the user's but the name of a type; should that go wrong, this flow is lost
/// and not the worker.
pub(super) fn resolve(resolver: &mut Resolver, kept: &Kept, now: Calibration) -> Option<Flow> {
    shielded(|| resolver.resolve(&kept.flow, kept.clock(now)))
        .inspect_err(|message| {
            say_once!(lost: "a flow was lost, and this is a bug of omegi: {message}");
        })
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collecting::fixtures::kept_of;

    #[test]
    fn a_batch_has_few_large_flows_and_many_small_ones() {
        let flows: Vec<_> = [4, 4, 4, 50, 4].map(|spans| kept_of(spans, 1, true)).into();
        assert_eq!(batch_len(&flows, 10), 2);
        assert_eq!(batch_len(&flows[2..], 10), 1);
        assert_eq!(batch_len(&flows[3..], 10), 1);
    }
}
