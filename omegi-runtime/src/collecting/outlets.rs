//! All exporters: each has its queue and its thread, and gets every flow that is kept.
//!
//! What waits is shared and waits in the form in which it was recorded: a tenth of what it takes when it is resolved. Each
//! exporter's thread resolves what it is about to export, so that nothing but that is in memory twice.

use std::cmp::Reverse;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Instant;

use crate::recording::recorded::RecordedFlow;
#[cfg(feature = "otlp")]
use crate::vocabulary::Resource;
use crate::vocabulary::counters::COUNTERS;
use crate::vocabulary::{ExporterHealth, Health};

use super::kept::{Fate, Kept, WAITING, Waiting};
use super::outlet::{Making, Outlet, Service};
use super::queue::{Flushed, Hope, Ticket};
use super::spool::{DiskSpace, Spool};

/// All exporters.
#[derive(Debug)]
pub(crate) struct Outlets {
    list: RwLock<Vec<Arc<Outlet>>>,
    service: Service,
    /// Where precious flows wait that cannot wait in memory.
    disk: Option<Arc<DiskSpace>>,
}

impl Outlets {
    /// None yet; all that [open](Self::open) are served like this.
    pub(crate) fn new(service: Service, disk: Option<DiskSpace>) -> Self {
        Self { list: RwLock::default(), service, disk: disk.map(Arc::new) }
    }

    /// Gives this exporter every flow that is kept from now on.
    ///
    /// # Errors
    ///
    /// The system gives no more threads.
    pub(crate) fn open(&self, making: Making) -> std::io::Result<()> {
        let mut list = self.list.write().unwrap_or_else(PoisonError::into_inner);
        let of_this_name = list.iter().filter(|outlet| outlet.name() == making.name).count();
        let spool = self.disk.as_ref().map(|disk| Spool::new(making.name, of_this_name, Arc::clone(disk)));
        list.push(Outlet::open(making, self.service.clone(), spool)?);
        Ok(())
    }

    /// Hands a flow to all of them. Where there are none, nothing is to be exported: it counts as neither exported nor lost.
    pub(crate) fn take(&self, flow: RecordedFlow) {
        let kept = Arc::new(Kept::new(flow));
        let list = self.read();
        if list.is_empty() {
            kept.met(Fate::Unwanted);
        }
        list.iter().for_each(|outlet| outlet.queue.push(Arc::clone(&kept)));
    }

    /// Makes room for `bytes` more at the cost of flows in which nothing failed, the oldest first, at the exporter for which
    /// most is waiting; if there are enough of them.
    pub(crate) fn make_room(&self, bytes: usize) -> bool {
        self.by_depth().iter().any(|outlet| outlet.make_room(bytes))
    }

    /// Whether so much waits that some of it had better [wait on disk](Self::relieve), and may.
    pub(crate) fn is_crowded(&self) -> bool {
        self.disk.is_some() && WAITING.is_crowded()
    }

    /// Writes precious flows to disk where too much waits, the oldest first, at the exporter for which most is waiting of those
    /// that have any.
    pub(crate) fn relieve(&self) {
        while self.is_crowded() && self.spill_some() {}
    }

    /// Writes some precious flows to disk. Returns whether there were any, and room.
    fn spill_some(&self) -> bool {
        let mut resolver = self.service.resolver.clone();
        self.by_depth().iter().any(|outlet| outlet.spill(Waiting::bite(), &mut resolver) > 0)
    }

    /// The exporters, that for which most is waiting first.
    fn by_depth(&self) -> Vec<Arc<Outlet>> {
        let mut outlets = self.read().clone();
        outlets.sort_by_cached_key(|outlet| Reverse(outlet.queue.depth().bytes));
        outlets
    }

    /// Writes all precious flows to disk that wait, where there is a place for them: the process is about to end.
    pub(crate) fn spill_all(&self) {
        if self.disk.is_some() {
            let mut resolver = self.service.resolver.clone();
            for outlet in self.read().iter() {
                let unfit = outlet.spill_all(&mut resolver);
                outlet.tell_unfit(unfit);
            }
        }
    }

    /// Has everything exported that is decided, by `deadline` at the latest.
    pub(crate) fn flush(&self, deadline: Option<Instant>, hope: Hope) -> Flushed {
        let list = self.read();
        let tickets: Vec<Option<Ticket>> = list.iter().map(|outlet| outlet.queue.ask(deadline)).collect();
        let results = list.iter().zip(tickets).map(|(outlet, ticket)| {
            ticket.map_or(Flushed::Late, |ticket| outlet.queue.wait(&ticket, deadline, hope))
        });
        results.max().unwrap_or(Flushed::All)
    }

    /// How many flows they have written so far, all together.
    pub(crate) fn deliveries(&self) -> u64 {
        self.read().iter().map(|outlet| outlet.deliveries()).sum()
    }

    /// Whether flows can be handed over.
    pub(crate) fn answers(&self) -> bool {
        self.read().iter().all(|outlet| outlet.queue.answers())
    }

    /// What was done, and what waits.
    pub(crate) fn health(&self) -> Health {
        health_with(self.read().iter().map(|outlet| outlet.health()).collect())
    }

    /// What produces the flows; the first that asks finds it out, which may take a second.
    #[cfg(feature = "otlp")]
    pub(crate) fn resource(&self) -> Arc<Resource> {
        self.service.resolver.resource()
    }

    /// Free but for the microseconds in which an exporter joins.
    fn read(&self) -> RwLockReadGuard<'_, Vec<Arc<Outlet>>> {
        self.list.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was done and what waits, where that was done by exporters with these figures.
pub(crate) fn health_with(exporters: Vec<ExporterHealth>) -> Health {
    Health {
        waiting_flows: WAITING.flows(),
        waiting_bytes: WAITING.bytes() as u64,
        export_failures: exporters.iter().map(|exporter| exporter.failures).sum(),
        exporters,
        ..COUNTERS.read()
    }
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Duration;

    use super::*;
    use crate::collecting::fixtures::{Folder, kept, service};
    use crate::exporting::{ExportError, Exporter};
    use crate::vocabulary::Flow;

    /// An exporter that hangs, of this name.
    struct Hangs(&'static str);

    impl Exporter for Hangs {
        fn name(&self) -> &'static str {
            self.0
        }

        fn export(&mut self, _: &[Flow]) -> Result<(), ExportError> {
            loop {
                thread::park();
            }
        }
    }

    #[test]
    fn an_exporter_for_which_most_waits_but_nothing_that_goes_to_disk_does_not_keep_others_from_it() {
        let folder = Folder::new("deepest");
        let outlets = Outlets::new(service(), Some(DiskSpace::new(folder.0.clone(), 1 << 20)));
        ["deep", "shallow"]
            .iter()
            .for_each(|name| outlets.open(Making::made(Box::new(Hangs(name)))).unwrap());
        let [deep, shallow] = <[_; 2]>::try_from(outlets.read().clone()).unwrap();
        (0..100).for_each(|id| deep.queue.push(kept(id, false)));
        while shallow.queue.depth().spans_in_hand == 0 {
            shallow.queue.push(kept(200, true));
            thread::sleep(Duration::from_millis(1));
        }
        shallow.queue.push(kept(201, true));
        assert!(outlets.spill_some());
        assert!(!outlets.spill_some());
        let spooled: Vec<_> = outlets.health().exporters.iter().map(|it| it.spooled_flows > 0).collect();
        assert_eq!(spooled, [false, true]);
    }
}
