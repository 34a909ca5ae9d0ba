//! omegi in this process: there is one or none.

use std::io::IsTerminal as _;
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crate::collecting::factory::{Factory, MakeExporter, PipelineConfig};
use crate::collecting::flush::{FlushPolicy, Flushed};
#[cfg(feature = "otlp")]
use crate::collecting::metering::{Components, Metering, Schedule};
use crate::collecting::pipelines::{ExporterPipelines, health_with};
use crate::collecting::resolve::paths::ProjectPaths;
use crate::collecting::resolve::{DetectResource, Resolver};
use crate::collecting::resource::{self, ResourceInputs, instance_id};
use crate::collecting::scrubbing::Scrubber;
use crate::collecting::spool::DiskSpace;
use crate::collecting::timekeeper::Timekeeper;
use crate::deciding::counting::{ErrorFilter, ErrorRule};
use crate::deciding::error_rate_limit::ErrorRateLimit;
use crate::deciding::sampling::FlowSampling;
use crate::exporting::{self, ConsoleExporter, ExportError, Exporter, FileExporter};
#[cfg(feature = "kafka")]
use crate::exporting::{KafkaConfig, KafkaExporter, KafkaLogin};
#[cfg(feature = "otlp")]
use crate::exporting::{OtlpConfig, OtlpExporter};
#[cfg(feature = "otel")]
use crate::interop::otel;
use crate::recording::budget::BUDGET;
use crate::recording::muting::is_muted;
use crate::recording::panics;
use crate::recording::policy::{self, Policy};
use crate::recording::shield::shielded;
use crate::recording::thread::pool;
use crate::settings::{
    ClockMode, ConsoleSettings, Destination, ExporterKind, FileConfig, Settings, Word as _,
};
#[cfg(feature = "kafka")]
use crate::settings::{KafkaSettings, SecretText};
#[cfg(feature = "otlp")]
use crate::settings::{MetricSettings, OtlpSettings};
use crate::vocabulary::clock;
use crate::vocabulary::say::{Level, say, say_lost};
use crate::vocabulary::{Attribute, Health, Resource};

use super::keeper::Keeper;

/// The share of the memory budget that the records of one flow may take.
const FLOW_SHARE: usize = 64;

/// Bytes of one record: see [`crate::recording::data::record::SpanRecord`].
const RECORD_BYTES: usize = 32;

static PROCESS: OnceLock<Process> = OnceLock::new();

/// What has to be reached from everywhere once omegi is started.
#[derive(Debug)]
pub(crate) struct Process {
    pipelines: Arc<ExporterPipelines>,
    timekeeper: Arc<Timekeeper>,
    /// Where somebody asked for metrics.
    #[cfg(feature = "otlp")]
    metering: Option<Metering>,
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
    /// Whether this process was forked off the one that has omegi's threads.
    pub(crate) fn is_elsewhere(&self) -> bool {
        std::process::id() != self.id
    }

    /// Whether flows can be handed over and will be exported.
    pub(crate) fn answers(&self) -> bool {
        !self.is_elsewhere() && self.pipelines.answers()
    }

    /// Waits until a thread of omegi's runs: a moment, and only in the first milliseconds.
    pub(crate) fn await_thread(&self) {
        if !self.is_elsewhere() {
            self.timekeeper.await_start();
        }
    }

    /// Gives these exporters every flow that is kept from now on.
    pub(crate) fn join(&self, exporters: Vec<Box<dyn Exporter>>) {
        exporters.into_iter().map(Factory::existing).for_each(|factory| open(&self.pipelines, factory));
    }

    /// Has everything exported that is decided. [`Flushed::Late`] if that takes longer than `timeout`, or cannot be waited
    /// for: in a process without omegi's threads, on those themselves, and in a `Debug` that omegi calls.
    pub(crate) fn flush(&self, timeout: Duration, policy: FlushPolicy) -> Flushed {
        if self.is_elsewhere() || is_muted() {
            return Flushed::Late;
        }
        self.pipelines.flush(Instant::now().checked_add(timeout), policy)
    }

