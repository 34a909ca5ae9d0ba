//! Where kept flows go: one exporter trait of our own, and the exporters that implement it.

#[cfg(feature = "enable")]
mod clean;
#[cfg(feature = "enable")]
mod console;
#[cfg(feature = "enable")]
mod delivered;
#[cfg(feature = "enable")]
mod file;
#[cfg(all(test, feature = "enable"))]
pub(crate) mod fixtures;
#[cfg(feature = "enable")]
mod json;
#[cfg(feature = "enable")]
mod memory;
#[cfg(all(feature = "enable", feature = "otlp"))]
mod otlp;
#[cfg(feature = "enable")]
mod outline;
#[cfg(all(feature = "enable", feature = "otlp"))]
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
    /// What omegi's own messages call it: `console`, `otlp`.
    fn name(&self) -> &'static str;

    /// Writes these flows, or says in one line why it could not.
    ///
    /// # Errors
    ///
    /// Whatever kept the flows from being written. omegi counts the flows as lost and says so once. Of an error that says
    /// [`retry`](ExportError::retry) the same flows may be exported again; the exporter knows what of them it has written.
    fn export(&mut self, flows: &[Flow]) -> Result<(), ExportError>;
}

/// Why an exporter could not write.
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
    /// An error that says this: one line, with what to do about it where that is known.
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
