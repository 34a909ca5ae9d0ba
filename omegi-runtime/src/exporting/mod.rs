//! Where kept flows go: one exporter trait of our own, and the exporters that implement it.

#[cfg(feature = "enable")]
mod clean;
#[cfg(feature = "enable")]
mod console;
#[cfg(feature = "enable")]
mod delivered;
#[cfg(feature = "enable")]
mod envelope;
#[cfg(feature = "enable")]
mod file;
#[cfg(all(test, feature = "enable"))]
pub(crate) mod fixtures;
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
mod reading;
#[cfg(feature = "enable")]
mod traces_data;
#[cfg(feature = "enable")]
pub(crate) mod utc;

use std::fmt;
use std::time::Duration;

use crate::vocabulary::Flow;

#[cfg(feature = "enable")]
pub use console::ConsoleExporter;
#[cfg(feature = "enable")]
pub(crate) use console::open_to_append;
#[cfg(feature = "enable")]
pub use file::{FileConfig, FileExporter};
#[cfg(all(feature = "enable", feature = "kafka"))]
pub use kafka::{KafkaConfig, KafkaExporter, KafkaLogin};
#[cfg(feature = "enable")]
pub use memory::MemoryExporter;
#[cfg(all(feature = "enable", feature = "otlp"))]
pub use otlp::{OtlpConfig, OtlpExporter};
#[cfg(all(feature = "enable", feature = "otlp"))]
pub(crate) use {
    metrics_data::{Metric, MetricsData, Point},
    otlp::OtlpMetrics,
};

/// A place that kept flows are written to.
///
/// Each exporter has a thread of its own, on which it is used and never moved from, and a queue of its own: one that is slow,
/// fails or hangs holds up no other, and no thread of the user's program. It may block, but is cut off from the exit of
/// the program by the flush timeout.
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
    /// Whatever kept the flows from being written, all of them. What was written of them nevertheless may be written again,
    /// where the error says that it may be [tried again](ExportError::for_now); otherwise omegi counts the flows as
    /// lost. Either is said once, until the exporter works again.
    ///
    /// An exporter that panics is tried again with the same flows, twice.
    fn export(&mut self, flows: &[Flow]) -> Result<(), ExportError>;

    /// How many bytes it has written so far, if it counts them: for [`ExporterHealth`](crate::ExporterHealth).
    fn bytes_written(&self) -> Option<u64> {
        None
    }
}

/// Why an exporter could not write, and whether it may be asked to write the same again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportError {
    message: String,
    retry: Option<Retry>,
}

/// That what failed may succeed later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// How long the backend asks to be left alone; `None`: it does not say.
    pub after: Option<Duration>,
}

impl ExportError {
    /// An error that is final and says this: one line, with what to do about it where that is known.
    ///
    /// ```
    /// # use omegi_runtime::ExportError;
    /// assert!(ExportError::new("the disk is full: free some space").retry().is_none());
    /// ```
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), retry: None }
    }

    /// The same, of something that may pass: exporting the same flows again makes sense, `after` this time at the
    /// earliest.
    ///
    /// ```
    /// use std::time::Duration;
    /// use omegi_runtime::ExportError;
    ///
    /// let busy = ExportError::for_now("the backend is busy", Some(Duration::from_secs(30)));
    /// assert_eq!(busy.retry().unwrap().after, Some(Duration::from_secs(30)));
    /// assert_eq!(ExportError::new("the backend wants no spans").retry(), None);
    /// ```
    pub fn for_now(message: impl Into<String>, after: Option<Duration>) -> Self {
        Self { message: message.into(), retry: Some(Retry { after }) }
    }

    /// Whether and when exporting the same flows again makes sense.
    #[must_use]
    pub const fn retry(&self) -> Option<Retry> {
        self.retry
    }
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ExportError {}
