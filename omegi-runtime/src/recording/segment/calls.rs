//! Calls in a segment: how they begin, wait and end.

use std::panic::Location;

use crate::vocabulary::{CallSite, Outcome, clock};

use crate::recording::budget::BUDGET;
use crate::recording::data::record::{COUNTED, FRAMES, SpanRecord, SpanRef};
use crate::recording::data::scalar::Scalar;
use crate::recording::data::spare_records;
use crate::recording::data::waits::WaitRef;
use crate::recording::muting::quietly;
use crate::recording::segment::{SPARE_RECORDS, Segment};

/// From here on records double when they grow; fewer ones grow faster.
const MANY_RECORDS: usize = 128;

/// Calls.
impl Segment {
    /// Adds an attribute to a span that has a record.
    pub(crate) fn add_attribute(&mut self, span: SpanRef, key: &'static str, value: Scalar<&str>) {
        if span < FRAMES {
            let limit = self.limits.text;
            let attributes = &mut self.attributes;
            self.reserved += attributes.add(span, key, value, limit);
        }
    }

    /// A call begins: it is active from now on. `None` where that has to go the [slow
    /// way](Self::open_slowly).
    #[inline]
    pub(crate) fn open(&mut self, site: &'static CallSite) -> Option<SpanRef> {
        let timed = self.exact || !site.call_speed().is_fast();
        if !self.fast {
            return None;
        }
        let (span, record) = self.records.next()?;
        self.latest = if timed { clock::counter() } else { self.latest + 1 };
        let meta = self.meta.with_sparse(!timed);
        *record = SpanRecord { site, start: self.latest, end: 0, parent: self.cursor, meta };
        self.cursor = span;
        Some(span)
    }

    /// Closes the active call and makes its caller active again. Returns `None` if the call has to
    /// take the [slow way](Self::close_slowly).
    #[inline]
    pub(crate) fn close(&mut self, span: SpanRef, outcome: Outcome) -> Option<()> {
        let record = self.records.get_mut(span)?;
        // An entered span may still be active, in this segment or in another one.
        if cfg!(feature = "tracing") && (self.cursor != span || record.meta.is_handle()) {
            return None;
        }
        if !self.fast {
            return None;
        }
        if self.exact {
            self.latest = clock::counter();
        } else if record.meta.is_sparse() {
            self.latest += 1;
        } else {
            self.latest = clock::counter();
            record.site.call_speed().learn(self.latest.saturating_sub(record.start));
        }
        record.end = self.latest;
        record.meta = record.meta.with_outcome(outcome);
        self.cursor = record.parent;
        Some(())
    }

    /// Returns whether a call that begins now allocates: a record, a summary or a segment of its
    /// own.
    pub(crate) fn needs_memory(&self) -> bool {
        self.overflow.is_none() && self.records.len() as usize == self.records.capacity()
            || self.long.is_some()
    }

    /// Opens a call where there is no room, no counter, or a foreign span to look for.
    pub(crate) fn open_slowly(&mut self, site: &'static CallSite) -> SpanRef {
        let timed = self.exact || !site.call_speed().is_fast();
        self.open_below_current(|segment| segment.open_record(site, timed))
    }

    pub(super) fn open_record(&mut self, site: &'static CallSite, timed: bool) -> SpanRef {
        if self.records.len() as usize == self.records.capacity() && !self.grow_records() {
            return self.open_frame(site);
        }
        // A root is always timed: its times bound those of its calls that are not.
        let timed = timed || self.records.len() == 0;
        let start = self.time(timed);
        let Some((span, record)) = self.records.next() else { return COUNTED };
        let meta = self.meta.with_sparse(!timed);
        *record = SpanRecord { site, start, end: 0, parent: self.cursor, meta };
        self.cursor = span;
        span
    }

    /// Closes any call.
    pub(crate) fn close_slowly(&mut self, span: SpanRef, outcome: Outcome) {
        let caller = self.end(span, outcome);
        self.leave(span, caller);
    }

    /// Ends a call, also one that is not active. Returns its caller.
    #[inline]
    pub(crate) fn end(&mut self, span: SpanRef, outcome: Outcome) -> SpanRef {
        let exact = self.exact;
        let Some(record) = self.records.get_mut(span) else { return self.end_frame(span, outcome) };
        let timed = exact || !record.meta.is_sparse();
        self.latest = if timed { clock::ticks() } else { self.latest + 1 };
        if timed && !exact {
            record.site.call_speed().learn(self.latest.saturating_sub(record.start));
        }
        record.end = self.latest;
        record.meta = record.meta.with_outcome(outcome);
        record.parent
    }

