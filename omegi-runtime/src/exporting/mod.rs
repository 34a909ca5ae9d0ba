//! Where kept flows go: one exporter trait of our own, and the exporters that implement it.

#[cfg(feature = "enable")]
mod clean;
#[cfg(feature = "enable")]
mod console;
#[cfg(all(test, feature = "enable"))]
pub(crate) mod fixtures;
#[cfg(feature = "enable")]
mod json;
#[cfg(all(feature = "enable", feature = "kafka"))]
mod kafka;
#[cfg(feature = "enable")]
mod memory;
#[cfg(all(feature = "enable", feature = "otlp"))]
mod otlp;
#[cfg(feature = "enable")]
mod outline;
#[cfg(feature = "enable")]
mod reading;
#[cfg(all(feature = "enable", any(feature = "otlp", feature = "kafka")))]
mod span_data;
#[cfg(feature = "enable")]
mod utc;

use std::fmt;

use crate::vocabulary::Flow;

#[cfg(feature = "enable")]
pub use console::ConsoleExporter;
#[cfg(feature = "enable")]
pub(crate) use console::open_to_append;
#[cfg(all(feature = "enable", feature = "kafka"))]
pub use kafka::{KafkaConfig, KafkaExporter, KafkaLogin};
#[cfg(feature = "enable")]
pub use memory::MemoryExporter;
#[cfg(all(feature = "enable", feature = "otlp"))]
pub use otlp::{OtlpConfig, OtlpExporter};

/// A place that kept flows are written to.
///
/// Exporters run one after the other on omegi's worker thread, never on a thread of the user's program; an exporter
/// may block, but is cut off from the exit of the program by the flush timeout.
///
/// ```
/// use omegi_runtime::{ExportError, Exporter, Flow};
///
/// struct CountSpans(usize);
///
/// impl Exporter for CountSpans {
///     fn name(&self) -> &'static str {
///         "count"
///     }
///
///     fn export(&mut self, flows: &[Flow]) -> Result<(), ExportError> {
///         self.0 += flows.iter().map(|flow| flow.spans.len()).sum::<usize>();
///         Ok(())
///     }
/// }
/// ```
pub trait Exporter: Send {
    /// What omegi's own messages call it: `console`, `otlp`, `kafka`.
    fn name(&self) -> &'static str;

    /// Writes these flows, or says in one line why it could not.
    ///
    /// # Errors
    ///
    /// Whatever kept the flows from being written. omegi counts the flows as lost and says so once.
    fn export(&mut self, flows: &[Flow]) -> Result<(), ExportError>;
}

/// Why an exporter could not write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportError(String);

impl ExportError {
    /// An error that says this: one line, with what to do about it where that is known.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ExportError {}
