//! What an exporter is at and is on disk as well: it was written there because the process was about to end, and the process went
//! on.

use std::sync::Arc;

use super::kept::Kept;
use super::spool::Place;

/// The flows of one attempt to export that are on disk as well, and where.
#[derive(Debug, Default)]
pub(super) struct Copies(Vec<(Arc<Kept>, Place)>);

impl Copies {
    /// Whether this flow is among them.
    pub(super) fn have(&self, kept: &Arc<Kept>) -> bool {
        self.0.iter().any(|(copied, _)| Arc::ptr_eq(copied, kept))
    }

    /// This flow is on disk as well.
    pub(super) fn add(&mut self, kept: Arc<Kept>, place: Place) {
        self.0.push((kept, place));
    }

    /// The attempt is over. Returns where those are that are `done` with, and the others.
    pub(super) fn settle(&mut self, done: impl Fn(&Arc<Kept>) -> bool) -> (Vec<Place>, Vec<Arc<Kept>>) {
        let (done, rest): (Vec<_>, Vec<_>) = self.0.drain(..).partition(|(kept, _)| done(kept));
        (done.into_iter().map(|(_, place)| place).collect(), rest.into_iter().map(|(kept, _)| kept).collect())
    }
}
