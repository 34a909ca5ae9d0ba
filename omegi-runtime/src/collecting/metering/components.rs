//! The names of omegi's exporters and queues in OpenTelemetry's conventions
//! ([`otel.component.type`]).
//!
//! [`otel.component.type`]: https://opentelemetry.io/docs/specs/semconv/registry/attributes/otel/

use crate::settings::OtlpProtocol;

/// The type of an exporter's queue.
pub(super) const PROCESSOR: &str = "batching_span_processor";

/// The types of the exporters that speak OTLP.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Components {
    /// The type of the exporter `otlp`.
    pub(super) otlp_spans: &'static str,
    /// The type of the exporter of metrics.
    pub(super) metrics: &'static str,
}

impl Components {
    /// The types of exporters that speak these protocols.
    pub(crate) const fn speaking(spans: OtlpProtocol, metrics: OtlpProtocol) -> Self {
        Self {
            otlp_spans: match spans {
                OtlpProtocol::HttpProtobuf => "otlp_http_span_exporter",
                OtlpProtocol::HttpJson => "otlp_http_json_span_exporter",
                OtlpProtocol::Grpc => "otlp_grpc_span_exporter",
            },
            metrics: match metrics {
                OtlpProtocol::HttpProtobuf => "otlp_http_metric_exporter",
                OtlpProtocol::HttpJson => "otlp_http_json_metric_exporter",
                OtlpProtocol::Grpc => "otlp_grpc_metric_exporter",
            },
        }
    }

    /// The type of the exporter with this name.
    pub(super) fn exporter(&self, name: &'static str) -> &'static str {
        if name == "otlp" { self.otlp_spans } else { name }
    }
}
