//! What all threads see of an exporter: its queue, its spool, and what became of its flows.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::exporting::{ExportError, Exporter};
use crate::recording::shield::shielded;
use crate::vocabulary::clock::Calibration;
use crate::vocabulary::say::say_once;
use crate::vocabulary::{ExporterHealth, Flow};

use super::kept::{Fate, Kept};
use super::queue::{Queue, Waiting};
use super::resolve::Resolver;
use super::spool::Spool;
use super::tally::Tally;
use super::worker::Worker;

/// So many flows are resolved and written to the spool at once.
const SPILLED_AT_ONCE: usize = 64;

/// Makes an exporter, or says why it cannot.
pub(crate) type MakeExporter = Box<dyn FnOnce() -> Result<Box<dyn Exporter>, ExportError> + Send>;

/// An exporter that is to be.
pub(crate) struct Making {
    pub(crate) name: &'static str,
    /// Called on the thread that exports: some exporters may only be made and used there.
    pub(crate) make: MakeExporter,
}

impl Making {
    /// Of one that is made already.
    pub(crate) fn made(exporter: Box<dyn Exporter>) -> Self {
        Self { name: exporter.name(), make: Box::new(|| Ok(exporter)) }
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
        let outlet = Arc::new(Self { name, queue: Queue::default(), tally: Tally::new(), spool });
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

    /// Writes the oldest precious flows to the spool, as many as take `bytes` in memory. Returns how many it wrote.
    pub(crate) fn spill(&self, bytes: usize, resolver: &mut Resolver) -> usize {
        self.spill_these(|queue| queue.take_precious(bytes), resolver)
    }

    /// Writes all precious flows to the spool, also those that the exporter hangs with: the process is about to end.
    pub(crate) fn spill_all(&self, resolver: &mut Resolver) {
        self.spill_these(Queue::take_all_precious, resolver);
    }

    /// What there is no room for on disk goes on waiting in memory. Returns how many are on disk.
    fn spill_these(&self, take: impl FnOnce(&Queue) -> Vec<Waiting>, resolver: &mut Resolver) -> usize {
        let Some(spool) = self.spool.as_ref().filter(|spool| spool.has_room()) else { return 0 };
        let mut waiting = take(&self.queue);
        let clock = Calibration::measure();
        let mut written = 0;
        while let some @ [_, ..] = &waiting[written..waiting.len().min(written + SPILLED_AT_ONCE)] {
            let resolved = some.iter().map(|waiting| resolve(resolver, &waiting.kept, clock));
            let fitting = spool.append(&resolved.flatten().collect::<Vec<_>>());
            some.iter().take(fitting).for_each(|waiting| waiting.kept.met(Fate::Spooled));
            written += fitting;
            if fitting < some.len() {
                break;
            }
        }
        self.queue.put_back(waiting.split_off(written));
        self.queue.rouse();
        written
    }

    pub(super) fn finish(&self) {
        self.queue.finish(self.spool.as_ref().is_some_and(|spool| !spool.is_empty()));
    }

    pub(super) fn lose(&self, flows: &[Arc<Kept>], fate: Fate) {
        flows.iter().for_each(|kept| kept.met(fate));
        let spans = flows.iter().map(|kept| kept.flow.record_count()).sum();
        match fate {
            Fate::LostToMemory => self.tally.lost_to_memory(flows.len(), spans),
            _ => self.tally.lost_to_export(flows.len(), spans),
        }
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

/// Resolves one flow. It asks for nothing of the user's but the name of a type; should that go wrong, this flow is lost
/// and not the worker.
pub(super) fn resolve(resolver: &mut Resolver, kept: &Kept, now: Calibration) -> Option<Flow> {
    shielded(|| resolver.resolve(&kept.flow, kept.clock(now)))
        .inspect_err(|message| {
            kept.met(Fate::LostToExport);
            say_once!("a flow was lost, and this is a bug of omegi: {message}");
        })
        .ok()
}
