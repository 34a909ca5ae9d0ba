//! The error of an export, and its meaning for the flows.

use std::fmt;
use std::time::Duration;

/// The error of an export, and whether another attempt with the same flows makes sense.
///
/// ```
/// # use omegi_runtime as omegi;
/// use std::io;
///
/// use omegi::ExportError;
///
/// /// A full disk may have room again later; other errors of the disk stay.
/// fn convert(error: io::Error) -> ExportError {
///     match error.kind() {
///         io::ErrorKind::StorageFull => ExportError::for_now(error.to_string(), None),
///         _ => ExportError::new(error.to_string()),
///     }
/// }
/// assert!(convert(io::ErrorKind::StorageFull.into()).retry().is_some());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportError {
    message: String,
    effect: ErrorEffect,
    written: Vec<usize>,
}

/// The meaning of an error for the flows.
#[derive(Clone, Debug, PartialEq, Eq)]
enum ErrorEffect {
    /// No flow will be written.
    Final,
    /// Another attempt may succeed.
    ForNow(Retry),
    /// All flows were written except these.
    InPart(Refusal),
}

/// A temporary failure.
///
/// ```
/// # use omegi_runtime as omegi;
/// use std::time::Duration;
///
/// use omegi::{ExportError, Retry};
///
/// let error = ExportError::for_now("too many requests", Some(Duration::from_secs(2)));
/// assert_eq!(error.retry(), Some(Retry { after: Some(Duration::from_secs(2)) }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// The delay that the backend asks for before the next attempt, if any.
    pub after: Option<Duration>,
}

/// The flows and spans that were refused for good, of an export whose rest was written.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::{ExportError, Refusal};
///
/// // The backend took the batch, except the second flow with its 12 spans.
/// let error = ExportError::in_part("a flow is too large", Refusal { flows: vec![1], spans: 12 });
/// assert_eq!(error.refusal().unwrap().spans, 12);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// The indices of exported flows that were refused completely.
    ///
    /// Flows that were written in part are not among them. There are none if the backend does not
    /// name the owner of the refused spans.
    pub flows: Vec<usize>,
    /// The number of refused spans, those of these flows included.
    pub spans: u64,
}

impl ExportError {
    /// A final error with a message: one line, with the remedy if it is known.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// # use omegi::ExportError;
    /// assert!(ExportError::new("the disk is full: free some space").retry().is_none());
    /// ```
    pub fn new(message: impl Into<String>) -> Self {
        Self::of(message, ErrorEffect::Final)
    }

    /// A temporary error: the same flows may be exported again, `after` this time at the earliest.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use std::time::Duration;
    /// use omegi::ExportError;
    ///
    /// let busy = ExportError::for_now("the backend is busy", Some(Duration::from_secs(30)));
    /// assert_eq!(busy.retry().unwrap().after, Some(Duration::from_secs(30)));
    /// assert_eq!(ExportError::new("the backend wants no spans").retry(), None);
    /// ```
    pub fn for_now(message: impl Into<String>, after: Option<Duration>) -> Self {
        Self::of(message, ErrorEffect::ForNow(Retry { after }))
    }

    /// A partial error: the flows were written, except those that were refused for good. Refused
    /// flows count as lost, the others as exported.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use omegi::{ExportError, Refusal};
    ///
    /// let refusal = Refusal { flows: vec![0], spans: 3 };
    /// let error = ExportError::in_part("3 spans are too old", refusal.clone());
    /// assert_eq!((error.retry(), error.refusal()), (None, Some(&refusal)));
    /// ```
    pub fn in_part(message: impl Into<String>, refusal: Refusal) -> Self {
        Self::of(message, ErrorEffect::InPart(refusal))
    }

    /// Adds the indices of flows that are written already and need not come again. Only
    /// [temporary](Self::for_now) errors use them. Flows from disk may come again all the same,
    /// until all flows that were read together are written.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use omegi::ExportError;
    ///
    /// let full = ExportError::for_now("the backend is full", None).after_writing(vec![0, 1]);
    /// assert_eq!(full.written(), [0, 1]);
    /// ```
    #[must_use]
    pub fn after_writing(self, flows: Vec<usize>) -> Self {
        Self { written: flows, ..self }
    }

    fn of(message: impl Into<String>, effect: ErrorEffect) -> Self {
        Self { message: message.into(), effect, written: Vec::new() }
    }

    /// Returns whether, and when, another attempt with the same flows makes sense.
    #[must_use]
    pub const fn retry(&self) -> Option<Retry> {
        match self.effect {
            ErrorEffect::ForNow(retry) => Some(retry),
            ErrorEffect::Final | ErrorEffect::InPart(_) => None,
        }
    }

    /// The refusal of a partial error.
    #[must_use]
    pub const fn refusal(&self) -> Option<&Refusal> {
        match &self.effect {
            ErrorEffect::InPart(refusal) => Some(refusal),
            ErrorEffect::Final | ErrorEffect::ForNow(_) => None,
        }
    }

    /// The indices of flows that are written already.
    #[must_use]
    pub fn written(&self) -> &[usize] {
        &self.written
    }

    /// Returns whether the flow at this index is lost, by an error that is not temporary.
    #[cfg(feature = "enable")]
    pub(crate) fn loses(&self, nth: usize) -> bool {
        self.refusal().is_none_or(|refusal| refusal.flows.contains(&nth))
    }
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ExportError {}
