//! Configurations that cannot be used.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// The reason why a client cannot be made of a configuration.
///
/// ```
/// use omegi_kafka::{Client, ConfigError, KafkaConfig};
///
/// let config = KafkaConfig {
///     properties: vec![("acks".to_owned(), "0".to_owned())],
///     ..KafkaConfig::new(["localhost:9092"])
/// };
/// let error = Client::new(config).map(drop).unwrap_err();
/// assert!(matches!(error, ConfigError::ReservedProperty(_)));
/// assert_eq!(error.to_string(), "the property acks is reserved");
/// ```
#[derive(Debug)]
pub enum ConfigError {
    /// The configuration holds a [reserved property](omegi_config::RESERVED_KAFKA_PROPERTIES): its
    /// name.
    ReservedProperty(String),
    /// librdkafka does not know a property, or does not take its value: its name.
    Property(String),
    /// A file for TLS cannot be read.
    File {
        /// The kind of file.
        file: TlsFile,
        /// The file.
        path: PathBuf,
        /// The reason.
        error: io::Error,
    },
    /// librdkafka does not start, for this reason. The reason may repeat values of properties, and
    /// so secrets.
    Start(String),
}

/// A file for TLS.
///
/// ```
/// use omegi_kafka::{Client, ConfigError, KafkaConfig, TlsFile};
///
/// let config = KafkaConfig {
///     ca_location: Some("/nowhere/ca.pem".into()),
///     ..KafkaConfig::new(["localhost:9093"])
/// };
/// let error = Client::new(config).map(drop).unwrap_err();
/// assert!(matches!(error, ConfigError::File { file: TlsFile::Authorities, .. }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsFile {
    /// The certificates that verify the brokers'.
    Authorities,
    /// The client's certificate.
    Certificate,
    /// The key of the client's certificate.
    Key,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReservedProperty(name) => write!(f, "the property {name} is reserved"),
            Self::Property(name) => write!(f, "librdkafka does not take this value of the property {name}"),
            Self::File { path, error, .. } => write!(f, "cannot read {}: {error}", path.display()),
            Self::Start(reason) => write!(f, "cannot start librdkafka: {reason}"),
        }
    }
}

impl Error for ConfigError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::File { error, .. } => Some(error),
            Self::ReservedProperty(_) | Self::Property(_) | Self::Start(_) => None,
        }
    }
}
