//! The trait of all exporters.

use crate::vocabulary::Flow;

use super::export_error::ExportError;

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
    /// Whatever kept the flows from being written: all of them, or those that the error [names](ExportError::in_part). What was
    /// written of them nevertheless may be written again, where the error says that it may be
    /// [tried again](ExportError::for_now); otherwise omegi counts the flows as lost. Either is said once, until the exporter
    /// works again.
    ///
    /// An exporter that panics is tried again with the same flows, twice.
    fn export(&mut self, flows: &[Flow]) -> Result<(), ExportError>;

    /// How many bytes it has written so far, if it counts them: for [`ExporterHealth`](crate::ExporterHealth).
    fn bytes_written(&self) -> Option<u64> {
        None
    }
}
