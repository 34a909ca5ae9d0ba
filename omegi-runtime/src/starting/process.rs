//! omegi in this process: there is one or none.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crate::collecting::factory::Factory;
use crate::collecting::flush::{FlushPolicy, Flushed};
#[cfg(feature = "otlp")]
use crate::collecting::metering::Metering;
use crate::collecting::pipelines::{ExporterPipelines, health_with};
use crate::collecting::timekeeper::Timekeeper;
use crate::exporting::Exporter;
use crate::recording::lifecycle;
use crate::recording::muting::is_muted;
use crate::settings::Settings;
use crate::vocabulary::Health;
use crate::vocabulary::per_process::PerProcess;
use crate::vocabulary::say::say_lost;

use super::code_only::CodeOnlySettings;

static PROCESS: PerProcess<OnceLock<Process>> = PerProcess::new(OnceLock::new());

/// The parts of a started omegi that the whole program can reach.
#[derive(Debug)]
pub(crate) struct Process {
    pub(super) pipelines: Arc<ExporterPipelines>,
    pub(super) timekeeper: Arc<Timekeeper>,
    /// The export of metrics, if requested.
    #[cfg(feature = "otlp")]
    pub(super) metering: Option<Metering>,
    // Two values of the settings are copied: they are read after the start, when the others have
    // moved to their readers.
    /// The longest time that the program's end waits for exporters.
    pub(crate) flush_timeout: Duration,
    /// True if omegi reports its doings on stderr.
    pub(crate) debug: bool,
    /// True if the first instrumented call started omegi, and not the program.
    pub(crate) by_itself: bool,
    /// The id of the process that has omegi's threads: one that is made by `clone` has none.
    pub(super) id: u32,
    /// The settings for processes that are forked off; `None` if only their `init` knows them.
    pub(super) for_children: Option<Blueprint>,
}

/// The settings of a start that can be repeated.
#[derive(Clone)]
pub(super) struct Blueprint {
    pub(super) settings: Settings,
    pub(super) code_only: CodeOnlySettings,
}

/// Returns the started omegi, if there is one.
pub(crate) fn get() -> Option<&'static Process> {
    PROCESS.get().get()
}

/// Returns the omegi of the process that this one was forked off, if that had one.
pub(super) fn inherited() -> Option<&'static Process> {
    PROCESS.inherited(OnceLock::get)
}

/// Makes `process` the omegi of this process. Returns `false` if there is one already.
pub(super) fn set(process: Process) -> bool {
    PROCESS.get().set(process).is_ok()
}

impl fmt::Debug for Blueprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blueprint").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Process {
    /// Returns whether this process was made by `clone` from the one that has omegi's threads. No
    /// handler is called in such a process, as in one made by `fork`.
    pub(crate) fn is_elsewhere(&self) -> bool {
        std::process::id() != self.id
    }

    /// Returns whether this process has omegi's threads, and the lock of no queue is stuck.
    pub(crate) fn answers(&self) -> bool {
        !self.is_elsewhere() && self.pipelines.answers()
    }

    /// Waits a short time until the thread of omegi's timekeeper runs.
    pub(crate) fn await_thread(&self) {
        if !self.is_elsewhere() {
            self.timekeeper.await_start();
        }
    }

    /// Adds exporters, which get every flow that is kept from now on.
    pub(crate) fn join(&self, exporters: Vec<Box<dyn Exporter>>) {
        exporters.into_iter().map(Factory::existing).for_each(|factory| self.open(factory));
    }

    /// Starts the pipeline of an exporter.
    pub(super) fn open(&self, factory: Factory) {
        let name = factory.name;
        if let Err(error) = self.pipelines.open(factory) {
            say_lost(format_args!("cannot start the thread of exporter {name}: {error}; it is left out"));
        }
    }

    /// Exports all flows that are decided.
    ///
    /// Returns [`Flushed::Late`] if that takes longer than `timeout`, or if nothing can be waited
    /// for: in a process without omegi's threads, on those threads, and in a `Debug` that
    /// omegi calls.
    pub(crate) fn flush(&self, timeout: Duration, policy: FlushPolicy) -> Flushed {
        if self.is_elsewhere() || is_muted() {
            return Flushed::Late;
        }
        self.pipelines.flush(Instant::now().checked_add(timeout), policy)
    }

    /// Flushes at the end of the program, and exports the metrics once more, if requested.
    ///
    /// A tenth of the time is reserved for metrics: they matter most if flows cannot be exported.
    #[cfg(feature = "otlp")]
    pub(crate) fn finish(&self, timeout: Duration) -> Flushed {
        let Some(metering) = self.metering.as_ref().filter(|_| !self.is_elsewhere() && !is_muted()) else {
            return self.flush(timeout, FlushPolicy::UnlessNeverConnected);
        };
        let deadline = Instant::now().checked_add(timeout);
        let flushed = self.flush(timeout - timeout / 10, FlushPolicy::UnlessNeverConnected);
        metering.send_last(deadline);
        flushed
    }

    /// Flushes at the end of the program.
    #[cfg(not(feature = "otlp"))]
    pub(crate) fn finish(&self, timeout: Duration) -> Flushed {
        self.flush(timeout, FlushPolicy::UnlessNeverConnected)
    }

    /// Exports the open flows of some threads that hold errors, as they stand.
    pub(super) fn tell_open_flows(&self, chosen: impl Fn(u16) -> bool) {
        if self.answers() && !is_muted() {
            lifecycle::tell_open_flows(chosen, false);
        }
    }

    /// Returns how many flows all exporters together have written so far.
    pub(crate) fn deliveries(&self) -> u64 {
        self.pipelines.deliveries()
    }

    /// Writes pending flows that must be kept to disk, if a spool is set.
    pub(crate) fn spill(&self) {
        if self.answers() && !is_muted() {
            self.pipelines.spill_all();
        }
    }

    /// Returns the counters of flows and exporters.
    pub(crate) fn health(&self) -> Health {
        if self.is_elsewhere() { health_with(Vec::new()) } else { self.pipelines.health() }
    }
}
