//! Exporting: the trait of exporters, and the exporters that omegi has.

#[cfg(feature = "enable")]
mod clean;
#[cfg(feature = "enable")]
mod console;
#[cfg(feature = "enable")]
mod delivered;
#[cfg(feature = "enable")]
mod envelope;
mod export_error;
mod exporter;
#[cfg(feature = "enable")]
mod file;
#[cfg(all(test, feature = "enable"))]
pub(crate) mod fixtures;
#[cfg(feature = "enable")]
mod flow_view;
#[cfg(feature = "enable")]
mod json;
#[cfg(all(feature = "enable", feature = "kafka"))]
mod kafka;
#[cfg(feature = "enable")]
mod memory;
#[cfg(all(feature = "enable", feature = "otlp"))]
mod metrics_data;
#[cfg(all(feature = "enable", feature = "otlp"))]
mod otlp;
#[cfg(feature = "enable")]
mod outline;
#[cfg(all(feature = "enable", any(feature = "otlp", feature = "kafka")))]
mod protobuf;
#[cfg(feature = "enable")]
mod traces_data;
#[cfg(feature = "enable")]
pub(crate) mod utc;

pub use export_error::{ExportError, Refusal, Retry};
pub use exporter::Exporter;

#[cfg(feature = "enable")]
pub use console::ConsoleExporter;
#[cfg(feature = "enable")]
pub(crate) use console::open_to_append;
#[cfg(feature = "enable")]
pub use file::FileExporter;
#[cfg(feature = "enable")]
pub use memory::MemoryExporter;
#[cfg(all(feature = "enable", feature = "kafka"))]
pub use {
    kafka::KafkaExporter,
    omegi_config::{KafkaConfig, KafkaLogin},
};
#[cfg(all(feature = "enable", feature = "otlp"))]
pub(crate) use {
    metrics_data::{Metric, MetricsData, Point},
    otlp::OtlpMetrics,
};
#[cfg(all(feature = "enable", feature = "otlp"))]
pub use {omegi_config::OtlpConfig, otlp::OtlpExporter};
