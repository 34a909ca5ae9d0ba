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
    /// It is larger than we said that messages may be, and nobody asked the brokers.
    BeyondLimit,
    /// The connection broke.
    Broken(String),
    /// librdkafka gave it back, because it has to start anew.
    GivenBack(String),
    /// Something else, in librdkafka's words.
    Refused(String),
}

impl Failure {
    /// What it means that a message was not delivered.
    pub(super) fn of_message(code: Code) -> Self {
        match code {
            Code::MessageTimedOut | Code::OperationTimedOut | Code::RequestTimedOut | Code::QueueFull => {
                Self::TimedOut
            }
            Code::UnknownTopic | Code::UnknownTopicOrPartition | Code::UnknownPartition => Self::NoTopic,
            Code::MessageSizeTooLarge | Code::InvalidMessageSize => Self::TooLarge,
            Code::TopicAuthorizationFailed | Code::ClusterAuthorizationFailed => Self::Forbidden,
            Code::Authentication | Code::SaslAuthenticationFailed => Self::Unauthorized,
            Code::PurgeQueue | Code::PurgeInflight | Code::Fatal => Self::GivenBack(code.to_string()),
            other => Self::Refused(other.to_string()),
        }
    }

    /// What it means that librdkafka did not take a message, which it measures before it does.
    pub(super) fn of_handing_over(code: Code) -> Self {
        match code {
            Code::MessageSizeTooLarge => Self::BeyondLimit,
            other => Self::of_message(other),
        }
    }

    /// What it means that there is no connection: librdkafka's reason reads `localhost:9092/bootstrap: Connect to
    /// ipv4#127.0.0.1:9092 failed: Connection refused (after 0ms in state CONNECT)`.
    pub(super) fn of_connection(code: Code, reason: &str) -> Self {
        match code {
            Code::Resolve => Self::UnknownHost,
            Code::Authentication | Code::SaslAuthenticationFailed => Self::Unauthorized,
            Code::SSL => Self::NoTls(reason.to_owned()),
            // Who speaks no TLS hangs up.
            _ if reason.contains("SSL_HANDSHAKE") => Self::NoTls(reason.to_owned()),
            _ if reason.contains("Connection refused") => Self::NobodyListens,
            _ => Self::Broken(reason.to_owned()),
        }
    }

    /// Whether the same message may be delivered later: so it is with whatever keeps brokers from answering.
    pub(super) const fn may_pass(&self) -> bool {
        match self {
            Self::NobodyListens
            | Self::UnknownHost
            | Self::TimedOut
            | Self::Unauthorized
            | Self::NoTls(_)
            | Self::Broken(_)
            | Self::GivenBack(_) => true,
            Self::Forbidden | Self::NoTopic | Self::TooLarge | Self::BeyondLimit | Self::Refused(_) => false,
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
                "{servers} did not answer within {:?}: see whether it is overloaded, or raise OTEL_BSP_EXPORT_TIMEOUT",
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
            Failure::BeyondLimit => write!(
                f,
                "what cannot be cut of a message is larger than {} bytes, and {servers} was not asked to take it: raise \
                 OMEGI_KAFKA_MESSAGE_MAX_BYTES and the brokers' message.max.bytes",
                self.config.max_message_bytes
            ),
            Failure::Broken(why) => write!(f, "no connection to {servers}: {}", message(why)),
            Failure::GivenBack(why) => write!(f, "the producer for {servers} starts anew: {}", message(why)),
            Failure::Refused(why) => write!(f, "{servers}: {}", message(why)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_that_fail_are_told_apart() {
        let of = |code, reason: &str| Failure::of_connection(code, reason);
        let refused = "localhost:9092/bootstrap: Connect to ipv4#127.0.0.1:9092 failed: Connection refused";
        assert_eq!(of(Code::BrokerTransportFailure, refused), Failure::NobodyListens);
        let reset = "ssl://localhost:9092/1: Disconnected (after 0ms in state SSL_HANDSHAKE)";
        assert_eq!(of(Code::BrokerTransportFailure, reset), Failure::NoTls(reset.to_owned()));
        assert_eq!(of(Code::Authentication, "SASL: no such user"), Failure::Unauthorized);
        assert_eq!(of(Code::BrokerTransportFailure, "reset"), Failure::Broken("reset".to_owned()));
    }

    #[test]
    fn every_failure_is_one_line_with_the_brokers() {
        let why = || "a\nb".to_owned();
        let config = KafkaConfig::new(["one:1", "two:2"]);
        for failure in [
            Failure::NobodyListens,
            Failure::UnknownHost,
            Failure::TimedOut,
            Failure::Unauthorized,
            Failure::Forbidden,
            Failure::NoTls(why()),
            Failure::NoTopic,
            Failure::TooLarge,
            Failure::BeyondLimit,
            Failure::Broken(why()),
            Failure::GivenBack(why()),
            Failure::Refused(why()),
        ] {
            let said = Remedies { failure: &failure, config: &config }.to_string();
            assert!(said.contains("one:1,two:2") && said.lines().count() == 1, "{said}");
        }
    }
}
