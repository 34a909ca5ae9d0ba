//! Flows that are in flight and on disk as well: their export is late, or the process was about to
//! end and then went on.

use std::sync::Arc;

use super::pending::PendingFlow;
use super::spool::RecordPosition;

/// The flows of one attempt to export that are on disk as well, and their positions there.
#[derive(Debug, Default)]
pub(super) struct SpooledCopies(Vec<(Arc<PendingFlow>, RecordPosition)>);

impl SpooledCopies {
    /// Returns whether a copy of this flow is on disk.
    pub(super) fn contain(&self, flow: &Arc<PendingFlow>) -> bool {
        self.0.iter().any(|(copied, _)| Arc::ptr_eq(copied, flow))
    }

    /// Notes that a copy of this flow is on disk.
    pub(super) fn add(&mut self, flow: Arc<PendingFlow>, position: RecordPosition) {
        self.0.push((flow, position));
    }

    /// Ends the attempt. Returns the positions of flows that are `done`, and the flows that are
    /// not.
    pub(super) fn end_attempt(
        &mut self,
        done: impl Fn(&Arc<PendingFlow>) -> bool,
    ) -> (Vec<RecordPosition>, Vec<Arc<PendingFlow>>) {
        let (done, rest): (Vec<_>, Vec<_>) = self.0.drain(..).partition(|(flow, _)| done(flow));
        let positions = done.into_iter().map(|(_, position)| position);
        (positions.collect(), rest.into_iter().map(|(flow, _)| flow).collect())
    }
}
