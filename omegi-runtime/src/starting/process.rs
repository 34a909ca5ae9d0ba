//! omegi in this process: there is one or none.

use std::io::IsTerminal as _;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crate::collecting::kept::WAITING;
use crate::collecting::outlet::{MakeExporter, Making, Service};
use crate::collecting::outlets::Outlets;
use crate::collecting::paths::ProjectPaths;
use crate::collecting::queue::Flushed;
use crate::collecting::resolve::Resolver;
use crate::collecting::spool::DiskSpace;
use crate::collecting::timekeeper::Timekeeper;
use crate::deciding::counting::{ErrorFilter, ErrorRule};
use crate::deciding::sampling::FlowSampling;
use crate::deciding::storms::StormLimit;
use crate::exporting::{self, ConsoleExporter, ExportError, Exporter};
#[cfg(feature = "otlp")]
use crate::exporting::{OtlpConfig, OtlpExporter};
use crate::recording::budget::BUDGET;
use crate::recording::muting::is_muted;
use crate::recording::policy::{self, Policy};
use crate::recording::{panics, pool};
#[cfg(feature = "otlp")]
use crate::settings::OtlpSettings;
use crate::settings::{ClockMode, ConsoleSettings, Destination, ExporterKind, Settings};
use crate::vocabulary::clock;
use crate::vocabulary::counters::COUNTERS;
use crate::vocabulary::say::say;
use crate::vocabulary::{Attribute, Health, Resource};

use super::keeper::Keeper;

/// The share of the memory budget that the records of one flow may take.
const FLOW_SHARE: usize = 64;

/// Bytes of one record: see [`crate::recording::record::SpanRecord`].
const RECORD_BYTES: usize = 32;

static PROCESS: OnceLock<Process> = OnceLock::new();

/// What has to be reached from everywhere once omegi is started.
#[derive(Debug)]
pub(crate) struct Process {
    outlets: Arc<Outlets>,
    timekeeper: Arc<Timekeeper>,
    pub(crate) flush_timeout: Duration,
    /// Whether omegi tells on stderr what it does.
    pub(crate) debug: bool,
    /// Whether the first instrumented call started it, and not the program.
    pub(crate) by_itself: bool,
    /// The process that has omegi's threads: one that was forked off has not.
    id: u32,
}

/// What no variable says.
#[derive(Default)]
pub(crate) struct Extras {
    /// Whether the first instrumented call starts omegi, and not the program.
    pub(crate) by_itself: bool,
    pub(crate) exporters: Vec<Box<dyn Exporter>>,
    pub(crate) error_filter: Option<ErrorFilter>,
    pub(crate) id_seed: Option<u64>,
    pub(crate) span_limit: Option<usize>,
}

/// omegi, if it is started.
pub(crate) fn get() -> Option<&'static Process> {
    PROCESS.get()
}

impl Process {
    /// Whether this process was forked off the one that has omegi's threads.
    pub(crate) fn is_elsewhere(&self) -> bool {
        std::process::id() != self.id
    }

    /// Whether flows can be handed over and will be exported.
    pub(crate) fn answers(&self) -> bool {
        !self.is_elsewhere() && self.outlets.answers()
    }

    /// Waits until a thread of omegi's runs: a moment, and only in the first milliseconds.
    pub(crate) fn await_thread(&self) {
        if !self.is_elsewhere() {
            self.timekeeper.await_start();
        }
    }

    /// Gives these exporters every flow that is kept from now on.
    pub(crate) fn join(&self, exporters: Vec<Box<dyn Exporter>>) {
        exporters.into_iter().map(Making::made).for_each(|making| open(&self.outlets, making));
    }

    /// Has everything exported that is decided. [`Flushed::Late`] if that takes longer than `timeout`, or cannot be waited
    /// for: in a process without omegi's threads, on those themselves, and in a `Debug` that omegi calls.
    pub(crate) fn flush(&self, timeout: Duration) -> Flushed {
        if self.is_elsewhere() || is_muted() {
            return Flushed::Late;
        }
        self.outlets.flush(Instant::now().checked_add(timeout))
    }

    /// Writes to disk what waits and must not be lost, if there is a place for it.
    pub(crate) fn spill(&self) {
        if self.answers() && !is_muted() {
            self.outlets.spill_all();
        }
    }

    /// What was done, and what waits.
    pub(crate) fn health(&self) -> Health {
        let exporters = if self.is_elsewhere() { Vec::new() } else { self.outlets.health() };
        Health {
            waiting_flows: WAITING.flows(),
            waiting_bytes: WAITING.bytes() as u64,
            export_failures: exporters.iter().map(|exporter| exporter.failures).sum(),
            exporters,
            ..COUNTERS.read()
        }
    }
}

