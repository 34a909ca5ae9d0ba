//! Factories of exporters, and the settings of their pipelines.

use std::time::Duration;

use crate::exporting::{ExportError, Exporter};

use super::resolve::Resolver;

/// Makes an exporter. A failure may be temporary: the worker calls it again.
pub(crate) type MakeExporter = Box<dyn FnMut() -> Result<Box<dyn Exporter>, ExportError> + Send>;

/// The name of an exporter and the function that makes it.
pub(crate) struct Factory {
    pub(crate) name: &'static str,
    /// Runs on the worker's thread: some exporters must be made on the thread that uses them.
    pub(crate) make: MakeExporter,
}

impl Factory {
    /// A factory for an exporter that exists.
    pub(crate) fn existing(exporter: Box<dyn Exporter>) -> Self {
        let name = exporter.name();
        let mut exporter = Some(exporter);
        let make = move || exporter.take().ok_or_else(|| ExportError::new("the exporter was made before"));
        Self { name, make: Box::new(make) }
    }
}

/// The settings that all pipelines share.
#[derive(Clone, Debug)]
pub(crate) struct PipelineConfig {
    pub(crate) resolver: Resolver,
    /// The time for which flows gather before they are exported.
    pub(crate) delay: Duration,
    /// About this many spans are exported at once (OpenTelemetry's *max export batch size*). A flow
    /// is never split.
    pub(crate) max_export_batch: usize,
}