    /// The same at the end of the program; and the figures are sent once more, if anybody wants them. Of the time a tenth is theirs
    /// alone: they say most where flows do not get out.
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

    /// The same at the end of the program.
    #[cfg(not(feature = "otlp"))]
    pub(crate) fn finish(&self, timeout: Duration) -> Flushed {
        self.flush(timeout, FlushPolicy::UnlessNeverConnected)
    }

    /// How many flows exporters have written so far, all together.
    pub(crate) fn deliveries(&self) -> u64 {
        self.pipelines.deliveries()
    }

    /// Writes to disk what waits and must not be lost, if there is a place for it.
    pub(crate) fn spill(&self) {
        if self.answers() && !is_muted() {
            self.pipelines.spill_all();
        }
    }

    /// What was done, and what waits.
    pub(crate) fn health(&self) -> Health {
        if self.is_elsewhere() { health_with(Vec::new()) } else { self.pipelines.health() }
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
    let pipelines =
        Arc::new(ExporterPipelines::new(pipeline_config(&settings, extras.resource, extras.id_seed), disk));
    let Ok(timekeeper) = Timekeeper::start(Arc::clone(&pipelines)).inspect_err(|problem| {
        say_lost(format_args!("nothing is recorded: the system gives no thread to work on ({problem})"));
        policy::switch_off();
    }) else {
        return true;
    };
    let process = Process {
        pipelines: Arc::clone(&pipelines),
        timekeeper: Arc::clone(&timekeeper),
        #[cfg(feature = "otlp")]
        metering: settings
            .metrics
            .as_ref()
            .and_then(|metrics| start_metering(&pipelines, metrics, &settings)),
        flush_timeout: settings.flush_timeout,
        debug: settings.level == Level::Debug,
        by_itself: extras.by_itself,
        id: std::process::id(),
    };
    if PROCESS.set(process).is_err() {
        return false;
    }
    if let Some(seed) = extras.id_seed {
        pool::seed_ids(seed);
    }
    let own = extras.exporters.into_iter().map(Factory::existing);
    let chosen = settings.exporters.iter().map(|kind| factory(*kind, &settings));
    own.chain(chosen)
        .chain(dump_factory(settings.dump.clone()))
        .for_each(|factory| open(&pipelines, factory));
    let keeper = Keeper {
        sampling: FlowSampling::new(settings.sampling),
        rule: ErrorRule::new(settings.counted_errors, settings.ignored_errors, extras.error_filter),
        error_rate_limit: ErrorRateLimit::new(settings.error_limit.map(NonZeroU64::get)),
        pipelines,
        timekeeper,
        process: std::process::id(),
    };
    let policy = Policy {
        processor: Box::new(keeper),
        arguments: settings.arguments,
        branch_wait: settings.flow_wait,
        propagators: settings.propagators.clone(),
        known_methods: settings.known_methods.clone(),
        masking: Arc::clone(&settings.masking),
        exact_times: settings.clock == ClockMode::Exact,
        limits: settings.limits,
        span_limit: extras.span_limit.unwrap_or(settings.memory / FLOW_SHARE / RECORD_BYTES),
    };
    panics::watch();
    #[cfg(feature = "otel")]
    otel::start(!extras.leaves_otel);
    let came_late = policy::switch_on(policy);
    if came_late && !extras.by_itself {
        say(
            "instrumented functions were called before omegi::init(): those calls are not recorded. Call it first.",
        );
    }
    true
}

fn open(pipelines: &ExporterPipelines, factory: Factory) {
    let name = factory.name;
    if let Err(problem) = pipelines.open(factory) {
        say_lost(format_args!("exporter {name} is left out: the system gives no thread for it ({problem})"));
    }
}

fn pipeline_config(settings: &Settings, code: Vec<Attribute>, id_seed: Option<u64>) -> PipelineConfig {
    let detect = detect_resource(settings, code, id_seed);
    let scrubber = Scrubber::new(Arc::clone(&settings.masking), settings.token.as_ref());
    let paths = ProjectPaths::new(settings.project_root.clone());
    PipelineConfig {
        resolver: Resolver::new(settings.limits, scrubber, paths, detect),
        delay: settings.schedule_delay,
        batch_spans: settings.max_export_batch,
    }
}

fn factory(kind: ExporterKind, settings: &Settings) -> Factory {
    Factory { name: kind.word(), make: make_exporter(kind, settings) }
}

fn make_exporter(kind: ExporterKind, settings: &Settings) -> MakeExporter {
    match kind {
        ExporterKind::Console => {
            let console = settings.console.clone();
            Box::new(move || Ok(Box::new(console_exporter(&console)?)))
        }
        ExporterKind::File => {
            let config = settings.file.clone();
            Box::new(move || Ok(Box::new(FileExporter::new(config.clone())?)))
        }
        #[cfg(feature = "otlp")]
        ExporterKind::Otlp => {
            let config = otlp_config(&settings.otlp, settings.max_export_batch);
            Box::new(move || Ok(Box::new(OtlpExporter::new(config.clone())?)))
        }
        #[cfg(not(feature = "otlp"))]
        ExporterKind::Otlp => Box::new(|| Err(ExportError::new("needs the cargo feature `omegi/otlp`"))),
        #[cfg(feature = "kafka")]
        ExporterKind::Kafka => {
            let config = kafka_config(&settings.kafka, settings.flush_timeout);
            Box::new(move || Ok(Box::new(KafkaExporter::new(config.clone())?)))
        }
        #[cfg(not(feature = "kafka"))]
        ExporterKind::Kafka => Box::new(|| Err(ExportError::new("needs the cargo feature `omegi/kafka`"))),
    }
}

/// What writes a copy of every exported flow: a file that is not put aside, whatever holds for others.
fn dump_factory(path: Option<PathBuf>) -> Option<Factory> {
    let config = FileConfig { max_bytes: None, ..FileConfig::new(path?) };
    let name = "span dump";
    Some(Factory { name, make: Box::new(move || Ok(Box::new(FileExporter::named(name, config.clone())?))) })
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

#[cfg(feature = "kafka")]
fn kafka_config(kafka: &KafkaSettings, timeout: Duration) -> KafkaConfig {
    let text = |secret: &SecretText| secret.expose().to_owned();
    KafkaConfig {
        encoding: kafka.encoding,
        error_topic: kafka.error_topic.clone(),
        flow_topic: kafka.flow_topic.clone(),
        spans_topic: kafka.spans_topic.clone(),
        token: kafka.token.as_ref().map(text),
        timeout,
        max_message_bytes: kafka.max_message_bytes,
        security: kafka.security,
        ca_location: kafka.ca_location.clone(),
        certificate_location: kafka.certificate_location.clone(),
        key_location: kafka.key_location.clone(),
        login: kafka.login.as_ref().map(|login| KafkaLogin {
            mechanism: login.mechanism,
            username: login.username.clone(),
            password: text(&login.password),
        }),
        properties: kafka.properties.iter().map(|(name, value)| (name.clone(), text(value))).collect(),
        ..KafkaConfig::new(&kafka.brokers)
    }
}

#[cfg(feature = "otlp")]
fn start_metering(
    pipelines: &Arc<ExporterPipelines>,
    metrics: &MetricSettings,
    settings: &Settings,
) -> Option<Metering> {
    let schedule = Schedule {
        interval: metrics.interval,
        temporality: metrics.temporality,
        components: Components::speaking(settings.otlp.protocol, metrics.otlp.protocol),
        config: otlp_config(&metrics.otlp, settings.max_export_batch),
    };
    let started = Metering::start(Arc::clone(pipelines), schedule);
    started
        .inspect_err(|problem| {
            say_lost(format_args!("metrics are not sent: the system gives no thread for them ({problem})"));
        })
        .ok()
}

/// How the resource will be found out: on omegi's own thread, when the first flow is exported.
fn detect_resource(settings: &Settings, code: Vec<Attribute>, id_seed: Option<u64>) -> DetectResource {
    let given =
        ResourceInputs { instance_id: instance_id(id_seed), code, settings: settings.resource.clone() };
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