    /// Ends all open calls now, because they will never return.
    pub(crate) fn break_off(&mut self) {
        self.time_from_now_on();
        let now = self.latest;
        self.records
            .as_mut_slice()
            .iter_mut()
            .filter(|record| record.end == 0)
            .for_each(|record| record.end = now);
    }

    /// Reads the clock. Times all calls that begin or end after that.
    pub(super) fn time_from_now_on(&mut self) {
        self.latest = clock::ticks();
        if !self.exact {
            self.exact = true;
            self.timed_from = self.latest;
        }
    }

    /// Begins a wait of an asynchronous call, at `place`. Its callers wait from the same moment.
    ///
    /// The wait is timed if the flow is, or if the call is not: it is then not as fast as usual.
    #[inline]
    pub(crate) fn pause(
        &mut self,
        span: SpanRef,
        known: WaitRef,
        place: Option<&'static Location<'static>>,
    ) -> WaitRef {
        let timed = self.exact || self.records.get_mut(span).is_some_and(|record| record.meta.is_sparse());
        if timed && self.latest != self.paused {
            self.latest = clock::ticks();
            self.paused = self.latest;
        }
        let before = self.waits.capacity_bytes();
        let wait = self.waits.begin(span, known, place, if timed { self.latest } else { 0 });
        self.reserved += self.waits.capacity_bytes() - before;
        wait
    }

    /// Ends a wait of an asynchronous call. Its callers continue at the same moment.
    #[inline]
    pub(crate) fn resume(&mut self, wait: WaitRef) {
        let timed = self.waits.is_timed(wait);
        if (self.exact || timed) && self.latest != self.resumed {
            self.latest = clock::ticks();
            self.resumed = self.latest;
        }
        if timed {
            let Some((span, ticks)) = self.waits.end(wait, self.latest) else { return };
            if let Some(record) = self.records.get_mut(span).filter(|record| record.meta.is_sparse()) {
                record.site.call_speed().learn_at_least(ticks);
            }
        }
    }

    /// Notes that a destructor made the call while its thread unwound.
    pub(crate) fn note_unwinding(&mut self, span: SpanRef) {
        if let Some(record) = self.records.get_mut(span) {
            record.meta = record.meta.with_unwinding();
        }
    }

    /// Returns whether a destructor made the call while its thread unwound.
    pub(crate) fn began_unwinding(&mut self, span: SpanRef) -> bool {
        self.records.get_mut(span).is_some_and(|record| record.meta.is_unwinding())
    }

    pub(super) fn time(&mut self, read: bool) -> u64 {
        self.latest = if read { clock::ticks() } else { self.latest + 1 };
        self.latest
    }

    /// Makes room for at least one more record, unless the limit is reached or a call has gone
    /// without one.
    fn grow_records(&mut self) -> bool {
        let capacity = self.records.capacity();
        let factor = if capacity < MANY_RECORDS { 4 } else { 2 };
        let target = (capacity * factor).min(self.limits.spans);
        if target <= capacity || self.overflow.is_some() {
            return false;
        }
        if target > SPARE_RECORDS && self.take_spare_records() {
            return true;
        }
        let bytes = (target - capacity) * size_of::<SpanRecord>();
        if !BUDGET.reserve(bytes) {
            return false;
        }
        // The allocator may be the user's, and instrumented.
        let grown = quietly(|| self.records.grow(target));
        if grown {
            self.reserved += bytes;
        } else {
            BUDGET.release(bytes);
        }
        grown
    }

    /// Moves to the records of an earlier large flow. Returns `false` if there are none.
    fn take_spare_records(&mut self) -> bool {
        let Some(larger) = spare_records::take(self.records.capacity(), self.limits.spans) else {
            return false;
        };
        let bytes = larger.capacity() * size_of::<SpanRecord>();
        if !BUDGET.reserve(bytes) {
            spare_records::give_back(larger);
            return false;
        }
        self.reserved += bytes;
        if let Some(previous) = self.records.move_to(larger) {
            let bytes = previous.capacity() * size_of::<SpanRecord>();
            spare_records::give_back(previous);
            BUDGET.release(bytes);
            self.reserved -= bytes;
        }
        true
    }
}
