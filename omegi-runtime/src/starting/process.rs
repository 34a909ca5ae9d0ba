//! omegi in this process: there is one or none.

use std::io::IsTerminal as _;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::collecting::paths::ProjectPaths;
use crate::collecting::queue::Queue;
use crate::collecting::resolve::{Detect, Resolver};
use crate::collecting::resource::{self, Given, instance_id};
use crate::collecting::scrubbing::Scrubber;
use crate::collecting::worker::{self, Latecomers, MakeExporter, Work};
use crate::deciding::sampling::FlowSampling;
use crate::exporting::{self, ConsoleExporter, ExportError, Exporter, FileConfig, FileExporter};
#[cfg(feature = "otlp")]
use crate::exporting::{OtlpConfig, OtlpExporter};
#[cfg(feature = "otel")]
use crate::interop::otel;
use crate::recording::budget::BUDGET;
use crate::recording::muting::is_muted;
use crate::recording::policy::{self, Policy};
use crate::recording::shield::shielded;
use crate::recording::{panics, pool};
#[cfg(feature = "otlp")]
use crate::settings::OtlpSettings;
use crate::settings::{ClockMode, ConsoleSettings, Destination, ExporterKind, FileSettings, Settings};
use crate::vocabulary::clock;
use crate::vocabulary::say::{Level, say, say_lost};
use crate::vocabulary::{Attribute, Resource};

use super::keeper::Keeper;

/// The share of the memory budget that the records of one flow may take.
const FLOW_SHARE: usize = 64;

/// Bytes of one record: see [`crate::recording::record::SpanRecord`].
const RECORD_BYTES: usize = 32;

static PROCESS: OnceLock<Process> = OnceLock::new();

/// What has to be reached from everywhere once omegi is started.
#[derive(Debug)]
pub(crate) struct Process {
    queue: Arc<Queue>,
    latecomers: Arc<Latecomers>,
    pub(crate) flush_timeout: Duration,
    /// Whether omegi tells on stderr what it does.
    pub(crate) debug: bool,
    /// Whether the first instrumented call started it, and not the program.
    pub(crate) by_itself: bool,
    /// The process that has the worker: one that was forked off has not.
    id: u32,
}

/// What no variable says.
#[derive(Default)]
pub(crate) struct Extras {
    /// Whether the first instrumented call starts omegi, and not the program.
    pub(crate) by_itself: bool,
    pub(crate) exporters: Vec<Box<dyn Exporter>>,
    pub(crate) id_seed: Option<u64>,
    pub(crate) span_limit: Option<usize>,
    /// What the program says of itself.
    pub(crate) resource: Vec<Attribute>,
    /// Whether the program's tracer provider is left as it is.
    #[cfg(feature = "otel")]
    pub(crate) leaves_otel: bool,
}

/// omegi, if it is started.
pub(crate) fn get() -> Option<&'static Process> {
    PROCESS.get()
}

impl Process {
    /// Whether this process was forked off the one that has the worker.
    pub(crate) fn is_elsewhere(&self) -> bool {
        std::process::id() != self.id
    }

    /// Whether flows can be handed over and will be exported.
    pub(crate) fn answers(&self) -> bool {
        !self.is_elsewhere() && self.queue.answers()
    }

    /// Waits until the worker runs: a moment, and only in the first milliseconds.
    pub(crate) fn await_worker(&self) {
        if !self.is_elsewhere() {
            self.queue.await_worker();
        }
    }

    /// Gives these exporters every flow that is exported from now on.
    pub(crate) fn join(&self, exporters: Vec<Box<dyn Exporter>>) {
        self.latecomers.join(exporters);
    }

    /// Has everything exported that is decided; `false` if that takes longer than `timeout`, or cannot be waited for: in a
    /// process without the worker, on the worker itself, and in a `Debug` that omegi calls.
    pub(crate) fn flush(&self, timeout: Duration) -> bool {
        !self.is_elsewhere() && !is_muted() && self.queue.flush(timeout)
    }
}

