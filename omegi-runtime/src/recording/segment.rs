//! The buffer of one flow, as long as one thread at a time works on it.

mod failing;
#[cfg_attr(not(feature = "otel"), allow(dead_code, reason = "some of it is for bridges to other libraries"))]
mod foreign;
mod forking;
mod overflowing;
mod parking;
#[cfg(feature = "tracing")]
mod sharing;

use std::mem;
use std::sync::Arc;

use crate::vocabulary::{CallSite, Outcome, SpanId, TraceContext, TraceId, clock};

use super::attributes::{Attributes, Taken};
use super::branching::Share;
use super::budget::BUDGET;
use super::errors::Errors;
use super::foreign::Foreign;
use super::ids;
use super::muting::quietly;
use super::notes::{SpanUpdate, Updates};
use super::origin::Origin;
use super::policy::Policy;
use super::record::{COUNTED, FRAMES, Meta, NO_SPAN, ROOT, SpanRecord, SpanRef};
use super::recorded::{Attached, RecordedFlow};
use super::records::Records;
use super::slot::Apply as _;
use super::summary::Overflow;

use super::waits::{WaitRef, Waits};

pub(crate) use parking::SegmentSlot;

/// How many records a segment begins with: 2 KiB. Every flow has these, also where the memory is used up otherwise, for
/// a flow without a root could not be ended.
const FIRST_RECORDS: usize = 64;

/// A segment that is used again keeps room for this many records, and gives more back: 8 KiB.
const SPARE_RECORDS: usize = 256;

/// And this much room for attributes.
const SPARE_ATTRIBUTE_BYTES: usize = 16 * 1024;

/// And room for this many waits: 4 KiB.
const SPARE_WAITS: usize = 128;

/// What the allocator takes for its own book-keeping of a few allocations, in bytes.
const ALLOCATIONS: usize = 64;

/// The spans of one flow, and everything that is known of them before it is decided whether anybody wants it.
#[derive(Debug)]
pub(crate) struct Segment {
    records: Records,
    /// The span that is at work: the parent of the next one.
    cursor: SpanRef,
    /// The last reading of the clock, plus one for every call since that was not timed.
    latest: u64,
    /// What that was when an asynchronous call last began to wait, and when one last went on.
    paused: u64,
    resumed: u64,
    /// What every record begins with: the thread.
    meta: Meta,
    /// Whether every call is timed.
    exact: bool,
    /// Whether a call takes the fast way: ticks are those of the machine's counter, and no foreign span is to be looked for.
    fast: bool,
    /// Whether the flow is kept even if nothing fails in it.
    sampled: bool,
    /// Whether the environment asks for this flow's arguments.
    arguments: bool,
    failed: bool,
    /// Whether somebody asked that the flow be kept.
    asked: bool,
    identity: Identity,
    parent_span_id: SpanId,
    limits: Limits,
    attributes: Attributes,
    updates: Updates,
    waits: Waits,
    errors: Errors,
    foreign: Foreign,
    /// Its share in the flow, once that has forked.
    share: Option<Share>,
    /// Where it is parked while no thread works on it.
    slot: Option<Arc<SegmentSlot>>,
    attached: Option<Attached>,
    /// What came with the request that the flow answers.
    remote: Option<Arc<TraceContext>>,
    overflow: Option<Box<Overflow>>,
    /// Bytes of the budget that the records and attributes hold.
    reserved: usize,
}

/// Which flow a segment holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) trace_id: TraceId,
    /// What the span ids of this segment are derived from; no two segments have the same.
    pub(crate) seed: u64,
}

#[derive(Clone, Copy, Debug)]
struct Limits {
    /// The most records that calls get as they begin.
    spans: usize,
    /// The most that calls are given after all, because an error leaves them.
    late: usize,
    text: usize,
}

