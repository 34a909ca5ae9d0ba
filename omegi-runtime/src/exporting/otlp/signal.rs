//! What is sent.

/// What a backend is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// Flows.
    Traces,
    /// Figures of omegi's own.
    Metrics,
}

impl Signal {
    /// The method of gRPC that takes it.
    pub(super) const fn grpc_path(self) -> &'static str {
        match self {
            Self::Traces => "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
            Self::Metrics => "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
        }
    }

    /// What requests carry, as messages to people have it.
    pub(super) const fn carried(self) -> &'static str {
        match self {
            Self::Traces => "spans",
            Self::Metrics => "metrics",
        }
    }

    /// What a backend rejects of a request.
    pub(super) const fn rejected(self) -> &'static str {
        match self {
            Self::Traces => "spans",
            Self::Metrics => "data points",
        }
    }

    /// What helps where requests are too large.
    pub(super) const fn remedy_for_size(self) -> &'static str {
        match self {
            Self::Traces => "lower OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
            Self::Metrics => "see what the collector allows",
        }
    }
}
