//! The configuration of the Kafka exporter.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// The properties of librdkafka that [`KafkaConfig::properties`] must not hold: the exporter counts
/// deliveries by them.
///
/// ```
/// use omegi_config::RESERVED_KAFKA_PROPERTIES;
///
/// assert!(RESERVED_KAFKA_PROPERTIES.contains(&"acks"));
/// ```
pub const RESERVED_KAFKA_PROPERTIES: [&str; 8] = [
    "acks",
    "delivery.report.only.error",
    "delivery.timeout.ms",
    "enable.idempotence",
    "message.max.bytes",
    "message.timeout.ms",
    "request.required.acks",
    "transactional.id",
];

/// The content of Kafka messages.
///
/// ```
/// # use omegi_config as omegi;
/// use omegi::{KafkaConfig, KafkaEncoding};
///
/// assert_eq!(KafkaConfig::new(["localhost:9092"]).encoding, KafkaEncoding::Omegi);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KafkaEncoding {
    /// JSON for Omegi's collect server: `omegi`. Flows with an error have a topic of their own.
    Omegi,
    /// OTLP's `TracesData` as protobuf, for the OpenTelemetry Collector's Kafka receiver:
    /// `otlp_proto`.
    OtlpProto,
}

/// The protection of connections to Kafka (librdkafka's `security.protocol`).
///
/// ```
/// # use omegi_config as omegi;
/// use omegi::{KafkaConfig, KafkaSecurity};
///
/// let config = KafkaConfig {
///     security: KafkaSecurity::Ssl,
///     ca_location: Some("/etc/shop/brokers.pem".into()),
///     ..KafkaConfig::new(["broker-1:9093"])
/// };
/// # drop(config);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KafkaSecurity {
    /// No protection: `plaintext`.
    Plaintext,
    /// TLS: `ssl`.
    Ssl,
    /// A login over a connection without TLS: `sasl_plaintext`.
    SaslPlaintext,
    /// TLS and a login: `sasl_ssl`.
    SaslSsl,
}

/// The method of a login to Kafka ([IANA's SASL mechanisms]).
///
/// ```
/// # use omegi_config as omegi;
/// use omegi::{KafkaLogin, SaslMechanism};
///
/// // The brokers never see the password.
/// let mechanism = SaslMechanism::ScramSha256;
/// let login = KafkaLogin { mechanism, username: "shop".into(), password: "hunter2".into() };
/// assert_ne!(login.mechanism, SaslMechanism::Plain);
/// ```
///
/// [IANA's SASL mechanisms]: https://www.iana.org/assignments/sasl-mechanisms/sasl-mechanisms.xhtml
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaslMechanism {
    /// Sends the password as it is: `PLAIN`.
    Plain,
    /// Proves knowledge of the password: `SCRAM-SHA-256`.
    ScramSha256,
    /// Proves knowledge of the password: `SCRAM-SHA-512`.
    ScramSha512,
}

/// The address of Kafka brokers, and the form of messages to them. Its `Debug` shows neither token
/// nor password nor values of properties.
///
/// ```
/// # use omegi_config as omegi;
/// use omegi::{KafkaConfig, KafkaEncoding};
///
/// let config = KafkaConfig {
///     encoding: KafkaEncoding::OtlpProto,
///     ..KafkaConfig::new(["broker-1:9092", "broker-2:9092"])
/// };
/// assert_eq!(config.spans_topic, "otlp_spans");
/// ```
#[derive(Clone)]
pub struct KafkaConfig {
    /// The first brokers to connect to: `host:port`. They name the others.
    pub brokers: Vec<String>,
    /// The content of messages.
    pub encoding: KafkaEncoding,
    /// With [`KafkaEncoding::Omegi`], the topic of flows with an error.
    pub error_topic: String,
    /// With [`KafkaEncoding::Omegi`], the topic of flows without an error.
    pub flow_topic: String,
    /// With [`KafkaEncoding::OtlpProto`], the topic of all flows.
    pub spans_topic: String,
    /// With [`KafkaEncoding::Omegi`], the credential in the field `token` of each message.
    pub token: Option<String>,
    /// The longest time that one export waits for the brokers. Messages that they have not taken by
    /// then stay in flight.
    pub timeout: Duration,
    /// The size of the largest message, in bytes. Brokers refuse larger ones (`message.max.bytes`).
    pub max_message_bytes: usize,
    /// The largest size of all messages in flight, in bytes. An export waits for room, and then
    /// fails temporarily.
    pub max_queue_bytes: usize,
    /// The protection of connections.
    pub security: KafkaSecurity,
    /// The certificates that verify the brokers': a PEM file or a folder. `None`: those that the
    /// system trusts.
    pub ca_location: Option<PathBuf>,
    /// The client's certificate for the brokers: a PEM file.
    pub certificate_location: Option<PathBuf>,
    /// Its private key: a PEM file.
    pub key_location: Option<PathBuf>,
    /// The login, where [`security`](Self::security) has one.
    pub login: Option<KafkaLogin>,
    /// Further properties of [librdkafka], which win over the fields above.
    ///
    /// [librdkafka]: https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md
    pub properties: Vec<(String, String)>,
}