impl Segment {
    /// A segment that is no flow yet.
    pub(crate) fn empty() -> Self {
        Self {
            records: Records::default(),
            cursor: NO_SPAN,
            latest: 0,
            paused: 0,
            resumed: 0,
            meta: Meta::default(),
            exact: false,
            fast: false,
            sampled: false,
            arguments: false,
            failed: false,
            asked: false,
            identity: Identity { trace_id: TraceId::default(), seed: 0 },
            parent_span_id: SpanId::NONE,
            limits: Limits { spans: 0, late: 0, text: 0 },
            attributes: Attributes::default(),
            updates: Updates::default(),
            waits: Waits::default(),
            errors: Errors::default(),
            foreign: Foreign::default(),
            share: None,
            slot: None,
            attached: None,
            remote: None,
            overflow: None,
            reserved: 0,
        }
    }

    /// Makes this segment a flow: called on one that is empty or was [`reset`](Self::reset).
    pub(crate) fn begin(&mut self, identity: Identity, origin: Origin, thread: u16, policy: &Policy) {
        if self.records.capacity() == 0 {
            self.records.grow(FIRST_RECORDS.min(policy.span_limit));
        }
        self.reserved = self.buffer_bytes();
        BUDGET.take(self.reserved);
        self.sampled = policy.stages.samples(identity.trace_id, origin.caller_sampled());
        self.exact = self.sampled || policy.exact_times;
        self.choose_way();
        self.arguments = policy.arguments.wants(self.sampled);
        self.identity = identity;
        self.parent_span_id = origin.parent_span_id;
        (self.share, self.attached) = origin.branch.unzip();
        self.remote = origin.remote;
        self.meta = Meta::on_thread(thread);
        self.limits = Limits {
            spans: policy.span_limit,
            late: policy.span_limit / 4,
            text: policy.limits.value_length,
        };
        // A flow that is not timed has at least its root's times.
        self.latest = clock::ticks();
        if let Some(link) = origin.link {
            self.apply(ROOT, SpanUpdate::Link(link));
        }
    }

    /// What the buffers take that a segment keeps from one flow to the next, in bytes.
    fn buffer_bytes(&self) -> usize {
        self.records.capacity_bytes() + self.attributes.capacity_bytes() + self.waits.capacity_bytes()
    }

    /// Forgets the flow, and keeps room for the next one.
    pub(crate) fn reset(&mut self) {
        self.records.clear(SPARE_RECORDS);
        self.cursor = NO_SPAN;
        self.failed = false;
        self.asked = false;
        self.attached = None;
        self.remote = None;
        self.attributes.clear(SPARE_ATTRIBUTE_BYTES);
        self.waits.clear(SPARE_WAITS);
        self.updates = Updates::default();
        if self.errors.any() {
            self.errors = Errors::default();
        }
        if let Some(overflow) = self.overflow.take() {
            BUDGET.release(overflow.reserved());
        }
        // What lies idle is bounded by the pool, not by the budget: it must not keep others from recording.
        BUDGET.release(mem::take(&mut self.reserved));
    }

    /// Gives all buffers back, after [`reset`](Self::reset).
    pub(crate) fn release(&mut self) {
        self.records = Records::default();
        self.attributes = Attributes::default();
        self.waits = Waits::default();
    }

    /// Which flow this is.
    #[inline]
    pub(crate) fn identity(&self) -> Identity {
        self.identity
    }

    /// Whether the flow is kept even if nothing fails in it.
    pub(crate) fn is_sampled(&self) -> bool {
        self.sampled
    }

    /// Whether the environment asks for this flow's arguments.
    #[inline]
    pub(crate) fn wants_arguments(&self) -> bool {
        self.arguments
    }

    /// Whether an error or a panic left a span.
    pub(crate) fn has_failed(&self) -> bool {
        self.failed
    }

    /// Whether somebody asked that the flow be kept.
    pub(crate) fn is_asked_for(&self) -> bool {
        self.asked
    }

    /// Whether what is recorded here is kept whatever sampling says.
    pub(crate) fn is_precious(&self) -> bool {
        self.failed || self.asked
    }

    /// Whether the whole flow is kept whatever sampling says, as far as that is known by now.
    pub(crate) fn flow_is_precious(&self) -> bool {
        self.is_precious() || self.share.as_ref().is_some_and(Share::is_precious)
    }

    /// Has the flow kept, whatever sampling says.
    pub(crate) fn ask(&mut self) {
        self.asked = true;
        if let Some(share) = &self.share {
            share.ask();
        }
    }

