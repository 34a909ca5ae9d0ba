//! Messages that were not delivered.

use std::error::Error;
use std::fmt;

use rdkafka::error::RDKafkaErrorCode as Code;

/// The reason why messages were not delivered. A text is librdkafka's.
///
/// ```
/// use omegi_kafka::DeliveryError;
///
/// assert!(DeliveryError::TimedOut.is_temporary());
/// assert!(!DeliveryError::TooLarge.is_temporary());
/// assert_eq!(DeliveryError::TimedOut.to_string(), "no answer in time");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryError {
    /// The port is closed.
    ConnectionRefused,
    /// The host's name is unknown.
    UnknownHost,
    /// No answer came in time.
    TimedOut,
    /// The brokers want another login.
    Unauthorized,
    /// The login may not write to the topic.
    Forbidden,
    /// There is no encrypted connection.
    Tls(String),
    /// The topic does not exist, and brokers do not create it.
    NoTopic,
    /// The brokers take no messages of this size.
    TooLarge,
    /// The message is larger than the configuration allows. It was not sent.
    OverLimit,
    /// The connection broke.
    ConnectionBroken(String),
    /// librdkafka or a broker gave the message back, and takes it later: the producer has to start
    /// anew, the broker has lost it or is no leader now, or another message of a batch is invalid.
    GivenBack(String),
    /// Any other reason.
    Refused(String),
}

impl DeliveryError {
    /// Returns the meaning of a delivery report.
    pub(crate) fn of_message(code: Code) -> Self {
        match code {
            Code::MessageTimedOut | Code::OperationTimedOut | Code::RequestTimedOut | Code::QueueFull => {
                Self::TimedOut
            }
            Code::UnknownTopic | Code::UnknownTopicOrPartition | Code::UnknownPartition => Self::NoTopic,
            Code::MessageSizeTooLarge | Code::InvalidMessageSize | Code::MessageBatchTooLarge => {
                Self::TooLarge
            }
            Code::TopicAuthorizationFailed | Code::ClusterAuthorizationFailed => Self::Forbidden,
            Code::Authentication | Code::SaslAuthenticationFailed => Self::Unauthorized,
            _ if gives_back(code) => Self::GivenBack(code.to_string()),
            other => Self::Refused(other.to_string()),
        }
    }

    /// Returns the reason why librdkafka did not take a message. It checks the size first.
    pub(crate) fn of_handing_over(code: Code) -> Self {
        match code {
            Code::MessageSizeTooLarge => Self::OverLimit,
            other => Self::of_message(other),
        }
    }

    /// Returns the reason why there is no connection. librdkafka's text reads
    /// `localhost:9092/bootstrap: Connect to ipv4#127.0.0.1:9092 failed: Connection refused (after
    /// 0ms in state CONNECT)`.
    pub(crate) fn of_connection(code: Code, reason: &str) -> Self {
        match code {
            Code::Resolve => Self::UnknownHost,
            Code::Authentication | Code::SaslAuthenticationFailed => Self::Unauthorized,
            Code::SSL => Self::Tls(reason.to_owned()),
            // A broker without TLS hangs up.
            _ if reason.contains("SSL_HANDSHAKE") => Self::Tls(reason.to_owned()),
            _ if reason.contains("Connection refused") => Self::ConnectionRefused,
            _ => Self::ConnectionBroken(reason.to_owned()),
        }
    }

    /// Returns whether the same message may be delivered later: after every failure to reach the
    /// brokers.
    #[must_use]
    pub const fn is_temporary(&self) -> bool {
        match self {
            Self::ConnectionRefused
            | Self::UnknownHost
            | Self::TimedOut
            | Self::Unauthorized
            | Self::Tls(_)
            | Self::ConnectionBroken(_)
            | Self::GivenBack(_) => true,
            Self::Forbidden | Self::NoTopic | Self::TooLarge | Self::OverLimit | Self::Refused(_) => false,
        }
    }
}

