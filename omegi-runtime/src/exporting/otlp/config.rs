//! How to reach a backend.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Uri};

use crate::exporting::ExportError;
use crate::settings::{Compression, MASK, OtlpProtocol, without_credentials};

use super::signal::Signal;

/// How to reach an OpenTelemetry backend. Its `Debug` shows neither header values nor credentials in the URL.
#[derive(Clone)]
pub struct OtlpConfig {
    /// How requests are written and sent.
    pub protocol: OtlpProtocol,
    /// The whole URL: over HTTP with the path that takes spans, usually `/v1/traces`. With `https` the connection is
    /// encrypted. Credentials before the host are not sent: headers are what they are for.
    pub endpoint: String,
    /// Headers of every request: names and values.
    pub headers: Vec<(String, String)>,
    /// A PEM file with the certificates that the backend's is verified by, instead of those that the system trusts.
    pub certificate: Option<PathBuf>,
    /// A PEM file with the certificate that the backend may verify us by, and those that it was issued by.
    pub client_certificate: Option<PathBuf>,
    /// A PEM file with the key of that certificate.
    pub client_key: Option<PathBuf>,
    /// The longest time that one request may take, its retries included.
    pub timeout: Duration,
    /// How requests are compressed.
    pub compression: Compression,
    /// How many spans one request carries at most. Receivers refuse requests that are too large: over gRPC usually
    /// from 4 MiB on.
    pub max_spans: usize,
}

impl OtlpConfig {
    /// The defaults of the OpenTelemetry specification: no headers, what the system trusts, 10 seconds, no compression, 512
    /// spans a request.
    ///
    /// ```
    /// use omegi_runtime::{OtlpConfig, OtlpProtocol};
    ///
    /// let config = OtlpConfig::new(OtlpProtocol::Grpc, "https://collector.example:4317");
    /// assert_eq!(config.timeout.as_secs(), 10);
    /// ```
    pub fn new(protocol: OtlpProtocol, endpoint: impl Into<String>) -> Self {
        Self {
            protocol,
            endpoint: endpoint.into(),
            headers: Vec::new(),
            certificate: None,
            client_certificate: None,
            client_key: None,
            timeout: Duration::from_secs(10),
            compression: Compression::None,
            max_spans: 512,
        }
    }

    /// Whether the connection is to be encrypted.
    pub(super) fn wants_tls(&self) -> bool {
        self.endpoint.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https:"))
    }

    /// Where requests with this signal go.
    pub(super) fn uri(&self, signal: Signal) -> Result<Uri, ExportError> {
        let mut parts = self.endpoint.parse::<Uri>().map_err(|_| self.no_url())?.into_parts();
        let known = parts.scheme.as_ref().is_some_and(|scheme| ["http", "https"].contains(&scheme.as_str()));
        let authority = parts.authority.filter(|_| known).ok_or_else(|| self.no_url())?;
        let host = authority.as_str().rsplit('@').next().unwrap_or_default();
        parts.authority = Some(host.parse().map_err(|_| self.no_url())?);
        if self.protocol == OtlpProtocol::Grpc {
            parts.path_and_query = Some(http::uri::PathAndQuery::from_static(signal.grpc_path()));
        }
        Uri::from_parts(parts).map_err(|_| self.no_url())
    }

    /// A message without what the headers hold, which a backend may have repeated.
    pub(super) fn without_secrets(&self, message: String) -> String {
        let secrets =
            self.headers.iter().flat_map(|(_, value)| [Some(&**value), value.split(' ').next_back()]);
        // Shorter ones are none, and would make the message unreadable.
        let secrets = secrets.flatten().filter(|secret| secret.len() > 3);
        secrets.fold(message, |message, secret| message.replace(secret, MASK))
    }

    /// What is said of an endpoint that is not a URL.
    pub(super) fn no_url(&self) -> ExportError {
        let endpoint = self.shown_endpoint();
        ExportError::new(format!(
            "{endpoint} is not a URL to send to: set OTEL_EXPORTER_OTLP_ENDPOINT to one like http://localhost:4318"
        ))
    }

    /// The endpoint without the credentials that a URL can hold, before its host or in its query.
    pub(super) fn shown_endpoint(&self) -> String {
        without_credentials(&self.endpoint)
    }