/// A login to Kafka. Its `Debug` does not show the password.
///
/// ```
/// # use omegi_config as omegi;
/// use omegi::{KafkaConfig, KafkaLogin, KafkaSecurity, SaslMechanism};
///
/// let login = KafkaLogin {
///     mechanism: SaslMechanism::ScramSha512,
///     username: "shop".to_owned(),
///     password: "hunter2".to_owned(),
/// };
/// let config = KafkaConfig {
///     security: KafkaSecurity::SaslSsl,
///     login: Some(login),
///     ..KafkaConfig::new(["broker-1:9093"])
/// };
/// assert!(!format!("{config:?}").contains("hunter2"));
/// ```
#[derive(Clone)]
pub struct KafkaLogin {
    /// The method.
    pub mechanism: SaslMechanism,
    /// The user.
    pub username: String,
    /// The password.
    pub password: String,
}

impl KafkaConfig {
    /// Returns a configuration for Omegi's messages on the topics `error` and `flow`: up to
    /// 1,000,000 bytes each, five seconds to wait, no TLS.
    ///
    /// ```
    /// # use omegi_config as omegi;
    /// use omegi::KafkaConfig;
    ///
    /// let config = KafkaConfig::new(["localhost:9092"]);
    /// assert_eq!((&*config.error_topic, &*config.flow_topic), ("error", "flow"));
    /// assert_eq!(config.timeout.as_secs(), 5);
    /// ```
    pub fn new<B: Into<String>>(brokers: impl IntoIterator<Item = B>) -> Self {
        Self {
            brokers: brokers.into_iter().map(Into::into).collect(),
            encoding: KafkaEncoding::Omegi,
            error_topic: "error".to_owned(),
            flow_topic: "flow".to_owned(),
            spans_topic: "otlp_spans".to_owned(),
            token: None,
            timeout: Duration::from_secs(5),
            max_message_bytes: 1_000_000,
            max_queue_bytes: 16 << 20,
            security: KafkaSecurity::Plaintext,
            ca_location: None,
            certificate_location: None,
            key_location: None,
            login: None,
            properties: Vec::new(),
        }
    }
}

impl fmt::Debug for KafkaConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.properties.iter().map(|(name, _)| name).collect();
        f.debug_struct("KafkaConfig")
            .field("brokers", &self.brokers)
            .field("encoding", &self.encoding)
            .field("error_topic", &self.error_topic)
            .field("flow_topic", &self.flow_topic)
            .field("spans_topic", &self.spans_topic)
            .field("timeout", &self.timeout)
            .field("max_message_bytes", &self.max_message_bytes)
            .field("max_queue_bytes", &self.max_queue_bytes)
            .field("security", &self.security)
            .field("ca_location", &self.ca_location)
            .field("certificate_location", &self.certificate_location)
            .field("key_location", &self.key_location)
            .field("login", &self.login)
            .field("properties", &names)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for KafkaLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaLogin")
            .field("mechanism", &self.mechanism)
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        let secret = || "hunter2".to_owned();
        let login =
            KafkaLogin { mechanism: SaslMechanism::Plain, username: "me".to_owned(), password: secret() };
        let config = KafkaConfig {
            token: Some(secret()),
            login: Some(login),
            properties: vec![("ssl.key.password".to_owned(), secret())],
            ..KafkaConfig::new(["localhost:9092"])
        };
        let shown = format!("{config:?}");
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(shown.contains("ssl.key.password"), "{shown}");
    }
}
