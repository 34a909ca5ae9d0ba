//! The calls that a flow has no room for: a summary for each call site, on the nearest span with a
//! record.
//!
//! While such a call lasts it has a *frame*. If it ends with an error, it and its callers are given
//! late records. So no error loses its path. Otherwise its frame is folded into a summary.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::vocabulary::{CallSite, signal_handler};

use crate::recording::budget::BUDGET;
use crate::recording::data::record::{COUNTED, FRAMES, Meta, SpanRecord, SpanRef};

/// Calls of one function, made below one span, without records of their own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Summary {
    /// The record that carries the summary.
    pub(crate) host: SpanRef,
    pub(crate) site: &'static CallSite,
    pub(crate) count: u64,
    pub(crate) errors: u64,
    /// The number of timed calls.
    pub(crate) timed: u64,
    /// The ticks of all timed calls together.
    pub(crate) total: u64,
    /// The ticks of the longest timed call.
    pub(crate) longest: u64,
}

/// A call without a record, while it lasts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    pub(crate) site: &'static CallSite,
    /// The start, in ticks: the last reading of the clock before it, if it is not timed.
    pub(crate) start: u64,
    /// True if the start is read from the clock.
    pub(crate) timed: bool,
    pub(crate) parent: SpanRef,
    /// The nearest caller that had a record when the call began.
    pub(crate) host: SpanRef,
    /// Its own record, once it has one.
    pub(crate) record: Option<SpanRef>,
    open: bool,
}

/// The calls of one flow that have no record.
#[derive(Debug, Default)]
pub(crate) struct Overflow {
    frames: Vec<Frame>,
    summaries: Vec<Summary>,
    /// Late records, of calls that an error left. Their references follow the segment's last
    /// record: with an overflow no call gets one of those.
    late: Vec<SpanRecord>,
    /// The place of a host's call site in `summaries`, by the site's address.
    places: HashMap<(SpanRef, usize), usize, BuildHasherDefault<PlaceHasher>>,
    /// The place that was used last: a loop uses the same one again and again.
    last: usize,
    /// The number of calls without a record.
    dropped: u64,
    /// The memory that all this has reserved, in bytes.
    reserved: usize,
}

/// Hashes the keys of `places`: addresses of statics and numbers that omegi counts itself. No input
/// of the program can make them collide, so one multiplication each does.
#[derive(Debug, Default)]
struct PlaceHasher(u64);

impl PlaceHasher {
    /// An odd number with as many ones as zeros: 2^64 divided by the golden ratio.
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
}

impl Hasher for PlaceHasher {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(Self::FACTOR);
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }

    fn finish(&self) -> u64 {
        // The table takes the lowest bits, and the highest ones depend on all of the number.
        self.0.rotate_left(26)
    }
}

/// The memory of an entry of `summaries` and `places`, with the spare room of a growing table, in
/// bytes.
const SUMMARY_BYTES: usize = 2 * (size_of::<Summary>() + size_of::<((SpanRef, usize), usize)>());

impl Frame {
    /// Returns the record that summarises the calls below it.
    #[inline]
    pub(crate) fn summarised_on(&self) -> SpanRef {
        self.record.unwrap_or(self.host)
    }

    /// Returns the frame of a call that begins.
    #[inline]
    pub(crate) fn new(
        site: &'static CallSite,
        start: u64,
        timed: bool,
        parent: SpanRef,
        host: SpanRef,
    ) -> Self {
        Self { site, start, timed, parent, host, record: None, open: true }
    }
}

impl Overflow {
    /// Begins a call. Only counts the call if there is no room for a frame.
    pub(crate) fn open(&mut self, frame: Frame) -> SpanRef {
        self.dropped += 1;
        if self.frames.len() == self.frames.capacity() && !self.grow_frames() {
            return COUNTED;
        }
        self.frames.push(frame);
        frame_ref(self.frames.len() - 1)
    }

