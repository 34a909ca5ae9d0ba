//! Configurations that cannot be used.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// The reason why a client cannot be made of a configuration. Holds no secret.
///
/// ```
/// use omegi_otlp::{Client, ConfigError, OtlpConfig, OtlpProtocol, Signal};
///
/// let config = OtlpConfig::new(OtlpProtocol::Grpc, "localhost:4317");
/// let error = Client::new(config, Signal::Traces, || ()).map(drop).unwrap_err();
/// assert!(matches!(error, ConfigError::Endpoint));
/// assert_eq!(error.to_string(), "the endpoint is not an http or https URL");
/// ```
#[derive(Debug)]
pub enum ConfigError {
    /// The endpoint is not an absolute `http` or `https` URL.
    Endpoint,
    /// The proxy is not an absolute `http`, `https`, `socks5` or `socks5h` URL, or its user or
    /// password is longer than SOCKS allows.
    Proxy,
    /// HTTP does not allow the name or the value of a header.
    Header {
        /// The header's name.
        name: String,
        /// The part that HTTP does not allow.
        part: HeaderPart,
    },
    /// A file for TLS cannot be read, or does not hold PEM of its kind.
    File {
        /// The kind of file.
        file: TlsFile,
        /// The file.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
    /// rustls does not take the configuration.
    Tls(String),
    /// The system gives no file descriptors for the asynchronous runtime.
    Runtime(io::Error),
}

/// A part of a header.
///
/// ```
/// use omegi_otlp::{Client, ConfigError, HeaderPart, OtlpConfig, OtlpProtocol, Signal};
///
/// let config = OtlpConfig {
///     headers: vec![("two words".to_owned(), "hunter2".to_owned())],
///     ..OtlpConfig::new(OtlpProtocol::Grpc, "http://localhost:4317")
/// };
/// let error = Client::new(config, Signal::Traces, || ()).map(drop).unwrap_err();
/// assert!(matches!(error, ConfigError::Header { part: HeaderPart::Name, .. }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderPart {
    /// The name.
    Name,
    /// The value.
    Value,
}

/// A file for TLS.
///
/// ```
/// use omegi_otlp::{Client, ConfigError, OtlpConfig, OtlpProtocol, Signal, TlsFile};
///
/// let config = OtlpConfig {
///     certificate: Some("/nowhere/ca.pem".into()),
///     ..OtlpConfig::new(OtlpProtocol::Grpc, "https://localhost:4317")
/// };
/// let error = Client::new(config, Signal::Traces, || ()).map(drop).unwrap_err();
/// assert!(matches!(error, ConfigError::File { file: TlsFile::Certificate, .. }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsFile {
    /// The certificates that verify the backend's.
    Certificate,
    /// The client's certificate chain.
    ClientCertificate,
    /// The key of the client's certificate.
    ClientKey,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endpoint => f.write_str("the endpoint is not an http or https URL"),
            Self::Proxy => f.write_str("the proxy is not an http, https or socks5 URL"),
            Self::Header { name, part: HeaderPart::Name } => {
                write!(f, "HTTP does not allow the header name {name:?}")
            }
            Self::Header { name, part: HeaderPart::Value } => {
                write!(f, "HTTP does not allow the value of the header {name:?}")
            }
            Self::File { path, reason, .. } => write!(f, "cannot use {}: {reason}", path.display()),
            Self::Tls(reason) => write!(f, "cannot set up TLS: {reason}"),
            Self::Runtime(error) => write!(f, "cannot start an asynchronous runtime: {error}"),
        }
    }
}

impl Error for ConfigError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Runtime(error) => Some(error),
            Self::Endpoint | Self::Proxy | Self::Header { .. } | Self::File { .. } | Self::Tls(_) => None,
        }
    }
}