/// Starts recording and omegi's threads. `false` if omegi was started before.
pub(crate) fn start(settings: Settings, extras: Extras) -> bool {
    if get().is_some() {
        return false;
    }
    clock::start();
    BUDGET.set_limit(settings.memory);
    let disk = settings.spool.clone().map(|folder| DiskSpace::new(folder, settings.spool_size));
    let outlets = Arc::new(Outlets::new(service(&settings), disk));
    let Ok(timekeeper) = Timekeeper::start(Arc::clone(&outlets)).inspect_err(|problem| {
        say(format_args!("nothing is recorded: the system gives no thread to work on ({problem})"));
        policy::switch_off();
    }) else {
        return true;
    };
    let process = Process {
        outlets: Arc::clone(&outlets),
        timekeeper: Arc::clone(&timekeeper),
        flush_timeout: settings.flush_timeout,
        debug: settings.debug,
        by_itself: extras.by_itself,
        id: std::process::id(),
    };
    if PROCESS.set(process).is_err() {
        return false;
    }
    if let Some(seed) = extras.id_seed {
        pool::seed_ids(seed);
    }
    let own = extras.exporters.into_iter().map(Making::made);
    own.chain(settings.exporters.iter().map(|kind| making(*kind, &settings)))
        .for_each(|making| open(&outlets, making));
    let keeper = Keeper {
        sampling: FlowSampling::new(settings.flow_rate),
        rule: ErrorRule::new(settings.counted_errors, extras.error_filter),
        storms: StormLimit::new(settings.error_limit),
        outlets,
        timekeeper,
        process: std::process::id(),
    };
    let policy = Policy {
        stages: Box::new(keeper),
        arguments: settings.arguments,
        branch_wait: settings.flow_wait,
        propagators: settings.propagators.clone(),
        exact_times: settings.clock == ClockMode::Exact,
        text_limit: settings.attribute_value_length,
        span_limit: extras.span_limit.unwrap_or(settings.memory / FLOW_SHARE / RECORD_BYTES),
    };
    panics::watch();
    let came_late = policy::switch_on(policy);
    if came_late && !extras.by_itself {
        say(
            "instrumented functions were called before omegi::init(): those calls are not recorded. Call it first.",
        );
    }
    true
}

fn open(outlets: &Outlets, making: Making) {
    let name = making.name;
    if let Err(problem) = outlets.open(making) {
        say(format_args!("exporter {name} is left out: the system gives no thread for it ({problem})"));
    }
}

fn service(settings: &Settings) -> Service {
    let resource = Arc::new(resource(settings));
    let paths = ProjectPaths::new(settings.project_root.clone());
    Service {
        resolver: Resolver::new(settings.masking.clone(), paths, resource),
        delay: settings.schedule_delay,
        batch_spans: settings.max_export_batch,
    }
}

fn making(kind: ExporterKind, settings: &Settings) -> Making {
    let name = match kind {
        ExporterKind::Console => "console",
        ExporterKind::Otlp => "otlp",
    };
    Making { name, make: make_exporter(kind, settings) }
}

fn make_exporter(kind: ExporterKind, settings: &Settings) -> MakeExporter {
    match kind {
        ExporterKind::Console => {
            let console = settings.console.clone();
            Box::new(move || Ok(Box::new(console_exporter(&console)?)))
        }
        #[cfg(feature = "otlp")]
        ExporterKind::Otlp => {
            let config = otlp_config(&settings.otlp, settings.max_export_batch);
            Box::new(|| Ok(Box::new(OtlpExporter::new(config)?)))
        }
        #[cfg(not(feature = "otlp"))]
        ExporterKind::Otlp => Box::new(|| Err(ExportError::new("needs the cargo feature `omegi/otlp`"))),
    }
}

fn console_exporter(console: &ConsoleSettings) -> Result<ConsoleExporter, ExportError> {
    let style = |is_terminal| (console.format_on(is_terminal), console.colour_on(is_terminal));
    match &console.destination {
        Destination::Stream(stream) => {
            let (format, colour) = style(stream.is_terminal());
            Ok(ConsoleExporter::new(format, *stream, colour))
        }
        Destination::File(path) => {
            let file = exporting::open_to_append(path)?;
            let (format, colour) = style(file.is_terminal());
            Ok(ConsoleExporter::to_writer(format, file, path.display().to_string(), colour))
        }
    }
}

#[cfg(feature = "otlp")]
fn otlp_config(otlp: &OtlpSettings, max_spans: usize) -> OtlpConfig {
    OtlpConfig {
        protocol: otlp.protocol,
        endpoint: otlp.endpoint.as_str().to_owned(),
        headers: otlp.headers.iter().map(|(name, value)| (name.clone(), value.expose().to_owned())).collect(),
        timeout: otlp.timeout,
        compression: otlp.compression,
        max_spans,
    }
}

fn resource(settings: &Settings) -> Resource {
    let own = [
        ("service.name", settings.service_name.clone()),
        ("telemetry.sdk.name", "omegi".to_owned()),
        ("telemetry.sdk.language", "rust".to_owned()),
        ("telemetry.sdk.version", env!("CARGO_PKG_VERSION").to_owned()),
    ];
    let given = settings
        .resource_attributes
        .iter()
        .filter(|(key, _)| own.iter().all(|(known, _)| known != key))
        .cloned();
    let own = own.iter().map(|(key, value)| ((*key).to_owned(), value.clone()));
    Resource { attributes: own.chain(given).map(|(key, value)| Attribute::new(key, value)).collect() }
}
