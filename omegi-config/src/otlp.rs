//! The configuration of the OTLP exporter.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::url::without_credentials;

/// The protocol and encoding of requests to an OpenTelemetry backend ([OTLP]).
///
/// ```
/// # use omegi_config as omegi;
/// use omegi::{OtlpConfig, OtlpProtocol};
///
/// let config = OtlpConfig::new(OtlpProtocol::HttpJson, "http://localhost:4318/v1/traces");
/// assert_eq!(config.protocol, OtlpProtocol::HttpJson);
/// ```
///
/// [OTLP]: https://opentelemetry.io/docs/specs/otlp/
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtlpProtocol {
    /// Protobuf over HTTP: `http/protobuf`.
    HttpProtobuf,
    /// JSON over HTTP: `http/json`.
    HttpJson,
    /// gRPC: `grpc`.
    Grpc,
}

/// The compression of OTLP requests.
///
/// ```
/// # use omegi_config as omegi;
/// use omegi::{Compression, OtlpConfig, OtlpProtocol};
///
/// let endpoint = "http://localhost:4318/v1/traces";
/// let config = OtlpConfig {
///     compression: Compression::Gzip,
///     ..OtlpConfig::new(OtlpProtocol::HttpProtobuf, endpoint)
/// };
/// # drop(config);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// No compression.
    None,
    /// gzip.
    Gzip,
}

/// The address of an OpenTelemetry backend and the form of requests to it. Its `Debug` shows
/// neither header values nor credentials in the URL.
///
/// ```
/// # use omegi_config as omegi;
/// use std::time::Duration;
///
/// use omegi::{Compression, OtlpConfig, OtlpProtocol};
///
/// let config = OtlpConfig {
///     headers: vec![("authorization".to_owned(), "Bearer hunter2".to_owned())],
///     compression: Compression::Gzip,
///     timeout: Duration::from_secs(30),
///     ..OtlpConfig::new(OtlpProtocol::HttpProtobuf, "https://collector.example/v1/traces")
/// };
/// assert!(!format!("{config:?}").contains("hunter2"));
/// ```
#[derive(Clone)]
pub struct OtlpConfig {
    /// The protocol and encoding.
    pub protocol: OtlpProtocol,
    /// The whole URL: over HTTP with the path that takes spans, usually `/v1/traces`. `https`
    /// encrypts the connection. A user and password before the host, percent-encoded, are sent as
    /// `authorization: Basic` ([RFC 7617]), unless [`headers`](Self::headers) hold that header.
    ///
    /// [RFC 7617]: https://www.rfc-editor.org/rfc/rfc7617
    pub endpoint: String,
    /// The headers of every request: names and values.
    pub headers: Vec<(String, String)>,
    /// The URL of the proxy that all connections go through: `http`, `https`, `socks5` or
    /// `socks5h`. A user and password before its host are for the proxy. Requests over HTTP go to
    /// it with an absolute URL, others through a tunnel (`CONNECT`). SOCKS proxies look up host
    /// names themselves. The environment's variables set it only where omegi reads them.
    pub proxy: Option<String>,
    /// A PEM file with the certificates that verify the backend's, instead of those that the system
    /// trusts.
    pub certificate: Option<PathBuf>,
    /// A PEM file with the client's certificate chain, for backends that verify their clients.
    pub client_certificate: Option<PathBuf>,
    /// A PEM file with the key of the client's certificate.
    pub client_key: Option<PathBuf>,
    /// The longest time that one request may take, its retries included.
    pub timeout: Duration,
    /// The compression of requests.
    pub compression: Compression,
    /// The largest number of spans in one request. Receivers refuse requests that are too large:
    /// over gRPC usually from 4 MiB on.
    pub max_spans: usize,
}

impl OtlpConfig {
    /// Returns a configuration with the defaults of the OpenTelemetry specification: no headers,
    /// no proxy, the system's certificates, 10 seconds, no compression, 512 spans a request.
    ///
    /// ```
    /// # use omegi_config as omegi;
    /// use omegi::{OtlpConfig, OtlpProtocol};
    ///
    /// let config = OtlpConfig::new(OtlpProtocol::Grpc, "https://collector.example:4317");
    /// assert_eq!(config.timeout.as_secs(), 10);
    /// ```
    pub fn new(protocol: OtlpProtocol, endpoint: impl Into<String>) -> Self {
        Self {
            protocol,
            endpoint: endpoint.into(),
            headers: Vec::new(),
            proxy: None,
            certificate: None,
            client_certificate: None,
            client_key: None,
            timeout: Duration::from_secs(10),
            compression: Compression::None,
            max_spans: 512,
        }
    }
}

impl fmt::Debug for OtlpConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("OtlpConfig")
            .field("protocol", &self.protocol)
            .field("endpoint", &without_credentials(&self.endpoint))
            .field("headers", &names)
            .field("proxy", &self.proxy.as_deref().map(without_credentials))
            .field("certificate", &self.certificate)
            .field("client_certificate", &self.client_certificate)
            .field("client_key", &self.client_key)
            .field("timeout", &self.timeout)
            .field("compression", &self.compression)
            .field("max_spans", &self.max_spans)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        let headers = vec![("authorization".to_owned(), "Bearer hunter2".to_owned())];
        let config = OtlpConfig::new(OtlpProtocol::HttpProtobuf, "http://me:hunter2@host");
        let proxy = Some("http://me:hunter2@proxy:3128".to_owned());
        let shown = format!("{:?}", OtlpConfig { headers, proxy, ..config });
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(shown.contains("authorization") && shown.contains("****@proxy:3128"), "{shown}");
    }
}