/// Returns whether another attempt with the same message may succeed after this error, perhaps by
/// another producer.
const fn gives_back(code: Code) -> bool {
    match code {
        // The producer is at its end.
        Code::Fatal
        | Code::PurgeQueue
        | Code::PurgeInflight
        | Code::Inconsistent
        | Code::GaplessGuarantee
        | Code::Fenced
        | Code::BrokerDestroy
        // The brokers do not know the producer, or not its latest messages: a broker started anew,
        // or has deleted those.
        | Code::UnknownProducerId
        | Code::OutOfOrderSequenceNumber
        | Code::DuplicateSequenceNumber
        | Code::InvalidProducerEpoch
        | Code::InvalidProducerIdMapping
        | Code::ProducerFenced
        // Kafka's protocol calls these retriable. librdkafka retries them itself, but not once the
        // producer has another id or epoch.
        | Code::InvalidMessage
        | Code::LeaderNotAvailable
        | Code::NotLeaderForPartition
        | Code::BrokerNotAvailable
        | Code::ReplicaNotAvailable
        | Code::NetworkException
        | Code::CoordinatorLoadInProgress
        | Code::CoordinatorNotAvailable
        | Code::NotCoordinator
        | Code::NotEnoughReplicas
        | Code::NotEnoughReplicasAfterAppend
        | Code::NotController
        | Code::ConcurrentTransactions
        | Code::KafkaStorageError
        | Code::FencedLeaderEpoch
        | Code::UnknownLeaderEpoch
        | Code::OffsetNotAvailable
        | Code::PreferredLeaderNotAvailable
        | Code::EligibleLeadersNotAvailable
        | Code::ThrottlingQuotaExceeded
        | Code::RebootstrapRequired
        // librdkafka's own codes for the same faults.
        | Code::BrokerTransportFailure
        | Code::AllBrokersDown
        | Code::ISRInsufficient
        | Code::TimedOutQueue
        | Code::WaitingForCoordinator
        | Code::NodeUpdate
        | Code::Retry
        | Code::Interrupted
        // Another message of the same batch was refused.
        | Code::InvalidDifferentRecord => true,
        _ => false,
    }
}

impl fmt::Display for DeliveryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ConnectionRefused => f.write_str("connection refused"),
            Self::UnknownHost => f.write_str("unknown host"),
            Self::TimedOut => f.write_str("no answer in time"),
            Self::Unauthorized => f.write_str("the brokers do not accept the login"),
            Self::Forbidden => f.write_str("the login may not write to the topic"),
            Self::Tls(reason) => write!(f, "no TLS connection: {reason}"),
            Self::NoTopic => f.write_str("the topic does not exist"),
            Self::TooLarge => f.write_str("the brokers take no messages of this size"),
            Self::OverLimit => f.write_str("the message is larger than the configured limit"),
            Self::ConnectionBroken(reason) => write!(f, "the connection broke: {reason}"),
            Self::GivenBack(reason) => write!(f, "the producer starts anew: {reason}"),
            Self::Refused(reason) => f.write_str(reason),
        }
    }
}

impl Error for DeliveryError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_connections_are_distinguished() {
        let of = |code, reason: &str| DeliveryError::of_connection(code, reason);
        let refused = "localhost:9092/bootstrap: Connect to ipv4#127.0.0.1:9092 failed: Connection refused";
        assert_eq!(of(Code::BrokerTransportFailure, refused), DeliveryError::ConnectionRefused);
        let reset = "ssl://localhost:9092/1: Disconnected (after 0ms in state SSL_HANDSHAKE)";
        assert_eq!(of(Code::BrokerTransportFailure, reset), DeliveryError::Tls(reset.to_owned()));
        assert_eq!(of(Code::Authentication, "SASL: no such user"), DeliveryError::Unauthorized);
        let broken = DeliveryError::ConnectionBroken("reset".to_owned());
        assert_eq!(of(Code::BrokerTransportFailure, "reset"), broken);
    }
}
