//! Brokers, and deliveries to them.

use std::error::Error;
use std::fmt;

use omegi_config::KafkaConfig;
use rdkafka::error::RDKafkaErrorCode as Code;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};

use crate::config_error::ConfigError;
use crate::delivery_error::DeliveryError;
use crate::delivery_timer::DeliveryTimer;
use crate::in_flight::MessageId;
use crate::message::{GroupId, Message};
use crate::producer;
use crate::reports::Reports;
use crate::size_limits::SizeLimits;

/// Sends messages to Kafka, each once and, for each key, in order (`enable.idempotence`).
///
/// ```no_run
/// use omegi_kafka::{Client, GroupId, KafkaConfig, Message, DeliveryOutcome};
///
/// let mut client = Client::new(KafkaConfig::new(["localhost:9092"]))?;
/// let group = GroupId(1, 1);
/// let hello = Message { topic: "t", key: "k".to_owned(), payload: b"hello".to_vec(), items: 1 };
/// let mut delivery = client.begin(vec![group])?;
/// if delivery.needs(group) {
///     delivery.hand_over(group, &[hello], |_| ())?;
/// }
/// assert_eq!(delivery.finish(), DeliveryOutcome::Delivered);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Client {
    config: KafkaConfig,
    limits: SizeLimits,
    reports: Reports,
    producer: BaseProducer<Reports>,
}

impl Client {
    /// Returns a client, without connecting.
    ///
    /// # Errors
    ///
    /// A file for TLS that cannot be read or holds something else, a property that librdkafka does
    /// not know or that is reserved, or no threads left.
    pub fn new(config: KafkaConfig) -> Result<Self, ConfigError> {
        let reports = Reports::default();
        let limits = SizeLimits::new(config.max_message_bytes);
        let producer = producer::start(&config, limits, reports.clone())?;
        Ok(Self { config, limits, reports, producer })
    }

    /// Returns the configuration.
    pub const fn config(&self) -> &KafkaConfig {
        &self.config
    }

    /// Returns the bytes of payload that the brokers have taken so far.
    pub fn bytes_delivered(&self) -> u64 {
        self.reports.lock().bytes
    }

    /// Begins a delivery of these groups. Groups that are in flight from an earlier delivery stay
    /// so.
    ///
    /// Replaces a producer that has met a fatal error: it takes nothing any more. The messages it
    /// had wait again, and may arrive twice.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new).
    pub fn begin(&mut self, groups: Vec<GroupId>) -> Result<Delivery<'_>, ConfigError> {
        if self.producer.client().fatal_error().is_some() {
            self.start_anew()?;
        }
        let timer = DeliveryTimer::start(self.config.timeout, self.is_in_trouble());
        self.reports.lock().messages.begin(&groups);
        Ok(Delivery { client: self, groups, timer })
    }

    /// Replaces the producer. Messages that the old one has not reported on wait again.
    fn start_anew(&mut self) -> Result<(), ConfigError> {
        self.producer = producer::start(&self.config, self.limits, self.reports.clone())?;
        // The old one was dropped by now, and reports no more.
        self.reports.lock().messages.give_back_all();
        Ok(())
    }

    /// Makes batches, or messages, smaller after a delivery of these groups that was
    /// [`TooLarge`](DeliveryOutcome::TooLarge).
    ///
    /// With smaller messages, a group comes whole again, also what was delivered of it.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new).
    pub fn make_smaller(&mut self, groups: &[GroupId]) -> Result<(), ConfigError> {
        let Some(smaller) = self.limits.smaller() else { return Ok(()) };
        let messages_stay = smaller.message == self.limits.message;
        self.limits = smaller;
        self.config.max_message_bytes = smaller.message;
        self.reports.lock().messages.retry_too_large(groups, messages_stay);
        self.start_anew()
    }

    /// Returns whether a known error keeps messages from being delivered.
    fn is_in_trouble(&self) -> bool {
        self.reports.lock().trouble.is_some()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("config", &self.config).finish_non_exhaustive()
    }
}

/// A delivery of groups of messages, within [`KafkaConfig::timeout`]. [`Client`] has an example.
pub struct Delivery<'c> {
    client: &'c Client,
    groups: Vec<GroupId>,
    timer: DeliveryTimer,
}

/// librdkafka's queue stayed full until the time was up. Returned by [`Delivery::hand_over`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueFull;