    /// What a request says that the span at work sends.
    pub(crate) fn context(&mut self) -> TraceContext {
        let Attached { seed, span } = self.place();
        let (trace_id, sampled) = (self.identity.trace_id, self.sampled || self.flow_is_precious());
        let span_id = ids::span_id(seed, span);
        match &self.remote {
            Some(remote) if remote.trace_id == trace_id => {
                TraceContext { span_id, sampled, ..TraceContext::clone(remote) }
            }
            remote => {
                let baggage = remote.as_ref().map(|remote| remote.baggage.clone()).unwrap_or_default();
                // Our own ids are.
                TraceContext { trace_id, span_id, sampled, random: true, baggage, ..TraceContext::default() }
            }
        }
    }

    /// The most characters of a text.
    pub(crate) fn text_limit(&self) -> usize {
        self.limits.text
    }

    /// The span that is at work.
    #[inline]
    pub(crate) fn cursor(&self) -> SpanRef {
        self.cursor
    }

    /// Puts another span to work.
    #[inline]
    pub(crate) fn move_to(&mut self, span: SpanRef) {
        self.cursor = span;
    }

    /// The thread that works on it from now on.
    #[inline]
    pub(crate) fn move_to_thread(&mut self, thread: u16) {
        self.meta = Meta::on_thread(thread);
    }

