//! How to reach a backend.

use std::fmt;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::exporting::ExportError;
use crate::settings::{Compression, OtlpProtocol};

/// How to reach an OpenTelemetry backend. Its `Debug` shows neither header values nor credentials in the URL.
#[derive(Clone)]
pub struct OtlpConfig {
    /// How requests are written and sent.
    pub protocol: OtlpProtocol,
    /// The whole URL: over HTTP with the path that takes spans, usually `/v1/traces`.
    pub endpoint: String,
    /// Headers of every request: names and values.
    pub headers: Vec<(String, String)>,
    /// The longest time that one request may take, its retries included.
    pub timeout: Duration,
    /// How requests are compressed.
    pub compression: Compression,
    /// How many spans one request carries at most. Receivers refuse requests that are too large: over gRPC usually
    /// from 4 MiB on.
    pub max_spans: usize,
}

impl OtlpConfig {
    /// The defaults of the OpenTelemetry specification: no headers, 10 seconds, no compression, 512 spans a request.
    pub fn new(protocol: OtlpProtocol, endpoint: impl Into<String>) -> Self {
        Self {
            protocol,
            endpoint: endpoint.into(),
            headers: Vec::new(),
            timeout: Duration::from_secs(10),
            compression: Compression::None,
            max_spans: 512,
        }
    }

    /// Whether the endpoint can be reached with what is built in.
    pub(super) fn check(&self) -> Result<(), ExportError> {
        let scheme = self.endpoint.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        match scheme.as_deref() {
            Some("http") => Ok(()),
            Some("https") => Err(ExportError::new(format!(
                "{} wants TLS, which is not built in: send to a collector nearby over http, and let it send on",
                self.shown_endpoint()
            ))),
            _ => Err(self.no_url()),
        }
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
        let url = self.endpoint.split(['?', '#']).next().unwrap_or_default();
        let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
        let authority_end = rest.find('/').unwrap_or(rest.len());
        let host = rest[..authority_end].rfind('@').map_or(0, |at| at + 1);
        let separator = if scheme.is_empty() { "" } else { "://" };
        format!("{scheme}{separator}{}", &rest[host..])
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
        for (endpoint, shown) in [
            ("http://me:hunter2@host:4318/v1/traces?key=hunter2", "http://host:4318/v1/traces"),
            ("http://me:hunt@er2@host", "http://host"),
            ("me:hunter2@host", "host"),
            ("http://host/a@b", "http://host/a@b"),
            ("", ""),
        ] {
            assert_eq!(config(endpoint).shown_endpoint(), shown);
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let headers = vec![("authorization".to_owned(), "Bearer hunter2".to_owned())];
        let shown = format!("{:?}", OtlpConfig { headers, ..config("http://me:hunter2@host") });
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(shown.contains("authorization"), "{shown}");
    }

    #[test]
    fn endpoints_that_cannot_be_reached_are_told() {
        let told = |endpoint| config(endpoint).check().map_err(|error| error.to_string());
        assert_eq!(told("HTTP://host"), Ok(()));
        assert_eq!(
            told("https://host/v1/traces").unwrap_err(),
            "https://host/v1/traces wants TLS, which is not built in: send to a collector nearby over http, and let it \
             send on"
        );
        assert_eq!(
            told("localhost:4318").unwrap_err(),
            "localhost:4318 is not a URL to send to: set OTEL_EXPORTER_OTLP_ENDPOINT to one like http://localhost:4318"
        );
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