/// The result of a delivery, returned by [`Delivery::finish`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryOutcome {
    /// All in-sync replicas have every message.
    Delivered,
    /// Some groups are neither delivered nor refused. Deliver the same groups again.
    Pending {
        /// The number of such groups.
        groups: usize,
        /// The positions of the groups that were delivered whole.
        delivered: Vec<usize>,
        /// The reason.
        error: DeliveryError,
    },
    /// Messages were refused for their size, and all others delivered. Make messages
    /// [smaller](Client::make_smaller), and deliver the same groups again.
    TooLarge,
    /// Messages were refused for good, and all others delivered.
    Refused {
        /// The number of groups with a refused message.
        groups: usize,
        /// The positions of the groups of which nothing was delivered.
        whole: Vec<usize>,
        /// The number of items in the refused messages.
        items: usize,
        /// The first reason.
        error: DeliveryError,
    },
}

impl<'c> Delivery<'c> {
    /// Returns the configuration of the client.
    pub const fn config(&self) -> &'c KafkaConfig {
        &self.client.config
    }

    /// Returns whether librdkafka lacks a message of the group.
    pub fn needs(&self, group: GroupId) -> bool {
        self.client.reports.lock().messages.needs(group)
    }

    /// Hands the messages of a group to librdkafka, except those that it has. Waits while its queue
    /// is full. Calls `on_taken` with the position of each message that it takes; a message that it
    /// refuses counts as refused.
    ///
    /// # Errors
    ///
    /// The queue is full. The remaining messages come with the next delivery.
    pub fn hand_over(
        &mut self,
        group: GroupId,
        messages: &[Message<'_>],
        mut on_taken: impl FnMut(usize),
    ) -> Result<(), QueueFull> {
        let items = messages.iter().map(|message| message.items);
        let ids = self.client.reports.lock().messages.open(group, items);
        for id in ids {
            if self.produce(&messages[id.nth()], id)? {
                on_taken(id.nth());
            }
        }
        Ok(())
    }

    /// Hands over one message. Returns whether librdkafka took it.
    fn produce(&mut self, message: &Message<'_>, id: MessageId) -> Result<bool, QueueFull> {
        let Client { reports, producer, .. } = self.client;
        let mut record = BaseRecord::with_opaque_to(message.topic, Box::new(id))
            .key(&message.key)
            .payload(&message.payload);
        // librdkafka may report on it before `send` returns.
        reports.lock().messages.note_handed_over(id);
        while let Err((error, given_back)) = producer.send(record) {
            let code = error.rdkafka_error_code().unwrap_or(Code::Fail);
            if code != Code::QueueFull || self.is_time_up() {
                reports.note_failed(id, DeliveryError::of_handing_over(code));
                return if code == Code::QueueFull { Err(QueueFull) } else { Ok(false) };
            }
            producer.poll(self.timer.next_pause());
            record = given_back;
        }
        Ok(true)
    }

    /// Waits until every message is delivered or refused, or the time is up. Messages in flight
    /// stay so.
    #[must_use]
    pub fn finish(mut self) -> DeliveryOutcome {
        self.timer.reset_pause();
        while self.client.reports.lock().messages.any_in_flight(&self.groups) && !self.is_time_up() {
            self.client.producer.poll(self.timer.next_pause());
        }
        self.outcome()
    }

    fn is_time_up(&self) -> bool {
        self.timer.is_spent(self.client.is_in_trouble())
    }

    fn outcome(&self) -> DeliveryOutcome {
        let Self { groups, .. } = self;
        let mut state = self.client.reports.lock();
        let pending = state.messages.pending(groups);
        if pending > 0 {
            return DeliveryOutcome::Pending {
                groups: pending,
                delivered: state.messages.delivered(groups),
                error: state.trouble.clone().unwrap_or(DeliveryError::TimedOut),
            };
        }
        if state.messages.any_too_large(groups) && self.client.limits.smaller().is_some() {
            return DeliveryOutcome::TooLarge;
        }
        let outcome = match state.messages.refused(groups) {
            None => DeliveryOutcome::Delivered,
            Some((refused, error)) => DeliveryOutcome::Refused {
                groups: refused.len(),
                items: refused.iter().map(|nth| state.messages.refused_items(groups[*nth])).sum(),
                whole: refused
                    .into_iter()
                    .filter(|nth| !state.messages.any_delivered(groups[*nth]))
                    .collect(),
                error,
            },
        };
        state.messages.close(groups);
        outcome
    }
}

impl fmt::Display for QueueFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the queue of librdkafka is full")
    }
}

impl Error for QueueFull {}
