//! omegi in this process: there is one or none.

use std::io::IsTerminal as _;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::collecting::paths::ProjectPaths;
use crate::collecting::queue::Queue;
use crate::collecting::resolve::Resolver;
use crate::collecting::worker::{self, Latecomers, MakeExporter, Work};
use crate::deciding::sampling::FlowSampling;
use crate::exporting::{self, ConsoleExporter, ExportError, Exporter};
#[cfg(feature = "kafka")]
use crate::exporting::{KafkaConfig, KafkaExporter, KafkaLogin};
#[cfg(feature = "otlp")]
use crate::exporting::{OtlpConfig, OtlpExporter};
use crate::recording::budget::BUDGET;
use crate::recording::muting::is_muted;
use crate::recording::policy::{self, Policy};
use crate::recording::{panics, pool};
#[cfg(feature = "otlp")]
use crate::settings::OtlpSettings;
use crate::settings::{ClockMode, ConsoleSettings, Destination, ExporterKind, Settings};
#[cfg(feature = "kafka")]
use crate::settings::{KafkaSettings, SecretText};
use crate::vocabulary::clock;
use crate::vocabulary::say::say;
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
        debug: settings.debug,
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
    let sampling = FlowSampling::new(settings.flow_rate);
    let policy = Policy {
        stages: Box::new(Keeper { sampling, queue: Arc::clone(&queue), process: std::process::id() }),
        arguments: settings.arguments,
        branch_wait: settings.flow_wait,
        propagators: settings.propagators.clone(),
        exact_times: settings.clock == ClockMode::Exact,
        text_limit: settings.attribute_value_length,
        span_limit: extras.span_limit.unwrap_or(settings.memory / FLOW_SHARE / RECORD_BYTES),
    };
    if let Err(problem) = worker::start(work(settings, extras.exporters, queue, latecomers)) {
        say(format_args!("nothing is recorded: the system gives no thread to export on ({problem})"));
        policy::switch_off();
        return true;
    }
    panics::watch();
    let came_late = policy::switch_on(policy);
    if came_late && !extras.by_itself {
        say(
            "instrumented functions were called before omegi::init(): those calls are not recorded. Call it first.",
        );
    }
    true
}

fn work(
    settings: Settings,
    own: Vec<Box<dyn Exporter>>,
    queue: Arc<Queue>,
    latecomers: Arc<Latecomers>,
) -> Work {
    let own = own.into_iter().map(|exporter| -> MakeExporter { Box::new(|| Ok(exporter)) });
    let exporters =
        own.chain(settings.exporters.iter().map(|kind| make_exporter(*kind, &settings))).collect();
    let resource = Arc::new(resource(&settings));
    Work {
        queue,
        exporters,
        latecomers,
        delay: settings.schedule_delay,
        batch_spans: settings.max_export_batch,
        resolver: Resolver::new(settings.masking, ProjectPaths::new(settings.project_root), resource),
    }
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
        #[cfg(feature = "kafka")]
        ExporterKind::Kafka => {
            let config = kafka_config(&settings.kafka);
            Box::new(|| Ok(Box::new(KafkaExporter::new(config)?)))
        }
        #[cfg(not(feature = "kafka"))]
        ExporterKind::Kafka => Box::new(|| Err(ExportError::new("needs the cargo feature `omegi/kafka`"))),
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

#[cfg(feature = "kafka")]
fn kafka_config(kafka: &KafkaSettings) -> KafkaConfig {
    let text = |secret: &SecretText| secret.expose().to_owned();
    KafkaConfig {
        encoding: kafka.encoding,
        error_topic: kafka.error_topic.clone(),
        flow_topic: kafka.flow_topic.clone(),
        spans_topic: kafka.spans_topic.clone(),
        token: kafka.token.as_ref().map(text),
        timeout: kafka.timeout,
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