    /// A call begins: it is at work from now on. `None` where that has to go the [slow way](Self::open_slowly).
    #[inline]
    pub(crate) fn open(&mut self, site: &'static CallSite) -> Option<SpanRef> {
        let timed = self.exact || site.call_speed().is_timed();
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

    /// The call that is at work ends, and its caller is at work again. `None` where that has to go the
    /// [slow way](Self::close_slowly).
    #[inline]
    pub(crate) fn close(&mut self, span: SpanRef, outcome: Outcome) -> Option<()> {
        let record = self.records.get_mut(span)?;
        // Something that was entered by hand may be at work still, in this segment or in another one.
        if cfg!(feature = "tracing") && (self.cursor != span || record.meta.is_shared()) {
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

    /// [`open`](Self::open), where there is no room, no counter, or a foreign span to be looked for.
    pub(crate) fn open_slowly(&mut self, site: &'static CallSite) -> SpanRef {
        let timed = self.exact || site.call_speed().is_timed();
        self.open_below_current(|segment| segment.open_record(site, timed))
    }

    fn open_record(&mut self, site: &'static CallSite, timed: bool) -> SpanRef {
        if self.records.len() as usize == self.records.capacity() && !self.grow_records() {
            return self.open_frame(site);
        }
        let start = self.time(timed);
        let Some((span, record)) = self.records.next() else { return COUNTED };
        let meta = self.meta.with_sparse(!timed);
        *record = SpanRecord { site, start, end: 0, parent: self.cursor, meta };
        self.cursor = span;
        span
    }

    /// [`close`](Self::close), whatever `span` is.
    pub(crate) fn close_slowly(&mut self, span: SpanRef, outcome: Outcome) {
        let caller = self.end(span, outcome);
        self.leave(span, caller);
    }

    /// A call ends, whoever is at work. Returns its caller.
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

    /// Takes the time, and gives it to all calls that have not ended: they never will.
    pub(crate) fn break_off(&mut self) {
        let now = self.time(true);
        self.records
            .as_mut_slice()
            .iter_mut()
            .filter(|record| record.end == 0)
            .for_each(|record| record.end = now);
    }

    /// An asynchronous call is not ready, and waits at `place`. Those that wait for it wait from the same moment.
    #[inline]
    pub(crate) fn pause(
        &mut self,
        span: SpanRef,
        known: WaitRef,
        place: Option<&'static std::panic::Location<'static>>,
    ) -> WaitRef {
        if self.exact && self.latest != self.paused {
            self.latest = clock::ticks();
        }
        self.paused = self.latest;
        let before = self.waits.capacity_bytes();
        let wait = self.waits.begin(span, known, place, if self.exact { self.latest } else { 0 });
        self.reserved += self.waits.capacity_bytes() - before;
        wait
    }

    /// An asynchronous call goes on. Those that it goes on with do so from the same moment.
    #[inline]
    pub(crate) fn resume(&mut self, wait: WaitRef) {
        if self.exact && self.latest != self.resumed {
            self.latest = clock::ticks();
        }
        self.resumed = self.latest;
        self.waits.end(wait, self.latest);
    }

    /// Notes that a call was made while its thread was unwinding: from a destructor.
    pub(crate) fn note_unwinding(&mut self, span: SpanRef) {
        if let Some(record) = self.records.get_mut(span) {
            record.meta = record.meta.with_unwinding();
        }
    }

    /// Whether a call was made while its thread was unwinding.
    pub(crate) fn began_unwinding(&mut self, span: SpanRef) -> bool {
        self.records.get_mut(span).is_some_and(|record| record.meta.is_unwinding())
    }

    fn time(&mut self, read: bool) -> u64 {
        self.latest = if read { clock::ticks() } else { self.latest + 1 };
        self.latest
    }

    /// Makes room for at least one more record, if there may be that many, and no call has gone without one yet.
    fn grow_records(&mut self) -> bool {
        let capacity = self.records.capacity();
        let target = (capacity * 2).min(self.limits.spans);
        if target <= capacity || self.overflow.is_some() {
            return false;
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
}

/// What spans say of themselves.
impl Segment {
    /// Adds an attribute to a span that has a record.
    pub(crate) fn add_attribute(&mut self, span: SpanRef, key: &'static str, value: Taken<'_>) {
        if span < FRAMES {
            let limit = self.limits.text;
            let attributes = &mut self.attributes;
            self.reserved += attributes.add(span, key, value, limit).unwrap_or(0);
        }
    }

    /// How many calls have begun.
    pub(crate) fn opened(&self) -> u64 {
        let late = self.overflow.as_ref().map_or(0, |overflow| overflow.late_len());
        u64::from(self.records.len()) + late as u64 + self.dropped_spans()
    }

    /// How many bytes a flow takes that waits for export, besides what has been reserved already: the copy of the
    /// records and waits that [`hand_over`](Self::hand_over) makes, and its place in a queue that has room to grow.
    pub(crate) fn hand_over_bytes(&self) -> usize {
        let late = self.overflow.as_ref().map_or(0, |overflow| overflow.late_len());
        let records = (self.records.len() as usize + late) * size_of::<SpanRecord>();
        let waits = size_of_val(self.waits.as_slice());
        records + waits + 2 * size_of::<RecordedFlow>() + ALLOCATIONS
    }

    /// The flow as it leaves: its records and waits copied at their exact size, for which [room](Self::hand_over_bytes)
    /// was reserved; everything else moved.
    pub(crate) fn hand_over(&mut self) -> RecordedFlow {
        let (own_bytes, dropped_spans) = (self.hand_over_bytes(), self.dropped_spans());
        let overflow = self.overflow.take().map_or_else(Default::default, |overflow| *overflow);
        let overflow_bytes = overflow.reserved();
        let (late, summaries) = overflow.into_parts();
        let (errors, dropped_errors) = self.errors.take();
        let buffer_bytes = self.records.capacity_bytes() + self.waits.capacity_bytes();
        let moved = self.reserved - buffer_bytes + overflow_bytes;
        self.reserved = buffer_bytes;
        let precious = self.is_precious();
        RecordedFlow {
            trace_id: self.identity.trace_id,
            parent_span_id: self.parent_span_id,
            seed: self.identity.seed,
            records: [self.records.as_slice(), &late].concat().into_boxed_slice(),
            attributes: mem::take(&mut self.attributes),
            updates: mem::take(&mut self.updates),
            waits: self.waits.as_slice().into(),
            errors,
            summaries,
            dropped_spans,
            dropped_errors,
            precious,
            suppressed: 0,
            attached: self.attached,
            branches: Vec::new(),
            reserved: own_bytes + moved,
        }
    }

    fn dropped_spans(&self) -> u64 {
        self.overflow.as_ref().map_or(0, |overflow| overflow.dropped())
    }
}
