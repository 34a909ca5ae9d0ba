//! Errors of the client as messages: one line, without secrets, with a remedy.

use std::fmt;

use omegi_config::{KafkaConfig, mask_secrets};
use omegi_kafka::{ConfigError, DeliveryError, TlsFile};

use crate::exporting::clean::message;

/// Returns the message for a configuration that cannot be used.
pub(super) fn explain_config(error: &ConfigError, config: &KafkaConfig) -> String {
    let text = match error {
        ConfigError::ReservedProperty(name) => {
            format!("cannot set the property {name}: omegi sets it; remove it from OMEGI_KAFKA_PROPERTIES")
        }
        ConfigError::Property(name) => format!(
            "cannot set the property {}: librdkafka does not take its value; correct OMEGI_KAFKA_PROPERTIES",
            message(name)
        ),
        ConfigError::File { file, path, error } => {
            let variable = match file {
                TlsFile::Authorities => "OMEGI_KAFKA_SSL_CA_LOCATION",
                TlsFile::Certificate => "OMEGI_KAFKA_SSL_CERTIFICATE_LOCATION",
                TlsFile::Key => "OMEGI_KAFKA_SSL_KEY_LOCATION",
            };
            let path = path.display().to_string();
            format!("cannot read {}: {error}; correct {variable}", message(&path))
        }
        ConfigError::Start(reason) => format!("cannot start librdkafka: {}", message(reason)),
    };
    without_secrets(text, config)
}

/// Returns the message for flows that were not delivered. `action` is the failed operation:
/// "deliver 1 of 2 flows".
pub(super) fn explain(error: &DeliveryError, action: fmt::Arguments<'_>, config: &KafkaConfig) -> String {
    let servers = config.brokers.join(",");
    let servers = message(&servers);
    let reason = match error {
        DeliveryError::ConnectionRefused => {
            "connection refused; start a broker or set OMEGI_KAFKA_SERVER".to_owned()
        }
        DeliveryError::UnknownHost => "unknown host; correct OMEGI_KAFKA_SERVER".to_owned(),
        DeliveryError::TimedOut => format!(
            "it did not answer within {:?}; check its load, or raise OTEL_BSP_EXPORT_TIMEOUT",
            config.timeout
        ),
        DeliveryError::Unauthorized => "it does not accept the login; correct OMEGI_KAFKA_SASL_USERNAME, \
             OMEGI_KAFKA_SASL_PASSWORD and OMEGI_KAFKA_SASL_MECHANISM"
            .to_owned(),
        DeliveryError::Forbidden => "the login may not write to the topic; allow it on the broker".to_owned(),
        DeliveryError::Tls(reason) => format!(
            "no encrypted connection ({}); correct OMEGI_KAFKA_SECURITY_PROTOCOL or \
             OMEGI_KAFKA_SSL_CA_LOCATION",
            message(reason)
        ),
        DeliveryError::NoTopic => {
            "it has no topic of that name; create it, or correct OMEGI_KAFKA_TOPIC_ERROR, \
             OMEGI_KAFKA_TOPIC_FLOW and OMEGI_KAFKA_TOPIC_SPANS"
                .to_owned()
        }
        DeliveryError::TooLarge => {
            "it takes no messages of that size; lower OMEGI_KAFKA_MESSAGE_MAX_BYTES, or raise \
             the brokers' message.max.bytes"
                .to_owned()
        }
        DeliveryError::OverLimit => format!(
            "a message cannot be cut to {} bytes, and was not sent; raise \
             OMEGI_KAFKA_MESSAGE_MAX_BYTES and the brokers' message.max.bytes",
            config.max_message_bytes
        ),
        DeliveryError::ConnectionBroken(reason) => format!("no connection: {}", message(reason)),
        DeliveryError::GivenBack(reason) => format!("the producer starts anew: {}", message(reason)),
        DeliveryError::Refused(reason) => message(reason).to_string(),
    };
    without_secrets(format!("cannot {action} to {servers}: {reason}"), config)
}

/// Masks the secrets of the configuration, which librdkafka or a broker may have repeated.
fn without_secrets(text: String, config: &KafkaConfig) -> String {
    let password = config.login.iter().map(|login| &login.password);
    let values = config.properties.iter().map(|(_, value)| value);
    mask_secrets(text, password.chain(&config.token).chain(values).map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;
    use omegi_config::{KafkaLogin, SaslMechanism};

    #[test]
    fn every_error_is_one_line_with_the_brokers() {
        let reason = || "a\nb".to_owned();
        let config = KafkaConfig::new(["one:1", "two:2"]);
        for error in [
            DeliveryError::ConnectionRefused,
            DeliveryError::UnknownHost,
            DeliveryError::TimedOut,
            DeliveryError::Unauthorized,
            DeliveryError::Forbidden,
            DeliveryError::Tls(reason()),
            DeliveryError::NoTopic,
            DeliveryError::TooLarge,
            DeliveryError::OverLimit,
            DeliveryError::ConnectionBroken(reason()),
            DeliveryError::GivenBack(reason()),
            DeliveryError::Refused(reason()),
        ] {
            let text = explain(&error, format_args!("deliver 1 of 2 flows"), &config);
            let begin = "cannot deliver 1 of 2 flows to one:1,two:2: ";
            assert!(text.starts_with(begin) && text.lines().count() == 1, "{text}");
        }
    }

    #[test]
    fn secrets_are_masked() {
        let login = KafkaLogin {
            mechanism: SaslMechanism::Plain,
            username: "me".to_owned(),
            password: "hunter2".to_owned(),
        };
        let config = KafkaConfig { login: Some(login), ..KafkaConfig::new(["localhost:9092"]) };
        let error = ConfigError::Start("SASL: no user \"me\" with password \"hunter2\"".to_owned());
        assert_eq!(
            explain_config(&error, &config),
            "cannot start librdkafka: SASL: no user \"me\" with password \"****\""
        );
    }

    #[test]
    fn errors_of_the_configuration_name_the_variable() {
        let config = KafkaConfig::new(["localhost:9092"]);
        assert_eq!(
            explain_config(&ConfigError::Property("no.such".to_owned()), &config),
            "cannot set the property no.such: librdkafka does not take its value; correct \
             OMEGI_KAFKA_PROPERTIES"
        );
        let error = std::io::Error::from(std::io::ErrorKind::NotFound);
        let error = ConfigError::File { file: TlsFile::Authorities, path: "/nowhere/ca.pem".into(), error };
        assert_eq!(
            explain_config(&error, &config),
            "cannot read /nowhere/ca.pem: entity not found; correct OMEGI_KAFKA_SSL_CA_LOCATION"
        );
    }
}