/// Starts recording and the worker. `false` if omegi was started before.
pub(crate) fn start(settings: Settings, extras: Extras) -> bool {
    let queue = Arc::new(Queue::default());
    let latecomers = Arc::new(Latecomers::default());
    let process = Process {
        queue: Arc::clone(&queue),
        latecomers: Arc::clone(&latecomers),
        flush_timeout: settings.flush_timeout,
        debug: settings.level == Level::Debug,
        by_itself: extras.by_itself,
        id: std::process::id(),
    };
    if PROCESS.set(process).is_err() {
        return false;
    }
    clock::start();
    BUDGET.set_limit(settings.memory);
    if let Some(seed) = extras.id_seed {
        pool::seed_ids(seed);
    }
    let sampling = FlowSampling::new(settings.sampling);
    let policy = Policy {
        stages: Box::new(Keeper { sampling, queue: Arc::clone(&queue), process: std::process::id() }),
        arguments: settings.arguments,
        branch_wait: settings.flow_wait,
        propagators: settings.propagators.clone(),
        known_methods: settings.known_methods.clone(),
        masking: Arc::clone(&settings.masking),
        exact_times: settings.clock == ClockMode::Exact,
        limits: settings.limits,
        span_limit: extras.span_limit.unwrap_or(settings.memory / FLOW_SHARE / RECORD_BYTES),
    };
    let by_itself = extras.by_itself;
    #[cfg(feature = "otel")]
    let leaves_otel = extras.leaves_otel;
    if let Err(problem) = worker::start(work(settings, extras, queue, latecomers)) {
        say_lost(format_args!("nothing is recorded: the system gives no thread to export on ({problem})"));
        policy::switch_off();
        return true;
    }
    panics::watch();
    #[cfg(feature = "otel")]
    otel::start(!leaves_otel);
    let came_late = policy::switch_on(policy);
    if came_late && !by_itself {
        say(
            "instrumented functions were called before omegi::init(): those calls are not recorded. Call it first.",
        );
    }
    true
}

fn work(settings: Settings, extras: Extras, queue: Arc<Queue>, latecomers: Arc<Latecomers>) -> Work {
    let own = extras.exporters.into_iter().map(|exporter| -> MakeExporter { Box::new(|| Ok(exporter)) });
    let chosen = settings.exporters.iter().map(|kind| make_exporter(*kind, &settings));
    let exporters = own.chain(chosen).chain(make_dump(&settings.file)).collect();
    let detect = detect_resource(&settings, extras.resource, extras.id_seed);
    let scrubber = Scrubber::new(Arc::clone(&settings.masking), settings.token.as_ref());
    Work {
        queue,
        exporters,
        latecomers,
        delay: settings.schedule_delay,
        batch_spans: settings.max_export_batch,
        resolver: Resolver::new(settings.limits, scrubber, ProjectPaths::new(settings.project_root), detect),
    }
}

fn make_exporter(kind: ExporterKind, settings: &Settings) -> MakeExporter {
    match kind {
        ExporterKind::Console => {
            let console = settings.console.clone();
            Box::new(move || Ok(Box::new(console_exporter(&console)?)))
        }
        ExporterKind::File => {
            let config = file_config(&settings.file);
            Box::new(|| Ok(Box::new(FileExporter::new(config)?)))
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

/// What writes a copy of every exported flow: a file that is not put aside, whatever holds for others.
fn make_dump(file: &FileSettings) -> Option<MakeExporter> {
    let config = FileConfig { max_bytes: None, ..FileConfig::new(file.dump.clone()?) };
    Some(Box::new(|| Ok(Box::new(FileExporter::named("span dump", config)?))))
}

fn file_config(file: &FileSettings) -> FileConfig {
    FileConfig {
        path: file.path.clone(),
        max_bytes: file.max_bytes,
        max_files: file.max_files,
        sync: file.sync,
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
        certificate: otlp.certificate.clone(),
        client_certificate: otlp.client.as_ref().map(|(certificate, _)| certificate.clone()),
        client_key: otlp.client.as_ref().map(|(_, key)| key.clone()),
        timeout: otlp.timeout,
        compression: otlp.compression,
        max_spans,
    }
}

/// How the resource will be found out: on omegi's own thread, when the first flow is exported.
fn detect_resource(settings: &Settings, code: Vec<Attribute>, id_seed: Option<u64>) -> Detect {
    let given = Given {
        service_name: settings.service_name.clone(),
        instance_id: instance_id(id_seed),
        code,
        environment: settings.resource_attributes.clone(),
        settings: settings.resource.clone(),
    };
    let mut scrubber = Scrubber::new(Arc::clone(&settings.masking), settings.token.as_ref());
    Box::new(move || {
        let resource = shielded(|| resource::detect(given, &mut scrubber));
        let nothing = |message: String| {
            say_lost(format_args!("nothing is known of the program, and this is a bug of omegi: {message}"));
            Resource::default()
        };
        Arc::new(resource.unwrap_or_else(nothing))
    })
}