    /// Begins a call, if there is room for its frame.
    #[inline]
    pub(crate) fn open_in_room(&mut self, frame: Frame) -> Option<SpanRef> {
        if self.frames.len() == self.frames.capacity() {
            return None;
        }
        self.dropped += 1;
        self.frames.push(frame);
        Some(frame_ref(self.frames.len() - 1))
    }

    /// Returns the frame of `span`, if no call has begun after it and it has no record.
    #[inline]
    pub(crate) fn innermost(&self, span: SpanRef) -> Option<Frame> {
        let last = self.frames.last().filter(|last| last.record.is_none())?;
        (frame_ref(self.frames.len() - 1) == span).then_some(*last)
    }

    /// Returns the frame of `span`.
    #[inline]
    pub(crate) fn frame(&mut self, span: SpanRef) -> Option<&mut Frame> {
        self.frames.get_mut(span.checked_sub(FRAMES)? as usize)
    }

    /// Ends a call. Its frame is free again once all that began later have ended too.
    pub(crate) fn close(&mut self, span: SpanRef) -> Option<Frame> {
        let frame = self.frame(span)?;
        frame.open = false;
        let closed = *frame;
        self.free_closed();
        Some(closed)
    }

    /// Ends the call with the frame `innermost`, by adding it to the summary of its call site.
    /// Returns `None`, and does nothing, if there is no such summary yet. `ticks` is its duration,
    /// if it was timed.
    #[inline]
    pub(crate) fn close_innermost(&mut self, innermost: &Frame, ticks: Option<u64>) -> Option<()> {
        let place = self.known_place(innermost.host, innermost.site)?;
        self.add(place, ticks, false)?;
        self.frames.pop();
        self.free_closed();
        Some(())
    }

    #[inline]
    fn free_closed(&mut self) {
        while self.frames.last().is_some_and(|frame| !frame.open) {
            self.frames.pop();
        }
    }

    /// Gives a call below `parent` a late record, if there are fewer than `limit`. `first` is the
    /// number of the segment's records.
    pub(crate) fn give_record(
        &mut self,
        span: SpanRef,
        parent: SpanRef,
        meta: Meta,
        first: usize,
        limit: usize,
    ) -> Option<SpanRef> {
        if self.late.len() == self.late.capacity() && !self.grow_late(limit) {
            return None;
        }
        let record = SpanRef::try_from(first + self.late.len()).ok()?;
        let frame = self.frame(span)?;
        frame.record = Some(record);
        let meta = meta.with_sparse(!frame.timed);
        let late = SpanRecord { site: frame.site, start: frame.start, end: 0, parent, meta };
        self.late.push(late);
        self.dropped -= 1;
        Some(record)
    }

    /// Returns the late records, to read them.
    pub(crate) fn late_records(&self) -> &[SpanRecord] {
        &self.late
    }

    /// Returns the records that carry summaries of open calls, and those of open calls.
    pub(crate) fn open_hosts(&self) -> impl Iterator<Item = SpanRef> {
        let open = self.frames.iter().filter(|frame| frame.open);
        open.flat_map(|frame| std::iter::once(frame.host).chain(frame.record))
    }

    /// Takes the summaries out that some records carry.
    pub(crate) fn take_summaries_of(&mut self, is_taken: impl Fn(SpanRef) -> bool) -> Vec<Summary> {
        if !self.summaries.iter().any(|summary| is_taken(summary.host)) {
            return Vec::new();
        }
        let taken = self.summaries.extract_if(.., |summary| is_taken(summary.host)).collect();
        let place = |(place, summary): (usize, &Summary)| {
            ((summary.host, std::ptr::from_ref(summary.site).addr()), place)
        };
        self.places = self.summaries.iter().enumerate().map(place).collect();
        self.last = 0;
        taken
    }

    /// Returns the late records.
    pub(crate) fn late(&mut self) -> &mut [SpanRecord] {
        &mut self.late
    }

    /// Returns the number of late records.
    pub(crate) fn late_len(&self) -> usize {
        self.late.len()
    }

