//! Flows to Kafka, as JSON for Omegi's collect server or as OTLP for OpenTelemetry's Collector.
//!
//! The crate `omegi-kafka` connects, sends and retries. This folder writes the [`messages`] of a
//! flow, and turns errors into messages with a remedy ([`explain`]).

mod explain;
mod messages;

use omegi_config::KafkaConfig;
use omegi_kafka::{Client, ConfigError, Delivery, DeliveryOutcome, GroupId, QueueFull};

use crate::recording::muting::quietly;
use crate::vocabulary::say::say_once;
use crate::vocabulary::{Flow, SpanId};

use super::export_error::{ExportError, Refusal};
use super::exporter::Exporter;
use explain::{explain, explain_config};
use messages::FlowMessages;

/// Sends flows to Kafka.
///
/// [`export`](Exporter::export) returns when all in-sync replicas have every message (`acks=all`).
/// It fails [for now](ExportError::for_now) after [`KafkaConfig::timeout`], or sooner without a
/// connection. Messages in flight stay so: when the same flows come again, it waits for those
/// messages and does not send them twice. Brokers get each message once and, for each trace, in
/// order, also after a broken connection (`enable.idempotence`); a broker that has forgotten the
/// producer may get one twice. The key is the trace id.
///
/// ```no_run
/// # use omegi_runtime as omegi;
/// use omegi::{Exporter, KafkaConfig, KafkaExporter};
///
/// let mut kafka = KafkaExporter::new(KafkaConfig::new(["localhost:9092"]))?;
/// kafka.export(&[])?;
/// # Ok::<(), omegi::ExportError>(())
/// ```
#[derive(Debug)]
pub struct KafkaExporter {
    client: Client,
}

impl KafkaExporter {
    /// Returns an exporter to these brokers, without connecting.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use omegi::{KafkaConfig, KafkaExporter};
    ///
    /// let properties = vec![("acks".to_owned(), "0".to_owned())];
    /// let config = KafkaConfig { properties, ..KafkaConfig::new(["localhost:9092"]) };
    /// let error = KafkaExporter::new(config).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "cannot set the property acks: omegi sets it; remove it from OMEGI_KAFKA_PROPERTIES"
    /// );
    /// ```
    ///
    /// # Errors
    ///
    /// A file for TLS that cannot be read or holds something else, a property that librdkafka does
    /// not know or that is reserved, or no threads left.
    pub fn new(config: KafkaConfig) -> Result<Self, ExportError> {
        let secrets = config.clone();
        let client = Client::new(config);
        let client = client.map_err(|error| ExportError::new(explain_config(&error, &secrets)))?;
        Ok(Self { client })
    }

    /// Delivers the flows. Makes messages smaller until the brokers take them.
    fn deliver(&mut self, flows: &[Flow]) -> Result<(), ExportError> {
        let (groups, count) = (flows.iter().map(group).collect::<Vec<_>>(), flows.len());
        loop {
            let outcome = self.attempt(&groups, flows).map_err(|error| self.misconfigured(&error))?;
            let config = self.client.config();
            match outcome {
                DeliveryOutcome::Delivered => return Ok(()),
                DeliveryOutcome::TooLarge => self.make_smaller(&groups)?,
                DeliveryOutcome::Pending { groups, delivered, error } => {
                    let text = explain(&error, format_args!("deliver {groups} of {count} flows yet"), config);
                    return Err(ExportError::for_now(text, None).after_writing(delivered));
                }
                DeliveryOutcome::Refused { groups, whole, items, error } => {
                    let text = explain(&error, format_args!("deliver {groups} of {count} flows"), config);
                    return Err(ExportError::in_part(text, Refusal { flows: whole, spans: items as u64 }));
                }
            }
        }
    }

    /// Delivers the flows once, as far as librdkafka has room for them.
    fn attempt(&mut self, groups: &[GroupId], flows: &[Flow]) -> Result<DeliveryOutcome, ConfigError> {
        let mut delivery = self.client.begin(groups.to_vec())?;
        // Flows behind a full queue come with the next attempt.
        let _ = flows.iter().try_for_each(|flow| hand_over(&mut delivery, flow));
        Ok(delivery.finish())
    }

    fn make_smaller(&mut self, groups: &[GroupId]) -> Result<(), ExportError> {
        say_once!(
            "exporter kafka: cannot send messages or batches as large as set: the brokers refuse them; \
             they are smaller from now on. Lower OMEGI_KAFKA_MESSAGE_MAX_BYTES, or raise the brokers' \
             message.max.bytes"
        );
        self.client.make_smaller(groups).map_err(|error| self.misconfigured(&error))
    }

    fn misconfigured(&self, error: &ConfigError) -> ExportError {
        ExportError::new(explain_config(error, self.client.config()))
    }
}

/// Hands the messages of a flow to librdkafka, unless it has them.
fn hand_over(delivery: &mut Delivery<'_>, flow: &Flow) -> Result<(), QueueFull> {
    let group = group(flow);
    if !delivery.needs(group) {
        return Ok(());
    }
    let FlowMessages { messages, losses } = messages::of(flow, delivery.config());
    delivery.hand_over(group, &messages, |nth| losses[nth].report())
}

fn group(flow: &Flow) -> GroupId {
    let root = flow.root().map_or(SpanId::NONE, |root| root.span_id);
    GroupId(flow.trace_id.to_u128(), root.to_u64())
}

impl Exporter for KafkaExporter {
    fn name(&self) -> &'static str {
        "kafka"
    }

    fn export(&mut self, flows: &[Flow]) -> Result<(), ExportError> {
        quietly(|| self.deliver(flows))
    }

    fn bytes_written(&self) -> Option<u64> {
        Some(self.client.bytes_delivered())
    }
}
