//! The pipelines of all exporters: each exporter has its queue and its worker, and gets every kept
//! flow.
//!
//! Queues share pending flows, and hold them as they were recorded: a tenth of their size when
//! resolved. Each worker resolves only the flows that it is about to export.

use std::cmp::Reverse;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Instant;

use crate::recording::data::recorded::RecordedFlow;
#[cfg(feature = "otlp")]
use crate::vocabulary::Resource;
use crate::vocabulary::counters::COUNTERS;
use crate::vocabulary::{ExporterHealth, Health};

use super::factory::{Factory, PipelineConfig};
use super::flush::{FlushPolicy, Flushed};
use super::pending::{ExportStatus, PendingFlow};
use super::pending_totals::{PENDING, PendingTotals};
use super::pipeline::{ExporterPipeline, LATE};
use super::queue::FlushTicket;
use super::spool::{DiskSpace, Spool};
use super::worker;

/// The pipelines of all exporters.
#[derive(Debug)]
pub(crate) struct ExporterPipelines {
    list: RwLock<Vec<Arc<ExporterPipeline>>>,
    config: PipelineConfig,
    /// The disk space for must-keep flows that do not fit in memory.
    disk: Option<Arc<DiskSpace>>,
    /// True if a look for late flows is due.
    awaits_look: AtomicBool,
}

impl ExporterPipelines {
    /// No pipeline yet. All pipelines that [open](Self::open) adds share `config` and `disk`.
    pub(crate) fn new(config: PipelineConfig, disk: Option<DiskSpace>) -> Self {
        let awaits_look = AtomicBool::new(false);
        Self { list: RwLock::default(), config, disk: disk.map(Arc::new), awaits_look }
    }

    /// Adds an exporter, which gets every flow that is kept from now on, and starts its worker.
    ///
    /// # Errors
    ///
    /// The system's, if it cannot start a thread.
    pub(crate) fn open(&self, factory: Factory) -> io::Result<()> {
        let Factory { name, make } = factory;
        let mut list = self.list.write().unwrap_or_else(PoisonError::into_inner);
        let of_this_name = list.iter().filter(|pipeline| pipeline.name() == name).count();
        let spool = self.disk.as_ref().map(|disk| Spool::new(name, of_this_name, Arc::clone(disk)));
        let pipeline = Arc::new(ExporterPipeline::new(name, self.config.max_export_batch, spool));
        worker::spawn(Arc::clone(&pipeline), make, self.config.clone())?;
        list.push(pipeline);
        Ok(())
    }

    /// Closes the files of the spool that the process has which this one was forked off.
    pub(crate) fn close_inherited(&self) {
        let list = self.list.try_read();
        let pipelines = list.iter().flat_map(|list| list.iter());
        pipelines.filter_map(|pipeline| pipeline.spool.as_ref()).for_each(Spool::close_inherited);
    }

    /// Queues a flow for every exporter. Without an exporter the flow counts as neither exported
    /// nor lost.
    ///
    /// Returns the time at which [late flows](Self::spill_late) are to be looked for, if no look is
    /// due yet.
    pub(crate) fn take(&self, flow: RecordedFlow) -> Option<Instant> {
        let may_spill = flow.must_keep && self.disk.is_some();
        let pending = Arc::new(PendingFlow::new(flow));
        let list = self.read();
        if list.is_empty() {
            pending.note_status(ExportStatus::NoExporter);
        }
        list.iter().for_each(|pipeline| pipeline.queue.push(Arc::clone(&pending)));
        let is_first = may_spill && !self.awaits_look.swap(true, Ordering::AcqRel);
        is_first.then(|| Instant::now() + LATE)
    }

    /// Drops the oldest flows without an error that make up `bytes` together, at the exporter with
    /// the fullest queue that has enough of them. Returns whether one had.
    pub(crate) fn make_room(&self, bytes: usize) -> bool {
        self.by_depth().iter().any(|pipeline| pipeline.make_room(bytes))
    }

    /// Returns whether pending flows are over the high-water mark and may [spill to
    /// disk](Self::spill_excess).
    pub(crate) fn is_over_high_water_mark(&self) -> bool {
        self.disk.is_some() && PENDING.is_over_high_water_mark()
    }

    /// Writes must-keep flows to disk, oldest first, until pending flows are below the high-water
    /// mark or none fits.
    pub(crate) fn spill_excess(&self) {
        while self.is_over_high_water_mark() && self.spill_chunk() {}
    }

