//! The waits of asynchronous calls: how often, how long and where.

use std::panic::Location;

use crate::recording::budget::BUDGET;
use crate::recording::data::record::{FRAMES, NO_SPAN, SpanRef};
use crate::recording::muting::quietly;
use crate::vocabulary::signal_handler;

/// The wait of a call: its index in the segment's waits.
pub(crate) type WaitRef = u32;

/// The call has not waited yet.
pub(crate) const NO_WAIT: WaitRef = WaitRef::MAX;

/// All waits of one asynchronous call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wait {
    pub(crate) span: SpanRef,
    /// The number of polls that were not ready.
    pub(crate) times: u32,
    /// The last `.await`, if it is known.
    pub(crate) place: Option<&'static Location<'static>>,
    /// The ticks of all waits together; [`UNTIMED`] if not all of them were timed.
    idle: u64,
    /// The start of the wait, in ticks; 0 while the call is active, or if the wait is not timed.
    since: u64,
    /// The start of the first timed wait and the end of the last one, in ticks; 0 if there is none.
    bounds: [u64; 2],
}

/// The `idle` of a call with a wait that was not timed.
const UNTIMED: u64 = u64::MAX;

impl Wait {
    /// Returns the ticks of all waits together, if they were timed.
    pub(crate) fn idle(&self) -> Option<u64> {
        (self.idle != UNTIMED).then_some(self.idle)
    }

    /// Returns the readings of the clock that are known: the start of the first timed wait, and the
    /// end of the last one.
    pub(crate) fn readings(&self) -> impl Iterator<Item = u64> {
        self.bounds.into_iter().filter(|ticks| *ticks != 0)
    }

    /// Begins the next wait.
    #[inline]
    fn begin(&mut self, place: Option<&'static Location<'static>>, since: u64) {
        self.times = self.times.saturating_add(1);
        self.place = place;
        self.since = since;
        if since == 0 {
            self.idle = UNTIMED;
        } else if self.bounds[0] == 0 {
            self.bounds[0] = since;
        }
    }
}

/// The waits of one segment.
#[derive(Debug, Default)]
pub(crate) struct Waits(Vec<Wait>);

impl Waits {
    /// Begins a wait of `span`, at `since` if it is timed; else `since` is 0. Records nothing if
    /// there is no room for one more.
    #[inline]
    pub(crate) fn begin(
        &mut self,
        span: SpanRef,
        known: WaitRef,
        place: Option<&'static Location<'static>>,
        since: u64,
    ) -> WaitRef {
        match self.0.get_mut(known as usize) {
            Some(wait) => {
                wait.begin(place, since);
                known
            }
            None => {
                let mut wait = Wait { span, times: 0, place, idle: 0, since, bounds: [0; 2] };
                wait.begin(place, since);
                self.first(wait)
            }
        }
    }

    /// Returns whether the wait has begun and is timed.
    #[inline]
    pub(crate) fn is_timed(&self, known: WaitRef) -> bool {
        self.0.get(known as usize).is_some_and(|wait| wait.since != 0)
    }

    /// Ends a timed wait. Returns its span and its ticks.
    #[inline]
    pub(crate) fn end(&mut self, known: WaitRef, now: u64) -> Option<(SpanRef, u64)> {
        let wait = self.0.get_mut(known as usize)?;
        let ticks = now.saturating_sub(wait.since);
        wait.idle = wait.idle.saturating_add(ticks);
        wait.since = 0;
        wait.bounds[1] = now;
        Some((wait.span, ticks))
    }

    #[inline(never)]
    fn first(&mut self, wait: Wait) -> WaitRef {
        let reference = WaitRef::try_from(self.0.len()).unwrap_or(NO_WAIT);
        if wait.span >= FRAMES || reference == NO_WAIT || !self.has_room() {
            return NO_WAIT;
        }
        self.0.push(wait);
        reference
    }

    fn has_room(&mut self) -> bool {
        let more = self.0.capacity().max(1);
        self.0.len() < self.0.capacity() || {
            let grows = !signal_handler::is_active() && BUDGET.reserve(more * size_of::<Wait>());
            if grows {
                // The allocator may be the user's, and instrumented.
                quietly(|| self.0.reserve_exact(more));
            }
            grows
        }
    }

    /// Returns the waits, in the order in which the calls first waited.
    pub(crate) fn as_slice(&self) -> &[Wait] {
        &self.0
    }

    /// Takes the waits of some spans out. Those behind them keep their references.
    pub(crate) fn take_of(&mut self, is_taken: impl Fn(SpanRef) -> bool) -> Vec<Wait> {
        let mut taken = Vec::new();
        for wait in self.0.iter_mut().filter(|wait| is_taken(wait.span)) {
            let vacant = Wait { span: NO_SPAN, times: 0, place: None, idle: 0, since: 0, bounds: [0; 2] };
            taken.push(std::mem::replace(wait, vacant));
        }
        while self.0.pop_if(|wait| wait.span == NO_SPAN).is_some() {}
        taken
    }

    /// Removes all of them. Keeps the buffer if it has no more than `spare` entries.
    pub(crate) fn clear(&mut self, spare: usize) {
        self.0.clear();
        if self.0.capacity() > spare {
            *self = Self::default();
        }
    }

    /// Returns how many bytes it holds, used or not.
    pub(crate) fn capacity_bytes(&self) -> usize {
        self.0.capacity() * size_of::<Wait>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_with_a_wait_that_was_not_timed_has_no_idle_time() {
        let mut waits = Waits::default();
        let known = waits.begin(0, NO_WAIT, None, 10);
        assert!(waits.is_timed(known));
        assert_eq!(waits.end(known, 15), Some((0, 5)));
        waits.begin(0, known, None, 20);
        waits.end(known, 30);
        assert_eq!(waits.as_slice()[0].idle(), Some(15));
        assert!(waits.as_slice()[0].readings().eq([10, 30]));
        waits.begin(0, known, None, 0);
        assert!(!waits.is_timed(known));
        waits.begin(0, known, None, 50);
        waits.end(known, 60);
        let wait = waits.as_slice()[0];
        assert_eq!((wait.times, wait.idle()), (4, None));
        assert!(wait.readings().eq([10, 60]));
    }
}
