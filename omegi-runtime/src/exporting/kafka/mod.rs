//! Flows to Kafka, as JSON for Omegi's collect server or as OTLP for OpenTelemetry's Collector.
//!
//! librdkafka connects, batches, retries and reconnects on threads of its own. What stands around it here says what it is
//! configured to ([`config`], [`client`]), what is sent ([`messages`]), what became of it ([`reports`], [`ledger`]), and what to do
//! about that ([`failure`]). Why an export that has waited long enough leaves its messages with librdkafka is ADR 11.

mod client;
mod config;
mod failure;
mod ledger;
mod messages;
mod reports;
mod watch;

use std::fmt;
use std::sync::Arc;

use rdkafka::error::RDKafkaErrorCode as Code;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};

use crate::recording::muting::quietly;
use crate::vocabulary::Flow;

use super::{ExportError, Exporter, Refusal};
use failure::{Failure, Remedies};
use ledger::{Ledger, Ticket};
use messages::Message;
use reports::Reports;
use watch::Watch;

pub use config::{KafkaConfig, KafkaLogin};

/// Sends flows to Kafka.
///
/// [`export`](Exporter::export) returns when all in-sync replicas have every message (`acks=all`), or after
/// [`KafkaConfig::timeout`], or sooner when it is known that there is no connection; then it fails
/// [for now](ExportError::for_now). Messages that are under way stay so: if the same flows come again, it waits for those, and does
/// not send them twice. Brokers get each message once and, for each trace, in order, also where the connection broke
/// (`enable.idempotence`). The key is the trace id.
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
    reports: Reports,
    producer: BaseProducer<Reports>,
}

/// That no more can be handed to librdkafka for now.
struct Full;

impl KafkaExporter {
    /// An exporter to these brokers. Nothing is sent yet, and nobody asked whether the brokers are there.
    ///
    /// ```
    /// use omegi_runtime::{KafkaConfig, KafkaExporter};
    ///
    /// let unacknowledged = vec![("acks".to_owned(), "0".to_owned())];
    /// let config = KafkaConfig { properties: unacknowledged, ..KafkaConfig::new(["localhost:9092"]) };
    /// let told = KafkaExporter::new(config).unwrap_err().to_string();
    /// assert_eq!(told, "the property acks is not to be chosen: take it out of OMEGI_KAFKA_PROPERTIES");
    /// ```
    ///
    /// # Errors
    ///
    /// A file for TLS that cannot be read or does not hold what it should, a property that librdkafka does not know or that is
    /// not the deployer's to choose, and a system that gives no more threads.
    pub fn new(config: KafkaConfig) -> Result<Self, ExportError> {
        let reports = Reports::default();
        let producer = client::connect(&config, reports.clone())?;
        Ok(Self { config: Arc::new(config), reports, producer })
    }

    /// A producer that has met a fatal error takes nothing any more: another takes its place, and what the old one still had is
    /// sent again.
    fn revive(&mut self) -> Result<(), ExportError> {
        if self.producer.client().fatal_error().is_some() {
            self.producer = client::connect(&self.config, self.reports.clone())?;
        }
        Ok(())
    }

    /// Hands over what librdkafka does not have of these flows yet, and waits until it has said what became of all of it.
    fn send(&self, flows: &[Flow]) {
        let mut watch = Watch::start(self.config.timeout, self.is_in_trouble());
        self.reports.lock().ledger.begin(flows);
        // What is left when the queue stays full comes with the next attempt.
        let _ = flows.iter().try_for_each(|flow| self.hand_over(flow, &mut watch));
        watch.rest();
        while self.is_under_way(flows) && !self.is_over(&watch) {
            self.producer.poll(watch.next_pause());
        }
    }

    fn hand_over(&self, flow: &Flow, watch: &mut Watch) -> Result<(), Full> {
        if !self.reports.lock().ledger.wants(flow) {
            return Ok(());
        }
        let messages = messages::of(flow, &self.config);
        let tickets = self.reports.lock().ledger.open(flow, messages.iter().map(|message| message.spans));
        tickets.into_iter().try_for_each(|ticket| self.produce(&messages[ticket.nth()], ticket, watch))
    }

    /// Gives a message to librdkafka, and waits where its queue is full; what it will not have is reported like what brokers
    /// will not.
    fn produce(&self, message: &Message<'_>, ticket: Ticket, watch: &mut Watch) -> Result<(), Full> {
        let mut record = BaseRecord::with_opaque_to(message.topic, Box::new(ticket))
            .key(&message.key)
            .payload(&message.payload);
        // Before librdkafka can report of it.
        self.reports.lock().ledger.handed_over(ticket);
        while let Err((error, refused)) = self.producer.send(record) {
            let code = error.rdkafka_error_code().unwrap_or(Code::Fail);
            if code != Code::QueueFull || self.is_over(watch) {
                self.reports.refuse(ticket, Failure::of_handing_over(code));
                return if code == Code::QueueFull { Err(Full) } else { Ok(()) };
            }
            self.producer.poll(watch.next_pause());
            record = refused;
        }
        message.tell_loss();
        Ok(())
    }

    fn is_under_way(&self, flows: &[Flow]) -> bool {
        self.reports.lock().ledger.is_under_way(flows)
    }

    fn is_over(&self, watch: &Watch) -> bool {
        watch.is_over(self.is_in_trouble())
    }

    /// Whether something keeps messages from being delivered, as far as is known.
    fn is_in_trouble(&self) -> bool {
        self.reports.lock().trouble.is_some()
    }

    /// What became of these flows, in the words of this exporter's callers.
    fn conclude(&self, flows: &[Flow]) -> Result<(), ExportError> {
        let mut state = self.reports.lock();
        let undecided = state.ledger.undecided(flows);
        if undecided > 0 {
            let why = state.trouble.clone().unwrap_or(Failure::TimedOut);
            let told = self.told(undecided, flows, "not delivered yet", &why);
            return Err(ExportError::for_now(told, None).after_writing(state.ledger.arrived(flows)));
        }
        let refused = state.ledger.refused(flows).map(|(refused, why)| {
            let told = self.told(refused.len(), flows, "not delivered", &why);
            ExportError::in_part(told, refusal(flows, refused, &state.ledger))
        });
        state.ledger.close(flows);
        refused.map_or(Ok(()), Err)
    }

    fn told(&self, failed: usize, flows: &[Flow], how: &str, failure: &Failure) -> String {
        let why = Remedies { failure, config: &self.config };
        self.config.without_secrets(format!("{failed} of {} flows were {how}: {why}", flows.len()))
    }
}

/// What of these flows was refused: those at these positions, but for what was delivered of one that went in pieces.
fn refusal(flows: &[Flow], refused: Vec<usize>, ledger: &Ledger) -> Refusal {
    let spans = refused.iter().map(|nth| ledger.refused_spans(&flows[*nth]) as u64).sum();
    let whole = refused.into_iter().filter(|nth| !ledger.has_arrived_in_part(&flows[*nth]));
    Refusal { flows: whole.collect(), spans }
}

impl Exporter for KafkaExporter {
    fn name(&self) -> &'static str {
        "kafka"
    }

    fn export(&mut self, flows: &[Flow]) -> Result<(), ExportError> {
        quietly(|| {
            self.revive()?;
            self.send(flows);
            self.conclude(flows)
        })
    }

    fn bytes_written(&self) -> Option<u64> {
        Some(self.reports.lock().bytes)
    }
}

impl fmt::Debug for KafkaExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaExporter").field("config", &self.config).finish_non_exhaustive()
    }
}
