//! The error of an export, and its meaning for the flows.

use std::fmt;
use std::time::Duration;

/// Why an exporter could not write, and whether it may be asked to write the same again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportError {
    message: String,
    extent: Extent,
    written: Vec<usize>,
}

/// What an error means for the flows that were to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Extent {
    /// None of them will be.
    Final,
    /// They may be later.
    ForNow(Retry),
    /// All are but these.
    InPart(Refusal),
}

/// That what failed may succeed later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// How long the backend asks to be left alone; `None`: it does not say.
    pub after: Option<Duration>,
}

/// What was refused for good of an export whose rest was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// The positions, among the flows that were to be written, of those of which nothing was. None of a flow of which a part was
    /// written, nor where it is not known whose spans were refused.
    pub flows: Vec<usize>,
    /// How many spans were refused, those of these flows among them.
    pub spans: u64,
}

impl ExportError {
    /// An error that is final and says this: one line, with what to do about it where that is known.
    ///
    /// ```
    /// # use omegi_runtime::ExportError;
    /// assert!(ExportError::new("the disk is full: free some space").retry().is_none());
    /// ```
    pub fn new(message: impl Into<String>) -> Self {
        Self::of(message, Extent::Final)
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
        Self::of(message, Extent::ForNow(Retry { after }))
    }

    /// The same, of an export that was written but for what was refused for good: omegi counts that as lost, and the rest
    /// as exported.
    ///
    /// ```
    /// use omegi_runtime::{ExportError, Refusal};
    ///
    /// let refusal = Refusal { flows: vec![0], spans: 3 };
    /// let error = ExportError::in_part("3 spans are too old", refusal.clone());
    /// assert_eq!((error.retry(), error.refusal()), (None, Some(&refusal)));
    /// ```
    pub fn in_part(message: impl Into<String>, refusal: Refusal) -> Self {
        Self::of(message, Extent::InPart(refusal))
    }

    /// The same, where the flows at these positions are written already and need not come again. Only heeded
    /// [for now](Self::for_now). They may come again all the same where they wait on disk, until all that are read with them
    /// are written.
    ///
    /// ```
    /// use omegi_runtime::ExportError;
    ///
    /// let full = ExportError::for_now("the backend is full", None).after_writing(vec![0, 1]);
    /// assert_eq!(full.written(), [0, 1]);
    /// ```
    #[must_use]
    pub fn after_writing(self, flows: Vec<usize>) -> Self {
        Self { written: flows, ..self }
    }

    fn of(message: impl Into<String>, extent: Extent) -> Self {
        Self { message: message.into(), extent, written: Vec::new() }
    }

    /// Whether and when exporting the same flows again makes sense.
    #[must_use]
    pub const fn retry(&self) -> Option<Retry> {
        match self.extent {
            Extent::ForNow(retry) => Some(retry),
            Extent::Final | Extent::InPart(_) => None,
        }
    }

    /// What was refused for good, where the rest was written.
    #[must_use]
    pub const fn refusal(&self) -> Option<&Refusal> {
        match &self.extent {
            Extent::InPart(refusal) => Some(refusal),
            Extent::Final | Extent::ForNow(_) => None,
        }
    }

    /// The positions of the flows that are written all the same, and need not come again.
    #[must_use]
    pub fn written(&self) -> &[usize] {
        &self.written
    }

    /// Whether the flow at this position is lost, by an error after which nothing comes again.
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