    /// Folds an ended call into the summary of its call site on `host`. `ticks` is its duration, if
    /// it was timed.
    pub(crate) fn summarise(
        &mut self,
        host: SpanRef,
        site: &'static CallSite,
        ticks: Option<u64>,
        failed: bool,
    ) {
        let place = self.known_place(host, site).or_else(|| self.new_place(host, site));
        place.and_then(|place| self.add(place, ticks, failed));
    }

    #[inline]
    fn add(&mut self, place: usize, ticks: Option<u64>, failed: bool) -> Option<()> {
        self.last = place;
        let summary = self.summaries.get_mut(place)?;
        summary.count += 1;
        summary.errors += u64::from(failed);
        summary.timed += u64::from(ticks.is_some());
        summary.total += ticks.unwrap_or(0);
        summary.longest = summary.longest.max(ticks.unwrap_or(0));
        Some(())
    }

    /// Returns the number of calls of `site` that have ended or have a late record.
    pub(crate) fn calls_of(&self, site: &'static CallSite) -> u64 {
        let is_it = |other: &'static CallSite| std::ptr::eq(other, site);
        let late = self.late.iter().filter(|record| is_it(record.site)).count() as u64;
        let summaries = self.summaries.iter().filter(|summary| is_it(summary.site));
        late + summaries.map(|summary| summary.count).sum::<u64>()
    }

    /// Returns the number of calls of `site` that are summarised on some records.
    pub(crate) fn summarised_on(&self, is_host: impl Fn(SpanRef) -> bool, site: &'static CallSite) -> u64 {
        let is_it = |summary: &&Summary| std::ptr::eq(summary.site, site) && is_host(summary.host);
        self.summaries.iter().filter(is_it).map(|summary| summary.count).sum()
    }

    /// Returns the number of calls without a record.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Returns the memory that all this has reserved, in bytes.
    pub(crate) fn reserved(&self) -> usize {
        self.reserved
    }

    /// Returns the late records and the summaries.
    pub(crate) fn into_parts(self) -> (Vec<SpanRecord>, Vec<Summary>) {
        (self.late, self.summaries)
    }

    #[inline]
    fn known_place(&self, host: SpanRef, site: &'static CallSite) -> Option<usize> {
        let is_it = |summary: &Summary| summary.host == host && std::ptr::eq(summary.site, site);
        if self.summaries.get(self.last).is_some_and(is_it) {
            return Some(self.last);
        }
        self.places.get(&(host, std::ptr::from_ref(site).addr())).copied()
    }

    #[cold]
    fn new_place(&mut self, host: SpanRef, site: &'static CallSite) -> Option<usize> {
        if signal_handler::is_active() || !self.reserve(SUMMARY_BYTES) {
            return None;
        }
        let place = self.summaries.len();
        self.summaries.push(Summary { host, site, count: 0, errors: 0, timed: 0, total: 0, longest: 0 });
        self.places.insert((host, std::ptr::from_ref(site).addr()), place);
        Some(place)
    }

    fn grow_frames(&mut self) -> bool {
        let more = self.frames.capacity().max(16);
        let grows = !signal_handler::is_active() && self.reserve(more * size_of::<Frame>());
        if grows {
            self.frames.reserve_exact(more);
        }
        grows
    }

    fn grow_late(&mut self, limit: usize) -> bool {
        let more = self.late.capacity().max(16).min(limit - self.late.len().min(limit));
        let grows = more > 0 && self.reserve(more * size_of::<SpanRecord>());
        if grows {
            self.late.reserve_exact(more);
        }
        grows
    }

    fn reserve(&mut self, bytes: usize) -> bool {
        // A call without a frame loses its error.
        let fits = BUDGET.reserve_for_error(bytes);
        self.reserved += if fits { bytes } else { 0 };
        fits
    }
}

fn frame_ref(index: usize) -> SpanRef {
    u32::try_from(index).map_or(COUNTED, |index| FRAMES + index)
}
