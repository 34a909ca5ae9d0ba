//! Segments: the buffers of flows.
//!
//! # One owner at a time
//!
//! A segment holds the spans of one flow, or of one part of it, until the flow is decided. A thread
//! that works on the flow owns the segment alone. It therefore writes without a lock and without an
//! atomic operation. The owner changes by moving a `&'static mut Segment`:
//!
//! ```text
//!                       ┌──────────────────── pool ◀────────────────┐
//!     a root begins     ▼                                           │ reset
//!                 ┌───────────┐   await    ┌──────────────────┐     │
//!                 │ cell of a │ ─────────▶ │ coroutine of the │     │
//!                 │  thread   │ ◀───────── │ root, not polled │     │
//!                 │           │   poll     └──────────────────┘     │
//!                 │           │   no call  ┌──────────────────┐     │
//!                 │           │ ─────────▶ │ slot: parked     │     │
//!                 └─────┬─────┘ ◀───────── └──────────────────┘     │
//!     the root ends     │         next call                         │
//!                       ▼                                           │
//!                   decision ──────── dropped ──────────────────────┤
//!                       └──── kept: records are copied, queued ─────┘
//! ```
//!
//! A segment without an active call is parked in its slot while a span of another library is open
//! in it ([`flow::slot`](crate::recording::flow::slot)). Segments are leaked once and used again.
//! A dropped flow therefore allocates nothing once the buffers have grown.
//!
//! # Contents
//!
//! `records` is a list of 32 bytes for each span, in the order of their beginnings: call site,
//! start, end, parent, outcome and thread. Record 0 is the root. The *cursor* is the active span. A
//! call takes the next record, with the cursor as its parent, and becomes the cursor itself. Its
//! end writes two fields and puts the cursor back.
//!
//! Few spans have more than that. Captured values, events, waits and errors are therefore in lists
//! of their own, whose entries name their span. A flow of plain calls leaves them empty.
//!
//! # Fast and slow calls
//!
//! `fast` says that calls may take the short way. Four conditions make it false: an open span of
//! OpenTelemetry, an error in the flow, a long span, and a machine without a counter. It is
//! computed when one of these changes. So a call reads one flag instead of four conditions.
//!
//! # More than one segment for a flow
//!
//! - A *fork* hands work to another task or thread. That work has a segment of its own, and the
//!   flow is decided when the last one has ended ([`forking`]).
//! - A turn of a loop that serves is a flow with a segment on top of the function's
//!   ([`loop_turns`]).
//! - A child of a long span begins a segment, or is cut out of one ([`cutting`]).
//!
//! # Limits
//!
//! Records grow until the flow or `OMEGI_MEMORY` is full. Further calls are counted for their
//! function instead ([`overflowing`]). A call that then fails gets a late record, and so do its
//! callers: its error keeps its path. Late records have a limit of their own.

#[cfg_attr(not(feature = "otel"), allow(dead_code, reason = "some of it is for bridges to other libraries"))]
mod adoption;
mod calls;
mod cutting;
mod failing;
#[cfg_attr(not(feature = "otel"), allow(dead_code, reason = "some of it is for bridges to other libraries"))]
mod foreign;
mod forking;
mod handing_over;
#[cfg(feature = "tracing")]
mod handles;
mod judging;
mod long_spans;
mod loop_turns;
pub(in crate::recording) mod open_functions;
mod overflowing;
mod parking;
mod telling;
mod watching;

use std::mem;
use std::sync::Arc;

use crate::vocabulary::decision::DecisionReason;
use crate::vocabulary::{CallSite, Outcome, SpanId, TraceContext, TraceId, per_process};

use crate::recording::budget::{ALLOCATIONS, BUDGET};
use crate::recording::data::attributes::Attributes;
use crate::recording::data::error_kinds::ErrorKinds;
use crate::recording::data::errors::Errors;
use crate::recording::data::record::{Meta, NO_SPAN, ROOT, SpanRecord, SpanRef};
use crate::recording::data::recorded::Attached;
use crate::recording::data::records::Records;
use crate::recording::data::spare_records;
use crate::recording::data::summary::Overflow;
use crate::recording::data::updates::{SpanUpdate, Updates};
use crate::recording::flow::opener::Opener;
use crate::recording::flow::origin::Origin;
use crate::recording::flow::shared_flow::FlowPart;
use crate::recording::flow::slot::{Apply as _, Slot};
use crate::recording::flow::watched::Watched;
use crate::recording::ids;
use crate::recording::policy::Policy;
use crate::recording::segment::adoption::Foreign;
use crate::recording::segment::long_spans::LongSpans;