    /// The headers as HTTP and gRPC take them.
    pub(super) fn header_map(&self) -> Result<HeaderMap, ExportError> {
        self.headers.iter().map(|(name, value)| header(name, value)).collect()
    }
}

fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), ExportError> {
    let refused = |what| {
        ExportError::new(format!(
            "{what} of the header {name:?} is not one that HTTP allows: see OTEL_EXPORTER_OTLP_HEADERS"
        ))
    };
    let header_name = HeaderName::try_from(name).map_err(|_| refused("the name"))?;
    let mut header_value = HeaderValue::try_from(value).map_err(|_| refused("the value"))?;
    // Keeps it out of the client's own `Debug` output and out of HTTP/2's compression table.
    header_value.set_sensitive(true);
    Ok((header_name, header_value))
}

impl fmt::Debug for OtlpConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("OtlpConfig")
            .field("protocol", &self.protocol)
            .field("endpoint", &self.shown_endpoint())
            .field("headers", &names)
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

    fn config(endpoint: &str) -> OtlpConfig {
        OtlpConfig::new(OtlpProtocol::HttpProtobuf, endpoint)
    }

    #[test]
    fn credentials_in_a_url_are_not_shown() {
        let told = config("me:hunter2@host").uri(Signal::Traces).unwrap_err().to_string();
        assert!(told.starts_with("****@host is not a URL to send to"), "{told}");
    }

    #[test]
    fn debug_shows_no_secret() {
        let headers = vec![("authorization".to_owned(), "Bearer hunter2".to_owned())];
        let shown = format!("{:?}", OtlpConfig { headers, ..config("http://me:hunter2@host") });
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(shown.contains("authorization"), "{shown}");
    }

    #[test]
    fn requests_go_where_the_endpoint_says() {
        let uri =
            |protocol, endpoint| OtlpConfig::new(protocol, endpoint).uri(Signal::Traces).unwrap().to_string();
        let http = |endpoint| uri(OtlpProtocol::HttpJson, endpoint);
        assert_eq!(http("HTTP://host/v1/traces?a=b"), "http://host/v1/traces?a=b");
        assert_eq!(http("https://me:hunter2@[::1]:4318/x"), "https://[::1]:4318/x");
        assert_eq!(
            uri(OtlpProtocol::Grpc, "http://host:4317"),
            "http://host:4317/opentelemetry.proto.collector.trace.v1.TraceService/Export"
        );
        let metrics =
            OtlpConfig::new(OtlpProtocol::Grpc, "http://host:4317/path").uri(Signal::Metrics).unwrap();
        assert_eq!(metrics.path(), "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export");
        assert!(config("HTTPS://host").wants_tls() && !config("http://https:1").wants_tls());
    }

    #[test]
    fn endpoints_that_are_no_urls_are_told() {
        for endpoint in ["localhost:4318", "http://[", "ftp://host", "/v1/traces", ""] {
            assert_eq!(
                config(endpoint).uri(Signal::Metrics).unwrap_err().to_string(),
                format!(
                    "{endpoint} is not a URL to send to: set OTEL_EXPORTER_OTLP_ENDPOINT to one like http://localhost:4318"
                )
            );
        }
    }

    #[test]
    fn what_headers_hold_is_masked_in_messages() {
        let headers =
            vec![("authorization".to_owned(), "Bearer t%41x".to_owned()), ("n".to_owned(), "1".to_owned())];
        let config = OtlpConfig { headers, ..config("http://host") };
        let told = config.without_secrets("HTTP 401: no t%41x, and no Bearer t%41x".to_owned());
        assert_eq!(told, "HTTP 401: no ****, and no ****");
    }

    #[test]
    fn headers_are_checked_and_their_values_never_shown() {
        let told = |name: &str, value: &str| {
            let headers = vec![(name.to_owned(), value.to_owned())];
            OtlpConfig { headers, ..config("http://host") }.header_map().unwrap_err().to_string()
        };
        assert_eq!(
            told("x", "hunter2\n"),
            "the value of the header \"x\" is not one that HTTP allows: see OTEL_EXPORTER_OTLP_HEADERS"
        );
        assert!(told("a b", "hunter2").starts_with("the name of the header \"a b\" is not one"));
    }
}
