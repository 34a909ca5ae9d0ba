//! The trait of all exporters.

use crate::vocabulary::Flow;

use super::export_error::ExportError;

/// An exporter writes kept flows to one destination.
///
/// Each exporter has a thread and a queue of its own, and never leaves that thread. One that is
/// slow, fails or hangs holds up no other exporter, and no thread of the user's program. It may
/// block; the end of the program waits for it no longer than the flush timeout.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::{ExportError, Exporter, Flow};
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
    /// The exporter's name in omegi's messages: `console`, `otlp`, `kafka`.
    fn name(&self) -> &'static str;

    /// Writes flows.
    ///
    /// # Errors
    ///
    /// The reason why flows could not be written, in one line. It is reported once, until the
    /// exporter works again. The error may [name](ExportError::in_part) flows that were refused
    /// while others were written. If it is [temporary](ExportError::for_now), the same flows come
    /// again, and flows that were written may be written twice. Otherwise they count as lost.
    ///
    /// An exporter that panics gets the same flows twice more.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use std::io::Write;
    ///
    /// use omegi::{ExportError, Exporter, Flow};
    ///
    /// struct TraceIds<W>(W);
    ///
    /// impl<W: Write + Send> Exporter for TraceIds<W> {
    ///     fn name(&self) -> &'static str {
    ///         "trace-ids"
    ///     }
    ///
    ///     fn export(&mut self, flows: &[Flow]) -> Result<(), ExportError> {
    ///         for (index, flow) in flows.iter().enumerate() {
    ///             // The flows before this one are written, and do not come again.
    ///             let again = |error: std::io::Error| {
    ///                 ExportError::for_now(error.to_string(), None).after_writing((0..index).collect())
    ///             };
    ///             writeln!(self.0, "{}", flow.trace_id).map_err(again)?;
    ///         }
    ///         Ok(())
    ///     }
    /// }
    /// # assert!(TraceIds(std::io::sink()).export(&[]).is_ok());
    /// ```
    fn export(&mut self, flows: &[Flow]) -> Result<(), ExportError>;

    /// The number of bytes written so far, if it counts them: for
    /// [`ExporterHealth`](crate::ExporterHealth).
    fn bytes_written(&self) -> Option<u64> {
        None
    }
}
