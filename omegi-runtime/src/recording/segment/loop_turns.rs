//! Turns of a loop that serves: each is a flow of its own, on top of the segment of the function.
//!
//! The thread works on the turn's segment, which holds the one below. A coroutine that waits inside
//! a turn takes it off, and puts it back when it is polled again.

use std::panic::Location;

use crate::vocabulary::{ErrorText, Link, Outcome};

use crate::recording::data::record::ROOT;
use crate::recording::data::recorded::Attached;
use crate::recording::data::updates::SpanUpdate;
use crate::recording::data::waits::NO_WAIT;
use crate::recording::flow::origin::Origin;
use crate::recording::ids;
use crate::recording::segment::{Segment, TurnState};
use crate::recording::threads;

/// Turns.
impl Segment {
    /// Returns the origin of a turn of the active span's loop: a new flow, linked to the span.
    pub(crate) fn turn(&mut self) -> Origin {
        self.errors.forget_turn();
        let Attached { seed, span } = self.place();
        self.serving = span;
        let link = Link::to(self.identity.trace_id, ids::span_id(seed, span));
        Origin { link: Some(link), remote: self.remote.clone(), ..Origin::default() }
    }

    /// Makes it a turn, above the segment `below`, which rests.
    pub(crate) fn begin_turn(&mut self, below: Option<&'static mut Self>) {
        let (wait, outcome) = (NO_WAIT, Outcome::Returned);
        self.turn = Some(TurnState { below, wait, outcome });
    }

    /// True if it is a turn.
    pub(crate) fn is_turn(&self) -> bool {
        self.turn.is_some()
    }

    /// Returns whether nothing happened in the turn: it called no function that is recorded, and
    /// nothing refers to it.
    pub(crate) fn is_empty_turn(&self) -> bool {
        if self.turn.is_none() {
            return false;
        }
        let is_new = self.records.len() == 1 && self.overflow.is_none() && self.part.is_none();
        let has_children = self.long.as_ref().is_some_and(|long| long.children + long.cut > 0);
        let was_updated = || {
            let is_link = |update: &SpanUpdate| matches!(update, SpanUpdate::Link(_));
            self.updates.as_slice().iter().any(|updated| !is_link(&updated.update))
                || self.attributes.iter().next().is_some()
        };
        is_new
            && !has_children
            && !self.ids_given
            && !self.must_keep()
            && !self.errors.any()
            && !was_updated()
    }

    /// Puts a turn on `below`, which rests.
    pub(crate) fn put_on(&mut self, below: Option<&'static mut Self>) {
        if let Some(turn) = &mut self.turn {
            turn.below = below;
        }
    }

    /// Takes a turn off the segment below. Returns that as it rests.
    pub(crate) fn take_off(&mut self) -> Option<&'static mut Self> {
        self.turn.as_mut().and_then(|turn| turn.below.take())
    }

    /// Returns the segment below a turn.
    pub(crate) fn below(&mut self) -> Option<&mut Self> {
        self.turn.as_mut()?.below.as_deref_mut()
    }

    /// Begins a wait of the turn at `place`.
    pub(crate) fn pause_turn(&mut self, place: Option<&'static Location<'static>>) {
        let Some(known) = self.turn.as_ref().map(|turn| turn.wait) else { return };
        let wait = self.pause(ROOT, known, place);
        self.turn.iter_mut().for_each(|turn| turn.wait = wait);
    }

    /// Ends a wait of the turn on this thread.
    pub(crate) fn resume_turn(&mut self) {
        let Some(wait) = self.turn.as_ref().map(|turn| turn.wait) else { return };
        self.move_to_thread(threads::current());
        self.resume(wait);
    }

    /// Sets the outcome of the turn, unless it has one already.
    pub(crate) fn set_turn_outcome(&mut self, outcome: Outcome) {
        let returns = |turn: &&mut TurnState| turn.outcome == Outcome::Returned;
        self.turn.as_mut().filter(returns).into_iter().for_each(|turn| turn.outcome = outcome);
    }

    /// Returns the outcome of the turn.
    pub(crate) fn turn_outcome(&self) -> Outcome {
        self.turn.as_ref().map_or(Outcome::Returned, |turn| turn.outcome)
    }

    /// Returns a link to the root.
    pub(crate) fn link_to_root(&self) -> Link {
        Link::to(self.identity.trace_id, ids::span_id(self.identity.seed, ROOT))
    }

    /// Notes that a turn of its loop is a flow, which is linked to it: so a turn itself is one.
    pub(crate) fn note_turn(&mut self) {
        self.ids_given |= self.is_turn();
    }

    /// Returns the last error that arrived in the root and has not left it.
    pub(crate) fn error_at_root(&self) -> Option<ErrorText> {
        self.errors.latest_in(ROOT).cloned()
    }

    /// Notes that an error left a turn of the active span, and with that the span. `text`: it may
    /// have ended in the turn, and is the same only if it says the same.
    pub(crate) fn note_turn_error(&mut self, text: Option<ErrorText>) {
        let opened = self.begun();
        self.errors.note_turn(self.cursor, opened, text);
    }
}
