//! Why messages were not delivered, and what to do about it.

use std::fmt;

use rdkafka::error::RDKafkaErrorCode as Code;

use crate::exporting::clean::message;

use super::config::KafkaConfig;

/// Why messages were not delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The port is closed.
    NobodyListens,
    /// The host's name is unknown.
    UnknownHost,
    /// There was no answer in time.
    TimedOut,
    /// The brokers want another login.
    Unauthorized,
    /// The login does not allow to write there.
    Forbidden,
    /// There is no encrypted connection.
    NoTls(String),
    /// The topic is not there, and is not made by writing to it.
    NoTopic,
    /// Brokers take no messages of this size.
    TooLarge,
    /// The queue in this process stayed full.
    QueueFull,
    /// The connection broke.
    Broken(String),
    /// Something else, in librdkafka's words.
    Refused(String),
}

impl Failure {
    /// What it means that a message was not delivered.
    pub(super) fn of_message(code: Code) -> Self {
        match code {
            Code::MessageTimedOut | Code::OperationTimedOut | Code::RequestTimedOut => Self::TimedOut,
            Code::UnknownTopic | Code::UnknownTopicOrPartition | Code::UnknownPartition => Self::NoTopic,
            Code::MessageSizeTooLarge | Code::InvalidMessageSize => Self::TooLarge,
            Code::TopicAuthorizationFailed | Code::ClusterAuthorizationFailed => Self::Forbidden,
            Code::Authentication | Code::SaslAuthenticationFailed => Self::Unauthorized,
            Code::QueueFull => Self::QueueFull,
            other => Self::Refused(other.to_string()),
        }
    }

    /// What it means that there is no connection: librdkafka's reason reads `localhost:9092/bootstrap: Connect to
    /// ipv4#127.0.0.1:9092 failed: Connection refused (after 0ms in state CONNECT)`.
    pub(super) fn of_connection(code: Code, reason: &str) -> Self {
        match code {
            Code::Resolve => Self::UnknownHost,
            Code::Authentication | Code::SaslAuthenticationFailed => Self::Unauthorized,
            Code::SSL => Self::NoTls(reason.to_owned()),
            _ if reason.contains("Connection refused") => Self::NobodyListens,
            _ => Self::Broken(reason.to_owned()),
        }
    }
}

/// A failure in one line, with what to do about it.
pub(super) struct Remedies<'a> {
    /// What happened.
    pub(super) failure: &'a Failure,
    /// How it was tried.
    pub(super) config: &'a KafkaConfig,
}

impl fmt::Display for Remedies<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let servers = self.config.servers();
        let servers = message(&servers);
        match self.failure {
            Failure::NobodyListens => write!(
                f,
                "nobody listens at {servers} (connection refused): start a broker or set OMEGI_KAFKA_SERVER"
            ),
            Failure::UnknownHost => write!(f, "a host of {servers} is unknown: correct OMEGI_KAFKA_SERVER"),
            Failure::TimedOut => write!(
                f,
                "{servers} did not take them within {:?}: see whether it is overloaded, or raise OMEGI_KAFKA_TIMEOUT",
                self.config.timeout
            ),
            Failure::Unauthorized => write!(
                f,
                "{servers} does not accept the login: correct OMEGI_KAFKA_SASL_USERNAME, OMEGI_KAFKA_SASL_PASSWORD and \
                 OMEGI_KAFKA_SASL_MECHANISM"
            ),
            Failure::Forbidden => {
                write!(f, "{servers} does not let the login write to the topic: allow it there")
            }
            Failure::NoTls(why) => write!(
                f,
                "no encrypted connection to {servers} ({}): see OMEGI_KAFKA_SECURITY_PROTOCOL and \
                 OMEGI_KAFKA_SSL_CA_LOCATION",
                message(why)
            ),
            Failure::NoTopic => write!(
                f,
                "{servers} has no topic of that name: make it there, or correct OMEGI_KAFKA_TOPIC_ERROR, \
                 OMEGI_KAFKA_TOPIC_FLOW, OMEGI_KAFKA_TOPIC_SPANS"
            ),
            Failure::TooLarge => write!(
                f,
                "{servers} takes no messages of that size: lower OMEGI_KAFKA_MESSAGE_MAX_BYTES, or raise the brokers' \
                 message.max.bytes"
            ),
            Failure::QueueFull => write!(f, "{servers} took too little for {:?}", self.config.timeout),
            Failure::Broken(why) => write!(f, "no connection to {servers}: {}", message(why)),
            Failure::Refused(why) => write!(f, "{servers}: {}", message(why)),
        }
    }
}
