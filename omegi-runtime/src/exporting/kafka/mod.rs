//! Flows to Kafka, as JSON for Omegi's collect server or as OTLP for OpenTelemetry's Collector.
//!
//! librdkafka connects, batches, retries and reconnects on threads of its own. What stands around it here says what it is
//! configured to ([`config`], [`client`]), what is sent ([`messages`]), what became of it ([`reports`]), and what to do about
//! that ([`failure`]).

mod client;
mod config;
mod failure;
mod messages;
mod reports;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::error::RDKafkaErrorCode;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};

use crate::vocabulary::Flow;
use crate::vocabulary::say::say;

use super::{ExportError, Exporter};
use failure::Remedies;
use messages::Message;
use reports::Reports;

pub use config::{KafkaConfig, KafkaLogin};

/// How long a batch may wait before it is said why.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long a report may come late.
const GRACE: Duration = Duration::from_secs(5);

/// Sends flows to Kafka.
///
/// [`export`](Exporter::export) returns when every message is delivered to all in-sync replicas, or was tried for
/// [`KafkaConfig::timeout`]: it blocks its thread, which is omegi's worker and none of the program's. Messages arrive once and, for
/// each trace, in order, also where the connection broke (`acks=all`, `enable.idempotence`). The key is the trace id.
///
/// ```no_run
/// use omegi_runtime::{Exporter, KafkaConfig, KafkaExporter};
///
/// let mut kafka = KafkaExporter::new(KafkaConfig::new(["localhost:9092"]))?;
/// kafka.export(&[])?;
/// # Ok::<(), omegi_runtime::ExportError>(())
/// ```
pub struct KafkaExporter {
    config: Arc<KafkaConfig>,
    producer: BaseProducer<Reports>,
    outage: Outage,
}

/// Whether somebody knows that nothing is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outage {
    /// There is none that lasted.
    None,
    /// It was said on stderr.
    Told,
    /// An export has failed, which the caller knows.
    Failed,
}

impl KafkaExporter {
    /// An exporter to these brokers. Nothing is sent yet, and nobody asked whether the brokers are there.
    ///
    /// # Errors
    ///
    /// A file for TLS that cannot be read or does not hold what it should, a property that librdkafka does not know or that is
    /// not the deployer's to choose, and a system that gives no more threads.
    pub fn new(config: KafkaConfig) -> Result<Self, ExportError> {
        let producer = client::connect(&config)?;
        Ok(Self { config: Arc::new(config), producer, outage: Outage::None })
    }

    /// Hands a message to librdkafka, and waits where its queue is full; what is refused is reported like what is not
    /// delivered.
    fn send(&mut self, message: &Message<'_>, watch: &mut Watch) {
        let mut record = BaseRecord::to(message.topic).key(&message.key).payload(&message.payload);
        while let Err((error, refused)) = self.producer.send(record) {
            let code = error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Fail);
            if code != RDKafkaErrorCode::QueueFull || watch.is_over() {
                return self.reports().refuse(code);
            }
            self.poll(watch);
            record = refused;
        }
    }

    /// Lets librdkafka report for a moment, and says why that is all if it has been long.
    fn poll(&mut self, watch: &mut Watch) {
        self.producer.poll(watch.next_pause());
        let is_news = self.outage == Outage::None && watch.is_long();
        let Some(trouble) = self.reports().trouble().filter(|_| is_news) else { return };
        let why = Remedies { failure: &trouble, config: &self.config };
        say(format_args!(
            "exporter kafka: {why} (it is being tried; this is said once until it works again)"
        ));
        self.outage = Outage::Told;
    }

    /// A producer that has met a fatal error takes nothing any more: another takes its place.
    fn revive(&mut self) -> Result<(), ExportError> {
        if self.producer.client().fatal_error().is_some() {
            self.producer = client::connect(&self.config)?;
        }
        Ok(())
    }

    fn reports(&self) -> &Reports {
        self.producer.context()
    }

    /// What became of the messages, in the words of this exporter's callers.
    fn conclude(&mut self, sent: usize) -> Result<(), ExportError> {
        let tally = self.reports().take_tally();
        let Some(failure) = tally.failure(sent) else {
            if self.outage == Outage::Told {
                say("exporter kafka: works again");
            }
            self.outage = Outage::None;
            return Ok(());
        };
        self.outage = Outage::Failed;
        let lost = sent - tally.delivered.min(sent);
        let why = Remedies { failure: &failure, config: &self.config };
        Err(ExportError::new(format!("{lost} of {sent} messages were not delivered: {why}")))
    }
}

impl Exporter for KafkaExporter {
    fn name(&self) -> &'static str {
        "kafka"
    }

    fn export(&mut self, flows: &[Flow]) -> Result<(), ExportError> {
        self.revive()?;
        let config = Arc::clone(&self.config);
        let mut watch = Watch::start(config.timeout);
        let mut sent = 0;
        for message in flows.iter().flat_map(|flow| messages::of(flow, &config)) {
            self.send(&message, &mut watch);
            sent += 1;
        }
        watch.rest();
        while self.reports().reported() < sent && !watch.is_overdue() {
            self.poll(&mut watch);
        }
        self.conclude(sent)
    }
}

impl fmt::Debug for KafkaExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaExporter").field("config", &self.config).finish_non_exhaustive()
    }
}

/// How long an export has waited, and how long it waits next.
struct Watch {
    begun: Instant,
    timeout: Duration,
    pause: Duration,
}

impl Watch {
    /// The first pause: about what a broker nearby takes.
    const SHORTEST: Duration = Duration::from_millis(1);

    /// librdkafka wakes whoever polls it when it has something to say, but polling lasts its whole time.
    const LONGEST: Duration = Duration::from_millis(50);

    fn start(timeout: Duration) -> Self {
        Self { begun: Instant::now(), timeout, pause: Self::SHORTEST }
    }

    /// Pauses are short again.
    fn rest(&mut self) {
        self.pause = Self::SHORTEST;
    }

    fn next_pause(&mut self) -> Duration {
        let pause = self.pause;
        self.pause = (pause * 2).min(Self::LONGEST);
        pause
    }

    fn is_long(&self) -> bool {
        self.begun.elapsed() > PATIENCE
    }

    fn is_over(&self) -> bool {
        self.begun.elapsed() > self.timeout
    }

    /// Whether librdkafka should have reported long ago: messages were sent until the timeout, and each had that long.
    fn is_overdue(&self) -> bool {
        self.begun.elapsed() > self.timeout.saturating_mul(2).saturating_add(GRACE)
    }
}
