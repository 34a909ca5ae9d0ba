//! The producer of librdkafka, configured.

use std::fs::File;
use std::path::Path;

use omegi_config::{
    KafkaConfig, KafkaLogin, KafkaSecurity, RESERVED_KAFKA_PROPERTIES as RESERVED, SaslMechanism,
};
use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
use rdkafka::producer::BaseProducer;

use crate::config_error::{ConfigError, TlsFile};
use crate::reports::Reports;
use crate::size_limits::SizeLimits;

/// Returns a producer with these limits. It connects with the first message.
pub(crate) fn start(
    config: &KafkaConfig,
    limits: SizeLimits,
    reports: Reports,
) -> Result<BaseProducer<Reports>, ConfigError> {
    check(config)?;
    // The library that initialises OpenSSL first decides whether OpenSSL is shut down when the
    // process exits. A shutdown at exit would come before omegi has sent the last flows.
    openssl_sys::init();
    librdkafka_config(config, limits).create_with_context(reports).map_err(|error| match error {
        // librdkafka repeats the value, which may be a secret.
        KafkaError::ClientConfig(_, _, name, _) => ConfigError::Property(name),
        KafkaError::ClientCreation(reason) => ConfigError::Start(reason),
        other => ConfigError::Start(other.to_string()),
    })
}

/// Finds mistakes that librdkafka reports in its own words, or not at all.
fn check(config: &KafkaConfig) -> Result<(), ConfigError> {
    if let Some((name, _)) = config.properties.iter().find(|(name, _)| RESERVED.contains(&&**name)) {
        return Err(ConfigError::ReservedProperty(name.clone()));
    }
    check_file(TlsFile::Authorities, config.ca_location.as_deref())?;
    check_file(TlsFile::Certificate, config.certificate_location.as_deref())?;
    check_file(TlsFile::Key, config.key_location.as_deref())
}

fn check_file(file: TlsFile, path: Option<&Path>) -> Result<(), ConfigError> {
    let Some(path) = path else { return Ok(()) };
    let opened = File::open(path).map(drop);
    opened.map_err(|error| ConfigError::File { file, path: path.to_owned(), error })
}

fn librdkafka_config(config: &KafkaConfig, limits: SizeLimits) -> ClientConfig {
    let mut native = ClientConfig::new();
    // Log lines would gather in a queue. Errors come as events.
    native.set_log_level(RDKafkaLogLevel::Emerg);
    let mut set = |name: &str, value: &str| {
        native.set(name, value);
    };
    set("bootstrap.servers", &config.brokers.join(","));
    set("client.id", "omegi");
    set("acks", "all");
    set("enable.idempotence", "true");
    // Without limit: the queue of flows decides how long they are kept.
    set("message.timeout.ms", "0");
    set("message.max.bytes", &limits.message.to_string());
    set("queue.buffering.max.kbytes", &queue_kilobytes(config).to_string());
    // A delivery waits for its messages: a longer linger would gather no others.
    set("linger.ms", "1");
    // Java's and Python's clients choose the same partition: all parts of a trace go to one.
    set("partitioner", "murmur2_random");
    set("security.protocol", protocol(config.security));
    for (name, path) in [
        ("ssl.ca.location", &config.ca_location),
        ("ssl.certificate.location", &config.certificate_location),
        ("ssl.key.location", &config.key_location),
    ] {
        path.iter().for_each(|path| set(name, &path.to_string_lossy()));
    }
    if let Some(KafkaLogin { mechanism: method, username, password }) = &config.login {
        set("sasl.mechanism", mechanism(*method));
        set("sasl.username", username);
        set("sasl.password", password);
    }
    config.properties.iter().for_each(|(name, value)| set(name, value));
    limits.batch.iter().for_each(|bytes| set("batch.size", &bytes.to_string()));
    native
}

/// Returns the size of the queue. It has room for one message at least.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn try_start(config: &KafkaConfig) -> Result<(), ConfigError> {
        start(config, SizeLimits::new(config.max_message_bytes), Reports::default()).map(drop)
    }

    fn error(config: KafkaConfig) -> ConfigError {
        try_start(&config).unwrap_err()
    }

    fn with(name: &str, value: &str) -> KafkaConfig {
        KafkaConfig {
            properties: vec![(name.to_owned(), value.to_owned())],
            ..KafkaConfig::new(["localhost:9092"])
        }
    }

    #[test]
    fn reserved_properties_are_refused() {
        assert_eq!(error(with("acks", "0")).to_string(), "the property acks is reserved");
    }

    #[test]
    fn wrong_properties_are_named_without_their_values() {
        for (name, value) in [("compression.codec", "hunter2"), ("no.such", "hunter2")] {
            let expected = format!("librdkafka does not take this value of the property {name}");
            assert_eq!(error(with(name, value)).to_string(), expected);
        }
    }

    #[test]
    fn missing_files_are_named() {
        let config = KafkaConfig { ca_location: Some("/nowhere/ca.pem".into()), ..with("client.id", "shop") };
        let error = error(config);
        assert!(matches!(error, ConfigError::File { file: TlsFile::Authorities, .. }), "{error:?}");
        assert!(error.to_string().starts_with("cannot read /nowhere/ca.pem: No such"), "{error}");
    }

    #[test]
    fn files_without_pem_are_refused() {
        let config = KafkaConfig {
            security: KafkaSecurity::Ssl,
            ca_location: Some(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml").into()),
            ..with("client.id", "shop")
        };
        let error = error(config).to_string();
        assert!(error.starts_with("cannot start librdkafka: ssl.ca.location failed"), "{error}");
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
                try_start(&config).unwrap();
            }
        }
        try_start(&with("compression.codec", "lz4")).unwrap();
    }
}
