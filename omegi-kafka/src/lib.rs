//! omegi's client for Kafka, around librdkafka.
//!
//! A [`Client`] takes messages in groups and reports which groups the brokers have. librdkafka
//! connects, batches, retries and reconnects on threads of its own. This crate knows neither
//! omegi's flows nor its settings: the exporter in `omegi-runtime` writes the messages and explains
//! the errors.
//!
//! A delivery that has waited long enough leaves its messages with librdkafka (ADR 11).
//!
//! Without the feature `enable`, only the types of its configuration are here.

#[cfg(feature = "enable")]
mod client;
#[cfg(feature = "enable")]
mod config_error;
#[cfg(feature = "enable")]
mod delivery_error;
#[cfg(feature = "enable")]
mod delivery_timer;
#[cfg(feature = "enable")]
mod in_flight;
#[cfg(feature = "enable")]
mod message;
#[cfg(feature = "enable")]
mod producer;
#[cfg(feature = "enable")]
mod reports;
#[cfg(feature = "enable")]
mod size_limits;

pub use omegi_config::{KafkaConfig, KafkaEncoding, KafkaLogin, KafkaSecurity, SaslMechanism};

#[cfg(feature = "enable")]
pub use {
    client::{Client, Delivery, DeliveryOutcome, QueueFull},
    config_error::{ConfigError, TlsFile},
    delivery_error::DeliveryError,
    message::{GroupId, Message},
};

// The tests of omegi-runtime start the mock cluster of librdkafka. As a dependency for tests,
// rdkafka could not be optional.
#[cfg(feature = "enable")]
#[doc(hidden)]
pub use rdkafka;