use crate::recording::data::waits::{WaitRef, Waits};

/// The first records of a segment: 256 bytes. A flow that waits has few calls, and may be one of
/// many.
const FIRST_RECORDS: usize = 8;

/// The most records that an idle segment keeps. A flow with more takes those of an
/// [earlier one](spare_records).
const SPARE_RECORDS: usize = 256;

/// The most bytes of attributes that an idle segment keeps.
const SPARE_ATTRIBUTE_BYTES: usize = 16 * 1024;

/// The most waits that an idle segment keeps: 4 KiB.
const SPARE_WAITS: usize = 128;

/// The spans of one flow, and all data about them, before it is decided whether the flow is kept.
#[derive(Debug)]
pub(crate) struct Segment {
    records: Records,
    /// The active span: the parent of the next one.
    cursor: SpanRef,
    /// The last reading of the clock, plus one for every call since that was not timed.
    latest: u64,
    /// The first reading after which all calls are timed; the greatest number while there is none.
    timed_from: u64,
    /// The reading when an asynchronous call last began to wait.
    paused: u64,
    resumed: u64,
    /// The first value of every record: the thread.
    meta: Meta,
    /// True if every call is timed.
    exact: bool,
    /// True if calls take the fast way: ticks are those of the machine's counter, and there is no
    /// foreign span to look for.
    fast: bool,
    /// True if the flow is kept even without a failure.
    sampled: bool,
    /// True if the environment asks for this flow's arguments.
    arguments: bool,
    /// True if an error or a panic left a span; once the errors are judged, if one of them counts.
    failed: bool,
    /// True if the program requested that the flow be kept.
    keep_requested: bool,
    /// The callees that keep their parts of the flow, each as a kind.
    upstreams: ErrorKinds,
    /// The number of its first errors that are known not to count.
    excused: usize,
    identity: Identity,
    /// The [generation](per_process::generation) of the process that it began in.
    generation: u32,
    parent_span_id: SpanId,
    limits: SegmentLimits,
    attributes: Attributes,
    updates: Updates,
    waits: Waits,
    errors: Errors,
    foreign: Foreign,
    /// Its part of the flow, once that has forked.
    part: Option<FlowPart>,
    /// The open span whose child it is, if it is a flow of its own for that.
    opener: Option<Arc<Opener>>,
    /// Its long spans, once there are any.
    long: Option<Box<LongSpans>>,
    /// The moment, in ticks, when the next span may be long; 0 before the first look.
    next_look: u64,
    /// True if ids of its spans were given to other parts of the program or to other processes.
    ids_given: bool,
    /// The segment that its thread works on again after a synchronous root.
    outer: Option<&'static mut Self>,
    /// The place where it rests, once other threads may reach it.
    watched: Option<Arc<Watched<Self>>>,
    /// Its stand-in, while it is watched and its thread works on it.
    stand_in: Option<&'static mut Self>,
    /// The place of the segment that it stands in for, if it has no flow of its own.
    stands_in_for: Option<Arc<Watched<Self>>>,
    /// The reason for which it was exported before its end, if it was.
    told_for: Option<DecisionReason>,
    /// The number of branches that it has started.
    forks: u64,
    /// Its slot, which parks it while no thread works on it.
    slot: Option<Arc<SegmentSlot>>,
    attached: Option<Attached>,
    /// The context of the request that the flow answers.
    remote: Option<Arc<TraceContext>>,
    overflow: Option<Box<Overflow>>,
    /// Set if it is a turn of a loop that serves.
    turn: Option<TurnState>,
    /// The span that began a turn of its loop last.
    serving: SpanRef,
    /// The memory that its buffers have reserved, in bytes.
    reserved: usize,
}

/// The slot of a segment.
pub(crate) type SegmentSlot = Slot<Segment>;

/// The identity of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) trace_id: TraceId,
    /// The seed of its span ids; no two segments have the same.
    pub(crate) seed: u64,
}

