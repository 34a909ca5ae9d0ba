//! Flows kept in memory, for tests.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::vocabulary::Flow;

use super::{ExportError, Exporter};

/// The default number of flows.
const MAX_FLOWS: usize = 10_000;

/// Keeps flows in memory. A clone is another handle to the same flows: give one to omegi, keep the
/// other.
///
/// ```
/// # use omegi_runtime as omegi;
/// # use omegi::{Exporter, MemoryExporter};
/// let memory = MemoryExporter::new();
/// memory.clone().export(&[])?;
/// assert_eq!(memory.outlines(), "");
/// # Ok::<(), omegi::ExportError>(())
/// ```
#[derive(Clone, Debug)]
pub struct MemoryExporter {
    flows: Arc<Mutex<Vec<Flow>>>,
    max_flows: usize,
}

impl MemoryExporter {
    /// An exporter that keeps up to 10,000 flows.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use omegi::{MemoryExporter, TraceContext};
    ///
    /// let memory = MemoryExporter::new();
    /// let guard = omegi::builder().flow_rate(1).exporter(memory.clone()).init();
    /// omegi::in_trace(TraceContext::default(), || omegi::tag("customer", "4711"))();
    /// drop(guard); // exports the flow
    /// assert!(memory.flows()[0].root().unwrap().attribute("omegi.tag.customer").is_some());
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::bounded(MAX_FLOWS)
    }

    /// An exporter that keeps the first `max_flows` flows and refuses the rest.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use omegi::MemoryExporter;
    ///
    /// // A long test looks at the first 100 flows alone.
    /// let memory = MemoryExporter::bounded(100);
    /// let _omegi = omegi::builder().exporter(memory.clone()).init();
    /// assert!(memory.take().len() <= 100);
    /// ```
    #[must_use]
    pub fn bounded(max_flows: usize) -> Self {
        Self { flows: Arc::default(), max_flows }
    }

    /// Returns a copy of the flows, in the order in which they came.
    #[must_use]
    pub fn flows(&self) -> Vec<Flow> {
        self.lock().clone()
    }

    /// Takes the flows out, which makes room for others.
    #[must_use]
    pub fn take(&self) -> Vec<Flow> {
        std::mem::take(&mut self.lock())
    }

    /// Returns the [outlines](Flow::outline) of all flows, one after the other, for a test to
    /// compare.
    #[must_use]
    pub fn outlines(&self) -> String {
        self.lock().iter().map(Flow::outline).collect()
    }

    /// Locks the flows, even after a test panicked that held the lock.
    fn lock(&self) -> MutexGuard<'_, Vec<Flow>> {
        self.flows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MemoryExporter {
    fn default() -> Self {
        Self::new()
    }
}

impl Exporter for MemoryExporter {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn export(&mut self, flows: &[Flow]) -> Result<(), ExportError> {
        let max = self.max_flows;
        let mut kept = self.lock();
        let room = max.saturating_sub(kept.len()).min(flows.len());
        kept.extend_from_slice(&flows[..room]);
        if room == flows.len() {
            Ok(())
        } else {
            Err(ExportError::new(format!(
                "cannot keep more than {max} flows in memory: take() some, or raise the bound"
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exporting::fixtures::{flow, span};

    #[test]
    fn handles_share_their_flows() {
        let memory = MemoryExporter::new();
        memory.clone().export(&[flow([span("a", None)]), flow([span("b", None)])]).unwrap();
        assert_eq!(memory.outlines(), "a\nb\n");
        assert_eq!(memory.flows().len(), 2);
        assert_eq!(memory.take().len(), 2);
        assert_eq!(memory.take().len(), 0);
    }

    #[test]
    fn flows_that_do_not_fit_are_refused() {
        let mut memory = MemoryExporter::bounded(2);
        let error = memory.export(&["a", "b", "c"].map(|name| flow([span(name, None)]))).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot keep more than 2 flows in memory: take() some, or raise the bound"
        );
        assert_eq!(memory.outlines(), "a\nb\n");
    }
}
