//! A segment that other threads may reach, and the stand-in that takes its place meanwhile.

use std::sync::Arc;

use crate::vocabulary::per_process;

use crate::recording::flow::watched::Watched;
use crate::recording::segment::{Identity, Segment};

/// Watching.
impl Segment {
    /// Returns whether other threads are to reach the segment: its errors may have to come out
    /// before it ends.
    pub(crate) fn is_to_be_watched(&self) -> bool {
        self.failed || self.long.is_some() || self.watched.is_some()
    }

    /// Notes the place where it rests.
    pub(crate) fn watch(&mut self, watched: Arc<Watched<Self>>) {
        self.watched = Some(watched);
    }

    /// Forgets that place.
    pub(crate) fn watch_no_more(&mut self) {
        self.watched = None;
    }

    /// Sets its stand-in, while its thread works on it.
    pub(crate) fn set_stand_in(&mut self, stand_in: &'static mut Self) {
        self.stand_in = Some(stand_in);
    }

    /// Takes its stand-in, with the place where it rests.
    pub(crate) fn take_stand_in(&mut self) -> Option<(Arc<Watched<Self>>, &'static mut Self)> {
        self.watched.clone().zip(self.stand_in.take())
    }
}

/// Stand-ins.
impl Segment {
    /// Makes it the stand-in of the segment with this identity, which rests at this place.
    pub(crate) fn stand_in(&mut self, identity: Identity, watched: Arc<Watched<Self>>) {
        self.fast = false;
        self.identity = identity;
        self.generation = per_process::generation();
        self.stands_in_for = Some(watched);
    }

    /// Returns the place of the segment that it stands in for.
    pub(crate) fn stands_in_for(&self) -> Option<&Arc<Watched<Self>>> {
        self.stands_in_for.as_ref()
    }

    /// Makes it a segment without a flow again.
    pub(crate) fn stand_in_no_more(&mut self) {
        self.stands_in_for = None;
    }
}