/// The state that only a turn has.
#[derive(Debug)]
struct TurnState {
    /// The segment that the thread worked on before. Another turn while both are taken off.
    below: Option<&'static mut Segment>,
    wait: WaitRef,
    outcome: Outcome,
}

#[derive(Clone, Copy, Debug)]
struct SegmentLimits {
    /// The most records of calls.
    spans: usize,
    /// The most late records, of calls that an error left.
    late: usize,
    text: usize,
}

impl Segment {
    /// The memory of a new segment, in bytes.
    pub(crate) const FIRST_BYTES: usize =
        size_of::<Self>() + FIRST_RECORDS * size_of::<SpanRecord>() + ALLOCATIONS;

    /// Returns a segment without a flow.
    pub(crate) fn empty() -> Self {
        Self {
            records: Records::default(),
            cursor: NO_SPAN,
            latest: 0,
            timed_from: u64::MAX,
            paused: 0,
            resumed: 0,
            meta: Meta::default(),
            exact: false,
            fast: false,
            sampled: false,
            arguments: false,
            failed: false,
            keep_requested: false,
            upstreams: ErrorKinds::default(),
            excused: 0,
            identity: Identity { trace_id: TraceId::default(), seed: 0 },
            generation: 0,
            parent_span_id: SpanId::NONE,
            limits: SegmentLimits { spans: 0, late: 0, text: 0 },
            attributes: Attributes::default(),
            updates: Updates::default(),
            waits: Waits::default(),
            errors: Errors::default(),
            foreign: Foreign::default(),
            part: None,
            opener: None,
            long: None,
            next_look: 0,
            ids_given: false,
            outer: None,
            watched: None,
            stand_in: None,
            stands_in_for: None,
            told_for: None,
            forks: 0,
            slot: None,
            attached: None,
            remote: None,
            overflow: None,
            turn: None,
            serving: NO_SPAN,
            reserved: 0,
        }
    }

    /// Begins a flow, in a segment that is empty or was [`reset`](Self::reset). `reserved`: the
    /// memory that is reserved for it, in bytes.
    pub(crate) fn begin(
        &mut self,
        identity: Identity,
        origin: Origin,
        thread: u16,
        policy: &Policy,
        reserved: usize,
    ) {
        if self.records.capacity() == 0 {
            self.records.grow(FIRST_RECORDS.min(policy.span_limit));
        }
        self.reserved = reserved;
        self.sampled = policy.processor.samples(identity.trace_id, origin.caller_sampled());
        self.exact = self.sampled || policy.exact_times;
        self.choose_way();
        self.arguments = policy.settings.arguments.wants(self.sampled);
        self.identity = identity;
        self.generation = per_process::generation();
        self.parent_span_id = origin.parent_span_id;
        (self.part, self.attached) = origin.branch.unzip();
        self.remote = origin.remote;
        let remote = self.remote.as_ref().map_or(0, |remote| remote.bytes());
        BUDGET.take(remote);
        self.reserved += remote;
        self.opener = origin.opener;
        self.meta = Meta::on_thread(thread);
        self.limits = SegmentLimits {
            spans: policy.span_limit,
            late: policy.span_limit / 4,
            text: policy.settings.limits.value_length,
        };
        self.timed_from = u64::MAX;
        if let Some(link) = origin.link {
            self.apply(ROOT, SpanUpdate::Link(link));
        }
    }