    /// Writes must-keep flows to disk at each exporter that is late with one. Returns the time of
    /// the next look, if such flows are in memory alone.
    pub(crate) fn spill_late(&self) -> Option<Instant> {
        // Flows that come from now on have another look.
        if !self.awaits_look.swap(false, Ordering::AcqRel) {
            return None;
        }
        let (now, mut resolver) = (Instant::now(), self.config.resolver.clone());
        let pipelines = self.read().clone();
        let looks = pipelines.iter().filter_map(|pipeline| pipeline.spill_late(now, &mut resolver));
        let next = looks.min();
        self.awaits_look.fetch_or(next.is_some(), Ordering::AcqRel);
        next
    }

    /// Spills one chunk, at the exporter with the fullest queue that can. Returns whether one
    /// could.
    fn spill_chunk(&self) -> bool {
        let mut resolver = self.config.resolver.clone();
        let chunk = PendingTotals::spill_chunk();
        self.by_depth().iter().any(|pipeline| pipeline.spill(chunk, &mut resolver) > 0)
    }

    /// The pipelines, the one with the fullest queue first.
    fn by_depth(&self) -> Vec<Arc<ExporterPipeline>> {
        let mut pipelines = self.read().clone();
        pipelines.sort_by_cached_key(|pipeline| Reverse(pipeline.queue.depth().bytes));
        pipelines
    }

    /// Writes all must-keep flows to disk, if there is a folder for them: the process is about to
    /// end.
    pub(crate) fn spill_all(&self) {
        if self.disk.is_some() {
            let mut resolver = self.config.resolver.clone();
            for pipeline in self.read().iter() {
                let unfit = pipeline.spill_all(&mut resolver);
                pipeline.report_unfit(unfit);
            }
        }
    }

    /// Exports all pending flows, until `deadline` at most. Returns the worst result of any
    /// exporter.
    pub(crate) fn flush(&self, deadline: Option<Instant>, policy: FlushPolicy) -> Flushed {
        let list = self.read();
        let tickets: Vec<Option<FlushTicket>> =
            list.iter().map(|pipeline| pipeline.queue.request_flush(deadline)).collect();
        let results = list.iter().zip(tickets).map(|(pipeline, ticket)| {
            ticket.map_or(Flushed::Late, |ticket| pipeline.queue.wait(&ticket, deadline, policy))
        });
        results.max().unwrap_or(Flushed::All)
    }

    /// The number of flows that all exporters together have exported so far.
    pub(crate) fn deliveries(&self) -> u64 {
        self.read().iter().map(|pipeline| pipeline.deliveries()).sum()
    }

    /// Returns whether flows can be queued: a signal handler may have interrupted a thread that
    /// holds a queue's lock.
    pub(crate) fn answers(&self) -> bool {
        self.read().iter().all(|pipeline| pipeline.queue.answers())
    }

    /// The counters of the process and of all exporters.
    pub(crate) fn health(&self) -> Health {
        health_with(self.read().iter().map(|pipeline| pipeline.health()).collect())
    }

    /// The resource of the flows. The first call detects it, which may take a second.
    #[cfg(feature = "otlp")]
    pub(crate) fn resource(&self) -> Arc<Resource> {
        self.config.resolver.resource()
    }

    /// Locks the list. Only an exporter that joins holds up this lock, for microseconds.
    fn read(&self) -> RwLockReadGuard<'_, Vec<Arc<ExporterPipeline>>> {
        self.list.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The counters of the process, with those of these exporters.
pub(crate) fn health_with(exporters: Vec<ExporterHealth>) -> Health {
    Health {
        waiting_flows: PENDING.flows(),
        waiting_bytes: PENDING.bytes() as u64,
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
    use crate::collecting::fixtures::{Folder, pending, pipeline_config};
    use crate::exporting::{ExportError, Exporter};
    use crate::vocabulary::Flow;

    /// An exporter of this name that hangs.
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
    fn the_fullest_queue_without_must_keep_flows_does_not_keep_others_from_the_disk() {
        let folder = Folder::new("deepest");
        let pipelines =
            ExporterPipelines::new(pipeline_config(), Some(DiskSpace::new(folder.0.clone(), 1 << 20)));
        ["deep", "shallow"]
            .iter()
            .for_each(|name| pipelines.open(Factory::existing(Box::new(Hangs(name)))).unwrap());
        let [deep, shallow] = <[_; 2]>::try_from(pipelines.read().clone()).unwrap();
        (0..100).for_each(|id| deep.queue.push(pending(id, false)));
        while shallow.queue.depth().spans_in_flight == 0 {
            shallow.queue.push(pending(200, true));
            thread::sleep(Duration::from_millis(1));
        }
        shallow.queue.push(pending(201, true));
        assert!(pipelines.spill_chunk());
        assert!(!pipelines.spill_chunk());
        let spooled: Vec<_> = pipelines.health().exporters.iter().map(|it| it.spooled_flows > 0).collect();
        assert_eq!(spooled, [false, true]);
    }
}
