//! Figures of omegi's own to an OpenTelemetry backend.

use crate::exporting::ExportError;
use crate::exporting::metrics_data::MetricsData;

use super::OtlpConfig;
use super::client::{Client, untraced};
use super::signal::Signal;

/// Sends metrics to an OpenTelemetry backend: by the same client as flows, but one request at a time, of which nothing is kept
/// that did not arrive.
pub(crate) struct OtlpMetrics(Client);

impl OtlpMetrics {
    /// An exporter to this backend.
    ///
    /// # Errors
    ///
    /// As for [`OtlpExporter::new`](super::OtlpExporter::new).
    pub(crate) fn new(config: OtlpConfig) -> Result<Self, ExportError> {
        Client::new(config, Signal::Metrics).map(Self)
    }

    /// Sends these metrics. What the backend cannot take for the moment is tried again for a moment.
    ///
    /// # Errors
    ///
    /// They did not arrive, or some of them were rejected.
    pub(crate) fn export(&self, data: &MetricsData<'_>) -> Result<(), ExportError> {
        untraced(|| self.0.send(data)).map(drop).map_err(|failure| self.0.explain(&failure))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use super::*;
    use crate::settings::OtlpProtocol;
    use crate::vocabulary::Resource;

    /// What is said where a backend answers a request with this.
    fn told(protocol: OtlpProtocol, answer: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}/v1/metrics", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 1 << 16]);
            stream.write_all(answer.as_bytes()).unwrap();
            let _ = stream.read_to_end(&mut Vec::new());
        });
        let metrics = OtlpMetrics::new(OtlpConfig::new(protocol, endpoint.clone())).unwrap();
        let data = MetricsData { resource: &Resource::default(), metrics: &[] };
        metrics
            .export(&data)
            .map_or_else(|error| error.to_string(), |()| "taken".to_owned())
            .replace(&endpoint, "IT")
    }

    #[test]
    fn what_a_backend_makes_of_metrics_is_told_in_their_words() {
        let json = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 66\r\n\r\n\
                    {\"partialSuccess\":{\"rejectedDataPoints\":\"2\",\"errorMessage\":\"old\"}}";
        assert_eq!(told(OtlpProtocol::HttpJson, json), "IT rejected 2 data points: old");
        let gone = "HTTP/1.1 404 Gone\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(
            told(OtlpProtocol::HttpProtobuf, gone),
            "IT takes no metrics (HTTP 404): correct OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_PROTOCOL"
        );
        let taken = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(told(OtlpProtocol::HttpProtobuf, taken), "taken");
    }
}
