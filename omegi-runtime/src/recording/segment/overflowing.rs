//! Calls without a record, because there is no room.

use crate::vocabulary::{CallSite, Outcome, clock};

use crate::recording::data::record::{COUNTED, FRAMES, NO_SPAN, SpanRef};
use crate::recording::data::summary::Frame;
use crate::recording::muting::quietly;
use crate::recording::segment::Segment;

/// One call in so many takes the slow way, even if it is not timed: that looks for long spans.
const LOOK_EVERY: u64 = 64;

/// Calls beyond the limit that need neither memory nor a look for long spans.
impl Segment {
    /// Begins a call for which there is no room. `None` where that has to go the [slow
    /// way](Self::open_slowly).
    #[inline]
    pub(crate) fn open_beyond(&mut self, site: &'static CallSite) -> Option<SpanRef> {
        if !self.fast {
            return None;
        }
        let timed = self.exact || !site.call_speed().is_fast();
        let overflow = self.overflow.as_mut()?;
        let start = if timed { clock::counter() } else { self.latest };
        let looks = if timed { start >= self.next_look } else { overflow.dropped() % LOOK_EVERY == 0 };
        if looks {
            return None;
        }
        let parent = self.cursor;
        let host = overflow.frame(parent).map_or(parent, |frame| frame.summarised_on());
        let span = overflow.open_in_room(Frame::new(site, start, timed, parent, host))?;
        self.latest = start;
        self.cursor = span;
        Some(span)
    }

    /// Closes the active call, which has no record, and makes its caller active again. `None` where
    /// that has to go the [slow way](Self::close_slowly).
    #[inline]
    pub(crate) fn close_beyond(&mut self, span: SpanRef, outcome: Outcome) -> Option<()> {
        let is_usual = self.fast && self.cursor == span && outcome == Outcome::Returned;
        if !is_usual || self.errors.has_arrived(span) {
            return None;
        }
        let overflow = self.overflow.as_mut()?;
        let frame = overflow.innermost(span).filter(|frame| frame.parent != NO_SPAN)?;
        let timed = self.exact || frame.timed;
        let end = if timed { clock::counter() } else { self.latest };
        if timed && end >= self.next_look {
            return None;
        }
        let ticks = frame.timed.then(|| end.saturating_sub(frame.start));
        overflow.close_innermost(&frame, ticks)?;
        if let Some(ticks) = ticks.filter(|_| !self.exact) {
            frame.site.call_speed().learn(ticks);
        }
        self.latest = end;
        self.cursor = frame.parent;
        Some(())
    }
}

/// Calls without a record.
impl Segment {
    pub(super) fn open_frame(&mut self, site: &'static CallSite) -> SpanRef {
        let timed = self.exact || !site.call_speed().is_fast();
        if timed {
            self.latest = clock::ticks();
        }
        let (start, parent) = (self.latest, self.cursor);
        let host = self.host(parent);
        let frame = Frame::new(site, start, timed, parent, host);
        let span = quietly(|| self.overflow.get_or_insert_default().open(frame));
        if span != COUNTED {
            self.cursor = span;
        }
        span
    }

    pub(super) fn end_frame(&mut self, span: SpanRef, outcome: Outcome) -> SpanRef {
        let host = self.host(span);
        let Some(overflow) = &mut self.overflow else { return self.cursor };
        let Some(frame) = overflow.close(span) else { return self.cursor };
        if self.exact || frame.timed {
            self.latest = clock::ticks();
        }
        let end = self.latest;
        let ticks = frame.timed.then(|| end.saturating_sub(frame.start));
        if let Some(ticks) = ticks.filter(|_| !self.exact) {
            frame.site.call_speed().learn(ticks);
        }
        self.errors.handled_in(span);
        match frame.record {
            Some(record) => {
                let late = (record - self.records.len()) as usize;
                let record = &mut overflow.late()[late];
                record.end = end;
                record.meta = record.meta.with_outcome(outcome);
            }
            None => {
                quietly(|| overflow.summarise(host, frame.site, ticks, outcome.is_error()));
            }
        }
        frame.parent
    }

    /// Returns the record that summarises the calls of `span`.
    pub(crate) fn host(&mut self, span: SpanRef) -> SpanRef {
        match self.frame(span) {
            Some(frame) => frame.summarised_on(),
            None => span,
        }
    }

    pub(super) fn frame(&mut self, span: SpanRef) -> Option<&mut Frame> {
        self.overflow.as_mut()?.frame(span)
    }

    /// Returns the record of `span`. A call without one gets a late one, and so do its callers,
    /// outermost first. It stands alone if there is no room for all of those. Returns `None` if
    /// there is no room at all.
    pub(super) fn record_of(&mut self, span: SpanRef) -> Option<SpanRef> {
        if span < FRAMES {
            return Some(span);
        }
        if span >= COUNTED {
            return None;
        }
        let room = self.limits.late.saturating_sub(self.overflow.as_ref()?.late_len());
        let mut unrecorded = Vec::new();
        let mut at = span;
        let mut parent = loop {
            let Some(frame) = self.frame(at) else { break at };
            if let Some(record) = frame.record {
                break record;
            }
            let (host, caller) = (frame.host, frame.parent);
            unrecorded.push(at);
            if unrecorded.len() > room {
                unrecorded.truncate(1);
                break host;
            }
            at = caller;
        };
        for span in unrecorded.into_iter().rev() {
            parent = self.give_record(span, parent)?;
        }
        Some(parent)
    }

    fn give_record(&mut self, span: SpanRef, parent: SpanRef) -> Option<SpanRef> {
        let meta = self.meta;
        let (first, limit) = (self.records.len() as usize, self.limits.late);
        self.overflow.as_mut()?.give_record(span, parent, meta, first, limit)
    }

    /// Returns the caller of `span`: an error passes foreign spans without a trace.
    pub(crate) fn caller(&mut self, span: SpanRef) -> SpanRef {
        let mut caller = self.parent(span);
        while self.records.get_mut(caller).is_some_and(|record| !record.site.is_function()) {
            caller = self.parent(caller);
        }
        caller
    }

    pub(super) fn parent(&mut self, span: SpanRef) -> SpanRef {
        match self.frame(span) {
            Some(frame) => frame.parent,
            None => self.records.get_mut(span).map_or(NO_SPAN, |record| record.parent),
        }
    }
}