    /// Returns the memory that a segment without a flow takes, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.staying_bytes() + self.attributes.capacity_bytes()
    }

    /// Returns the part of its memory that does not leave with a flow, in bytes.
    fn staying_bytes(&self) -> usize {
        let buffers = self.records.capacity_bytes() + self.waits.capacity_bytes();
        let remote = self.remote.as_ref().map_or(0, |remote| remote.bytes());
        size_of::<Self>() + buffers + remote + ALLOCATIONS
    }

    /// Forgets the flow, and keeps room for the next one.
    pub(crate) fn reset(&mut self) {
        self.cursor = NO_SPAN;
        self.failed = false;
        self.keep_requested = false;
        self.upstreams.clear();
        self.excused = 0;
        self.attached = None;
        self.forks = 0;
        self.remote = None;
        self.turn = None;
        self.serving = NO_SPAN;
        self.opener = None;
        self.long = None;
        self.next_look = 0;
        self.ids_given = false;
        self.told_for = None;
        self.attributes.clear(SPARE_ATTRIBUTE_BYTES);
        self.waits.clear(SPARE_WAITS);
        self.updates = Updates::default();
        if self.errors.any() {
            self.errors = Errors::default();
        }
        if let Some(overflow) = self.overflow.take() {
            BUDGET.release(overflow.reserved());
        }
        // The pool bounds idle segments, not the budget: they must not keep others from recording.
        BUDGET.release(mem::take(&mut self.reserved));
        self.give_records_back();
    }

    fn give_records_back(&mut self) {
        match self.records.clear(SPARE_RECORDS) {
            [None, None] => spare_records::small_flow_ended(),
            large => large.into_iter().flatten().for_each(spare_records::give_back),
        }
    }

    /// Returns whether it began in this process, and not in the one that it was forked off.
    #[inline]
    pub(crate) fn is_of_this_process(&self) -> bool {
        self.generation == per_process::generation()
    }

    /// Returns its identity.
    #[inline]
    pub(crate) fn identity(&self) -> Identity {
        self.identity
    }

    /// Returns the call site of its root, if it has one.
    pub(crate) fn root_site(&self) -> Option<&'static CallSite> {
        self.records.as_slice().first().map(|root| root.site)
    }

    /// True if the flow is kept even without a failure.
    pub(crate) fn is_sampled(&self) -> bool {
        self.sampled
    }

    /// True if the environment asks for this flow's arguments.
    #[inline]
    pub(crate) fn wants_arguments(&self) -> bool {
        self.arguments
    }

    /// Returns whether an error or a panic left a span; after [`judge_errors`](Self::judge_errors),
    /// whether one of them counts.
    pub(crate) fn has_failed(&self) -> bool {
        self.failed
    }

    /// Returns whether it has errors, counted or not.
    pub(crate) fn has_errors(&self) -> bool {
        self.errors.any()
    }

    /// True if the program requested that the flow be kept.
    pub(crate) fn keep_requested(&self) -> bool {
        self.keep_requested
    }

    /// Returns whether the segment is kept whatever sampling decides.
    pub(crate) fn must_keep(&self) -> bool {
        self.failed || self.keep_requested
    }

    /// Returns the callees that keep their parts of the flow, each as a kind.
    pub(crate) fn upstreams(&self) -> &ErrorKinds {
        &self.upstreams
    }

    /// Returns whether the whole flow is kept whatever sampling decides, as far as that is known.
    pub(crate) fn must_keep_flow(&mut self) -> bool {
        self.keep_requested || !self.upstreams.as_slice().is_empty() || self.has_error_that_counts()
    }

    /// Requests that the flow be kept, whatever sampling decides.
    pub(crate) fn request_keep(&mut self) {
        self.keep_requested = true;
        if let Some(part) = &self.part {
            part.request_keep();
        }
    }

    /// Returns the trace context for a request that the active span sends.
    pub(crate) fn context(&mut self) -> TraceContext {
        self.ids_given = true;
        let Attached { seed, span } = self.place();
        let (trace_id, sampled) = (self.identity.trace_id, self.sampled || self.must_keep_flow());
        let span_id = ids::span_id(seed, span);
        match &self.remote {
            Some(remote) if remote.trace_id == trace_id => {
                TraceContext { span_id, sampled, ..TraceContext::clone(remote) }
            }
            remote => {
                let baggage = remote.as_ref().map(|remote| remote.baggage.clone()).unwrap_or_default();
                // Ids of omegi are random.
                TraceContext { trace_id, span_id, sampled, random: true, baggage, ..TraceContext::default() }
            }
        }
    }

    /// Returns the most characters of a text.
    pub(crate) fn text_limit(&self) -> usize {
        self.limits.text
    }

    /// Returns the active span.
    #[inline]
    pub(crate) fn cursor(&self) -> SpanRef {
        self.cursor
    }

    /// Makes another span active.
    #[cfg(any(feature = "otel", feature = "tracing"))]
    #[inline]
    pub(crate) fn move_to(&mut self, span: SpanRef) {
        self.cursor = span;
    }

    /// Sets the thread that works on it.
    #[inline]
    pub(crate) fn move_to_thread(&mut self, thread: u16) {
        self.meta = Meta::on_thread(thread);
    }
}
