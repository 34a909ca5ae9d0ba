//! omegi's own metrics to an OpenTelemetry backend.

use omegi_config::OtlpConfig;
use omegi_otlp::Signal;

use crate::exporting::export_error::ExportError;
use crate::exporting::metrics_data::MetricsData;
use crate::recording::muting::quietly;

use super::backend::Backend;

/// Sends metrics to an OpenTelemetry backend, one request at a time. Keeps nothing that did not
/// arrive.
pub(crate) struct OtlpMetrics(Backend);

impl OtlpMetrics {
    /// Returns an exporter to this backend, without connecting.
    ///
    /// # Errors
    ///
    /// As for [`OtlpExporter::new`](super::OtlpExporter::new).
    pub(crate) fn new(config: OtlpConfig) -> Result<Self, ExportError> {
        Backend::new(config, Signal::Metrics).map(Self)
    }

    /// Sends these metrics. Retries temporary failures for up to half of the timeout.
    ///
    /// # Errors
    ///
    /// The metrics did not arrive, or the backend rejected some of them.
    pub(crate) fn export(&self, data: &MetricsData<'_>) -> Result<(), ExportError> {
        quietly(|| self.0.send(data)).map(drop).map_err(|error| self.0.explain(&error))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use super::*;
    use crate::vocabulary::Resource;
    use omegi_config::OtlpProtocol;

    /// Returns the message where a backend gives this answer.
    fn message_after(protocol: OtlpProtocol, answer: &'static str) -> String {
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
    fn errors_speak_of_metrics_and_data_points() {
        let json = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 66\r\n\r\n\
                    {\"partialSuccess\":{\"rejectedDataPoints\":\"2\",\"errorMessage\":\"old\"}}";
        assert_eq!(
            message_after(OtlpProtocol::HttpJson, json),
            "cannot send all metrics to IT: it rejected 2 data points: old"
        );
        let gone = "HTTP/1.1 404 Gone\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(
            message_after(OtlpProtocol::HttpProtobuf, gone),
            "cannot send metrics to IT: it takes no metrics (HTTP 404); correct \
             OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_PROTOCOL"
        );
        let taken = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(message_after(OtlpProtocol::HttpProtobuf, taken), "taken");
    }
}
