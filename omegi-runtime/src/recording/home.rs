//! Where a segment rests whose spans do not nest by themselves, and how its flow is joined from other threads.

use std::sync::{Mutex, PoisonError};

use crate::vocabulary::Outcome;

use super::branching::{Forked, Share};
use super::root;
use super::segment::Segment;
use super::span::ROOT;

/// What everybody who has a [span](super::shared_span) of a segment shares.
#[derive(Debug)]
pub(crate) struct Home {
    flow: Forked,
    place: Mutex<Place>,
}

#[derive(Debug)]
enum Place {
    /// The segment is at work on a thread, or in a task; or it never comes here, because its root is a call.
    Away,
    Resting(&'static mut Segment),
    /// Its root is closed, with this outcome: whoever brings the segment here ends it.
    Closed(Outcome),
}

impl Home {
    pub(crate) fn new(flow: Forked) -> Self {
        Self { flow, place: Mutex::new(Place::Away) }
    }

    /// A share in the flow for one more segment.
    pub(crate) fn join(&self) -> Share {
        self.flow.share()
    }

    /// The segment, if it is here.
    pub(crate) fn take(&self) -> Option<&'static mut Segment> {
        self.change(|place| match std::mem::replace(place, Place::Away) {
            Place::Resting(segment) => Some(segment),
            other => {
                *place = other;
                None
            }
        })
    }

    /// The segment comes back, to rest here or to end.
    pub(crate) fn bring(&self, segment: &'static mut Segment) {
        let closed = self.change(|place| match place {
            Place::Closed(outcome) => Some((segment, *outcome)),
            _ => {
                *place = Place::Resting(segment);
                None
            }
        });
        if let Some((segment, outcome)) = closed {
            end(segment, outcome);
        }
    }

    /// The root is closed: the segment ends, now or when it comes back.
    pub(crate) fn close(&self, outcome: Outcome) {
        let closed = Place::Closed(outcome);
        if let Place::Resting(segment) = self.change(|place| std::mem::replace(place, closed)) {
            end(segment, outcome);
        }
    }

    /// Works on the segment, if it is here.
    pub(crate) fn with<R>(&self, work: impl FnOnce(&mut Segment) -> R) -> Option<R> {
        self.change(|place| match place {
            Place::Resting(segment) => Some(work(segment)),
            _ => None,
        })
    }

    fn change<R>(&self, change: impl FnOnce(&mut Place) -> R) -> R {
        change(&mut self.place.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn end(segment: &'static mut Segment, outcome: Outcome) {
    segment.end(ROOT, outcome);
    root::end(segment);
}
