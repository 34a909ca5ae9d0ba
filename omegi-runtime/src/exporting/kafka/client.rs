//! librdkafka's producer, configured.

use std::fs::File;
use std::path::Path;

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
use rdkafka::producer::BaseProducer;

use crate::exporting::ExportError;
use crate::exporting::clean::message;
use crate::settings::{KafkaSecurity, OWN_PROPERTIES, SaslMechanism};

use super::config::{KafkaConfig, KafkaLogin};
use super::reports::Reports;

/// A producer that reports there. It connects when there is something to send.
pub(super) fn connect(config: &KafkaConfig, reports: Reports) -> Result<BaseProducer<Reports>, ExportError> {
    check(config)?;
    // The first to initialise OpenSSL decides whether it is torn down when the process exits: before omegi has sent what is
    // left.
    openssl_sys::init();
    native(config).create_with_context(reports).map_err(|error| explain(error, config))
}

/// What librdkafka would complain of in its own words, or not at all.
fn check(config: &KafkaConfig) -> Result<(), ExportError> {
    if let Some((name, _)) = config.properties.iter().find(|(name, _)| OWN_PROPERTIES.contains(&&**name)) {
        let complaint =
            format!("the property {name} is not to be chosen: take it out of OMEGI_KAFKA_PROPERTIES");
        return Err(ExportError::new(complaint));
    }
    check_file("OMEGI_KAFKA_SSL_CA_LOCATION", config.ca_location.as_deref())?;
    check_file("OMEGI_KAFKA_SSL_CERTIFICATE_LOCATION", config.certificate_location.as_deref())?;
    check_file("OMEGI_KAFKA_SSL_KEY_LOCATION", config.key_location.as_deref())
}

fn check_file(variable: &str, path: Option<&Path>) -> Result<(), ExportError> {
    let Some(path) = path else { return Ok(()) };
    File::open(path).map(drop).map_err(|error| {
        ExportError::new(format!(
            "{variable}: {} cannot be read: {error}",
            message(&path.display().to_string())
        ))
    })
}

fn native(config: &KafkaConfig) -> ClientConfig {
    let mut native = ClientConfig::new();
    // Its log lines would gather in a queue until somebody asks for them; what counts comes as errors.
    native.set_log_level(RDKafkaLogLevel::Emerg);
    let mut set = |name: &str, value: &str| {
        native.set(name, value);
    };
    set("bootstrap.servers", &config.servers());
    set("client.id", "omegi");
    set("acks", "all");
    set("enable.idempotence", "true");
    // Without limit: how long flows are worth waiting for is decided where they wait.
    set("message.timeout.ms", "0");
    set("message.max.bytes", &config.max_message_bytes.to_string());
    set("queue.buffering.max.kbytes", &queue_kilobytes(config).to_string());
    // An export waits for its messages: nothing else could join them.
    set("linger.ms", "1");
    // The partition that the clients for Java and Python choose too: a trace is in one, whoever sends its parts.
    set("partitioner", "murmur2_random");
    set("security.protocol", protocol(config.security));
    for (name, path) in [
        ("ssl.ca.location", &config.ca_location),
        ("ssl.certificate.location", &config.certificate_location),
        ("ssl.key.location", &config.key_location),
    ] {
        path.iter().for_each(|path| set(name, &path.to_string_lossy()));
    }
    if let Some(KafkaLogin { mechanism: how, username, password }) = &config.login {
        set("sasl.mechanism", mechanism(*how));
        set("sasl.username", username);
        set("sasl.password", password);
    }
    config.properties.iter().for_each(|(name, value)| set(name, value));
    native
}

/// A queue that has room for one message at least.
fn queue_kilobytes(config: &KafkaConfig) -> usize {
    config.max_queue_bytes.max(config.max_message_bytes).div_ceil(1024).clamp(1, i32::MAX as usize)
}

const fn protocol(security: KafkaSecurity) -> &'static str {
    match security {
        KafkaSecurity::Plaintext => "plaintext",
        KafkaSecurity::Ssl => "ssl",
        KafkaSecurity::SaslPlaintext => "sasl_plaintext",
        KafkaSecurity::SaslSsl => "sasl_ssl",
    }
}

const fn mechanism(mechanism: SaslMechanism) -> &'static str {
    match mechanism {
        SaslMechanism::Plain => "PLAIN",
        SaslMechanism::ScramSha256 => "SCRAM-SHA-256",
        SaslMechanism::ScramSha512 => "SCRAM-SHA-512",
    }
}

/// Says what is wrong without the value, which may be a secret: librdkafka repeats it.
fn explain(error: KafkaError, config: &KafkaConfig) -> ExportError {
    let told = match error {
        KafkaError::ClientConfig(_, _, name, _) => {
            format!(
                "librdkafka does not take this value of the property {}: see OMEGI_KAFKA_PROPERTIES",
                message(&name)
            )
        }
        KafkaError::ClientCreation(why) => format!("librdkafka cannot be started: {}", message(&why)),
        other => format!("librdkafka cannot be started: {other}"),
    };
    ExportError::new(config.without_secrets(told))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(config: KafkaConfig) -> String {
        connect(&config, Reports::default()).map(drop).unwrap_err().to_string()
    }

    fn with(name: &str, value: &str) -> KafkaConfig {
        KafkaConfig {
            properties: vec![(name.to_owned(), value.to_owned())],
            ..KafkaConfig::new(["localhost:9092"])
        }
    }

    #[test]
    fn what_delivery_is_counted_by_is_not_to_be_chosen() {
        let expected = "the property acks is not to be chosen: take it out of OMEGI_KAFKA_PROPERTIES";
        assert_eq!(told(with("acks", "0")), expected);
    }

    #[test]
    fn wrong_properties_are_told_without_their_values() {
        for (name, value) in [("compression.codec", "hunter2"), ("no.such", "hunter2")] {
            let expected = format!(
                "librdkafka does not take this value of the property {name}: see OMEGI_KAFKA_PROPERTIES"
            );
            assert_eq!(told(with(name, value)), expected);
        }
    }

    #[test]
    fn files_that_are_not_there_are_told_by_their_variable() {
        let told =
            told(KafkaConfig { ca_location: Some("/nowhere/ca.pem".into()), ..with("client.id", "shop") });
        assert!(
            told.starts_with("OMEGI_KAFKA_SSL_CA_LOCATION: /nowhere/ca.pem cannot be read: No such"),
            "{told}"
        );
    }

    #[test]
    fn files_of_something_else_are_told() {
        let config = KafkaConfig {
            security: KafkaSecurity::Ssl,
            ca_location: Some(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml").into()),
            ..with("client.id", "shop")
        };
        let told = told(config);
        assert!(told.starts_with("librdkafka cannot be started: ssl.ca.location failed"), "{told}");
    }

    #[test]
    fn every_protection_is_built_in() {
        let login = |mechanism| {
            let (username, password) = ("me".to_owned(), "hunter2".to_owned());
            Some(KafkaLogin { mechanism, username, password })
        };
        for mechanism in [SaslMechanism::Plain, SaslMechanism::ScramSha256, SaslMechanism::ScramSha512] {
            for security in [KafkaSecurity::SaslPlaintext, KafkaSecurity::SaslSsl] {
                let config = with("client.id", "shop");
                let config = KafkaConfig { security, login: login(mechanism), ..config };
                connect(&config, Reports::default()).map(drop).unwrap();
            }
        }
        connect(&with("compression.codec", "lz4"), Reports::default()).map(drop).unwrap();
    }
}
