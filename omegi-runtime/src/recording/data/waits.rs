//! The waits of asynchronous calls: how often, how long and where.

use std::panic::Location;

use crate::recording::budget::BUDGET;
use crate::recording::data::record::{FRAMES, NO_SPAN, SpanRef};
use crate::recording::muting::quietly;

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
    /// The ticks of all waits together; 0 if the flow is not timed.
    pub(crate) idle: u64,
    /// The start of the wait, in ticks; 0 while the call is active, or if the flow is not timed.
    since: u64,
}

/// The waits of one segment.
#[derive(Debug, Default)]
pub(crate) struct Waits(Vec<Wait>);

impl Waits {
    /// Begins a wait of `span`, at `since` if the flow is timed. Records nothing if there is no
    /// room for one more.
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
                *wait = Wait { times: wait.times.saturating_add(1), place, since, ..*wait };
                known
            }
            None => self.first(Wait { span, times: 1, place, idle: 0, since }),
        }
    }

    /// Ends a wait, at `now` if the flow is timed.
    #[inline]
    pub(crate) fn end(&mut self, known: WaitRef, now: u64) {
        if let Some(wait) = self.0.get_mut(known as usize)
            && wait.since != 0
        {
            wait.idle += now.saturating_sub(wait.since);
            wait.since = 0;
        }
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
            let grows = BUDGET.reserve(more * size_of::<Wait>());
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
            let vacant = Wait { span: NO_SPAN, times: 0, place: None, idle: 0, since: 0 };
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
