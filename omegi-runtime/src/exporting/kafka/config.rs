//! How to reach Kafka, and what it is sent.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::settings::{KafkaEncoding, KafkaSecurity, MASK, SaslMechanism};

/// How to reach Kafka, and what it is sent. Its `Debug` shows neither token nor password nor properties' values.
///
/// ```
/// use omegi_runtime::{KafkaConfig, KafkaEncoding};
///
/// let config = KafkaConfig { encoding: KafkaEncoding::OtlpProto, ..KafkaConfig::new(["broker-1:9092", "broker-2:9092"]) };
/// assert_eq!(config.spans_topic, "otlp_spans");
/// ```
#[derive(Clone)]
pub struct KafkaConfig {
    /// The brokers that are asked for the others: `host:port`.
    pub brokers: Vec<String>,
    /// What messages hold.
    pub encoding: KafkaEncoding,
    /// With [`KafkaEncoding::Omegi`], the topic of flows with an error.
    pub error_topic: String,
    /// With [`KafkaEncoding::Omegi`], the topic of flows without an error.
    pub flow_topic: String,
    /// With [`KafkaEncoding::OtlpProto`], the topic of all flows.
    pub spans_topic: String,
    /// With [`KafkaEncoding::Omegi`], the credential that stands as `token` in each message.
    pub token: Option<String>,
    /// How long one export waits for the brokers at most. What they have not taken by then stays under way.
    pub timeout: Duration,
    /// The size of the largest message, in bytes. Brokers refuse larger ones (`message.max.bytes`).
    pub max_message_bytes: usize,
    /// How much is under way at most, in bytes; when that is full, an export waits, and then fails for now.
    pub max_queue_bytes: usize,
    /// How connections are protected.
    pub security: KafkaSecurity,
    /// The certificates that brokers' certificates are checked by: a PEM file or a folder; `None`: those that the system trusts.
    pub ca_location: Option<PathBuf>,
    /// The certificate that is shown to brokers: a PEM file.
    pub certificate_location: Option<PathBuf>,
    /// Its private key: a PEM file.
    pub key_location: Option<PathBuf>,
    /// How and as whom to log in, where [`security`](Self::security) has a login.
    pub login: Option<KafkaLogin>,
    /// Further properties of [librdkafka], which win over the others.
    ///
    /// [librdkafka]: https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md
    pub properties: Vec<(String, String)>,
}

/// How and as whom to log in to Kafka. Its `Debug` does not show the password.
///
/// ```
/// use omegi_runtime::{KafkaConfig, KafkaLogin, KafkaSecurity, SaslMechanism};
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
    /// How.
    pub mechanism: SaslMechanism,
    /// As whom.
    pub username: String,
    /// With which password.
    pub password: String,
}

impl KafkaConfig {
    /// Omegi's messages on the topics `error` and `flow`, up to 1,000,000 bytes each, waited for five seconds, without TLS.
    ///
    /// ```
    /// use omegi_runtime::KafkaConfig;
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

    /// A message without the secrets of this configuration, which librdkafka or a broker may have repeated.
    pub(super) fn without_secrets(&self, message: String) -> String {
        let password = self.login.iter().map(|login| &login.password);
        let values = self.properties.iter().map(|(_, value)| value);
        // Shorter ones are none, and would make the message unreadable.
        let secrets = password.chain(&self.token).chain(values).filter(|secret| secret.len() > 3);
        secrets.fold(message, |message, secret| message.replace(&**secret, MASK))
    }

    /// The brokers as a comma list.
    pub(super) fn servers(&self) -> String {
        self.brokers.join(",")
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
        let repeated = config.without_secrets("SASL: no user \"me\" with password \"hunter2\"".to_owned());
        assert_eq!(repeated, "SASL: no user \"me\" with password \"****\"");
        let shown = format!("{config:?}");
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(shown.contains("ssl.key.password"), "{shown}");
    }
}
