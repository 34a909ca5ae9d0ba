//! The handle of a span that is no call. A library opens it, updates it and ends it, in any order
//! and on any thread.
//!
//! The record is opened with the span. While the span is active on no thread, its segment is with
//! the call or the task that began the flow. A segment without those is parked in its
//! [slot](crate::recording::flow::slot). A handle updates the span through that slot.
//!
//! A span of `tracing` is active while it is entered. If its segment is active on another thread
//! then, it continues in a segment of its own: a *continuation*, whose spans are joined to the flow
//! later. A span of OpenTelemetry is *foreign*: it is never active, because its library alone knows
//! when it would be (see [`adoption`](crate::recording::segment)).

use std::sync::Arc;
use std::thread;

#[cfg(feature = "otel")]
use crate::vocabulary::TraceContext;
use crate::vocabulary::{CallSite, Outcome, SpanId, TraceId, clock};

use crate::recording::budget::Admission;
#[cfg(feature = "tracing")]
use crate::recording::data::record::ROOT;
use crate::recording::data::record::{COUNTED, NO_SPAN, SpanRef};
#[cfg(feature = "tracing")]
use crate::recording::data::recorded::Attached;
use crate::recording::data::updates::SpanUpdate;
#[cfg(feature = "otel")]
use crate::recording::external_parent::origin_below;
use crate::recording::flow::origin::Origin;
#[cfg(feature = "tracing")]
use crate::recording::flow::origin::Trace;
use crate::recording::flow::slot::Apply as _;
#[cfg(feature = "otel")]
use crate::recording::hooks;
use crate::recording::ids;
use crate::recording::lifecycle;
#[cfg(feature = "otel")]
use crate::recording::muting::is_muted;
use crate::recording::panics;
#[cfg(feature = "otel")]
use crate::recording::policy;
use crate::recording::segment::{Identity, Segment, SegmentSlot};
use crate::recording::shield::shielded;
#[cfg(feature = "tracing")]
use crate::recording::span::entered;
use crate::recording::thread::current;
#[cfg(feature = "otel")]
use crate::recording::thread::registry;

/// An open span that is no call. It ends when this is dropped, if not before.
#[derive(Debug)]
#[must_use = "the span ends when this is dropped"]
pub(crate) struct SpanHandle {
    #[cfg_attr(not(feature = "tracing"), allow(dead_code, reason = "for continuations"))]
    site: &'static CallSite,
    trace_id: TraceId,
    part: SpanPart,
    /// Its record, or, if it has none, the one that it is summarised on.
    host: SpanRef,
    /// Its continuations on other threads.
    continuations: Vec<SpanPart>,
    /// True if it is never active.
    foreign: bool,
    /// True if the flow was known to be kept when the span was opened.
    #[cfg_attr(not(feature = "otel"), allow(dead_code, reason = "for span contexts of OpenTelemetry"))]
    sampled: bool,
    failed: bool,
    unwinding: bool,
    ended: bool,
}

/// A span in a segment.
#[derive(Debug)]
struct SpanPart {
    seed: u64,
    span: SpanRef,
    slot: Arc<SegmentSlot>,
}

/// Opening spans of OpenTelemetry.
#[cfg(feature = "otel")]
impl SpanHandle {
    /// Opens a foreign span below the span with these ids. The active span is the parent instead if
    /// it is newer: it began when the span with these ids was current already, and that still is.
    /// `remote` describes a parent in another process. Returns `None` if nothing is recorded.
    pub(crate) fn open_foreign(
        site: &'static CallSite,
        (trace_id, span_id): (TraceId, SpanId),
        remote: impl FnOnce() -> TraceContext,
    ) -> Option<Self> {
        if !policy::records_spans() || is_muted() {
            return None;
        }
        let origin = || if span_id.is_some() { origin_below(remote()) } else { Origin::default() };
        let opened = shielded(|| {
            Self::open_in_active(site, span_id)
                .or_else(|| Self::open_in_parked(site, trace_id, span_id))
                .or_else(|| Self::begin(site, origin(), true))
        });
        opened.ok().flatten()
    }

    /// Opens a span in the segment that this thread works on, if the parent is there.
    fn open_in_active(site: &'static CallSite, parent: SpanId) -> Option<Self> {
        let current = hooks::span_id();
        let opened = current::with(|segment| {
            let parent = segment.newest(parent, current)?;
            Some(Self::open_or_child(segment, site, parent, true))
        });
        opened.flatten()?.or_begin(site, true)
    }

    /// Opens a span in the segment that has the parent, if no thread works on that.
    fn open_in_parked(site: &'static CallSite, trace_id: TraceId, parent: SpanId) -> Option<Self> {
        let (slot, parent) = registry::find(trace_id, parent)?;
        let segment = lifecycle::take_parked(&slot)?;
        let opened = Self::open_or_child(segment, site, parent.span, true);
        lifecycle::park(segment);
        opened.or_begin(site, true)
    }

    /// True if the flow was known to be kept when the span was opened.
    pub(crate) fn is_sampled(&self) -> bool {
        self.sampled
    }

    /// Returns the context that came with the request which its flow answers.
    pub(crate) fn remote(&self) -> Option<&TraceContext> {
        self.part.slot.remote.as_deref()
    }

    /// Ends the span with this outcome.
    pub(crate) fn end(mut self, outcome: Outcome) {
        self.ended = true;
        let _ = shielded(|| self.close(outcome));
    }
}

/// Opening and entering spans of `tracing`.
#[cfg(feature = "tracing")]
impl SpanHandle {
    /// Opens a span below the active span of this thread; the root of a flow, if there is none.
    pub(crate) fn open(site: &'static CallSite) -> Option<Self> {
        entered::tidy();
        let below = current::with(|segment| {
            let parent = segment.cursor();
            Self::open_or_child(segment, site, parent, false)
        });
        below.map_or_else(|| Self::root(site), |below| below.or_begin(site, false))
    }

    /// Opens the root of a flow of its own.
    pub(crate) fn root(site: &'static CallSite) -> Option<Self> {
        Self::begin(site, Origin::default(), false)
    }

    /// Opens a span below this one: in its segment, or in a continuation if another thread works on
    /// that.
    pub(crate) fn below(&mut self, site: &'static CallSite) -> Option<Self> {
        let open =
            |part: &SpanPart| part.reach(|segment| Self::open_or_child(segment, site, part.span, false));
        let opened = self.parts().find_map(open);
        opened.and_then(|opened| opened.or_begin(site, false)).or_else(|| {
            let segment = self.begin_continuation()?;
            let opened = Self::open_in(segment, site, ROOT, false);
            lifecycle::park(segment);
            Some(opened)
        })
    }

    /// Makes the span active on this thread, until that [leaves](entered::leave) `key`.
    pub(crate) fn enter(&mut self, key: u64) {
        entered::tidy();
        if let Some(segment) = current::take() {
            if let Some(span) = self.span_in(segment) {
                let span = if span == COUNTED { segment.cursor() } else { span };
                return entered::enter(key, segment, span, false);
            }
            current::put(segment);
        }
        let parked = self.parts().find_map(|part| Some((lifecycle::take_parked(&part.slot)?, part.span)));
        if let Some((segment, span)) = parked {
            entered::enter(key, segment, span, true);
        } else if let Some(segment) = self.begin_continuation() {
            entered::enter(key, segment, ROOT, true);
        }
    }

    /// Begins a segment in which the span continues.
    #[cold]
    fn begin_continuation(&mut self) -> Option<&'static mut Segment> {
        let SpanPart { seed, slot, .. } = &self.part;
        let attached = Attached { seed: *seed, span: self.host };
        let origin = Origin {
            trace: Trace::Known(self.trace_id),
            parent_span_id: ids::span_id(*seed, self.host),
            branch: slot.flow.part().map(|part| (part, attached)),
            ..Origin::default()
        };
        let (segment, root) = lifecycle::begin(self.site, origin, Admission::IfRoom).ok()?;
        segment.mark_handle(root);
        segment.mark_continuation();
        segment.move_to(NO_SPAN);
        let part = SpanPart { seed: segment.identity().seed, span: root, slot: segment.slot() };
        self.continuations.push(part);
        Some(segment)
    }
}

impl SpanHandle {
    /// Returns its trace, and its id there.
    pub(crate) fn ids(&self) -> (TraceId, SpanId) {
        (self.trace_id, ids::span_id(self.part.seed, self.host))
    }

    /// Updates the span: where it is active on this thread, else in the segment that it continued
    /// in last, which ends last. Never begins a segment: an update after the end of that one is
    /// dropped.
    pub(crate) fn update(&self, update: SpanUpdate) {
        let newest = self.continuations.last().unwrap_or(&self.part);
        let _ = shielded(|| {
            let Some(segment) = current::take() else { return newest.post(update) };
            let span = self.span_in(segment);
            if let Some(span) = span {
                segment.apply(span, update);
                current::put(segment);
            } else {
                current::put(segment);
                newest.post(update);
            }
        });
    }

    /// Fails the span, and with it the flow.
    pub(crate) fn fail(&mut self) {
        self.failed = true;
        self.update(SpanUpdate::Fail);
    }

    /// Opens a span that begins a segment, and parks that.
    fn begin(site: &'static CallSite, origin: Origin, foreign: bool) -> Option<Self> {
        let (segment, root) = lifecycle::begin(site, origin, Admission::IfRoom).ok()?;
        if foreign {
            segment.count_foreign();
        } else {
            #[cfg(feature = "tracing")]
            segment.mark_handle(root);
        }
        segment.move_to(NO_SPAN);
        let begun = Self::of(segment, site, root, root, foreign);
        lifecycle::park(segment);
        Some(begun)
    }

    /// Opens a span below `parent`, or returns the origin of a flow of its own, if the parent has
    /// been open for long.
    fn open_or_child(
        segment: &mut Segment,
        site: &'static CallSite,
        parent: SpanRef,
        foreign: bool,
    ) -> OpenedSpan {
        lifecycle::look(segment, None);
        match segment.child_of(parent) {
            Some(origin) => OpenedSpan::Child(origin),
            None => OpenedSpan::Below(Self::open_in(segment, site, parent, foreign)),
        }
    }

    fn open_in(segment: &mut Segment, site: &'static CallSite, parent: SpanRef, foreign: bool) -> Self {
        #[cfg(feature = "tracing")]
        let span =
            if foreign { segment.open_foreign(site, parent) } else { segment.open_below(parent, site) };
        #[cfg(not(feature = "tracing"))]
        let span = segment.open_foreign(site, parent);
        Self::of(segment, site, span, if span == COUNTED { parent } else { span }, foreign)
    }

    /// Returns the handle of `span`; `host` is the span, or that below which it is counted.
    fn of(
        segment: &mut Segment,
        site: &'static CallSite,
        span: SpanRef,
        host: SpanRef,
        foreign: bool,
    ) -> Self {
        let Identity { trace_id, seed } = segment.identity();
        if foreign {
            segment.note_ids_given();
        }
        let slot = if foreign { lifecycle::registered_slot(segment) } else { segment.slot() };
        Self {
            site,
            trace_id,
            part: SpanPart { seed, span, slot },
            host: segment.host(host),
            continuations: Vec::new(),
            foreign,
            sampled: segment.is_sampled() || segment.must_keep_flow(),
            failed: false,
            unwinding: thread::panicking(),
            ended: false,
        }
    }

    fn close(&self, outcome: Outcome) {
        #[cfg(feature = "tracing")]
        entered::tidy();
        if outcome == Outcome::Panic {
            self.parts().find_map(|part| part.reach(|segment| panics::record(segment, part.span)));
        }
        let (at, foreign) = (clock::ticks(), self.foreign);
        let parts = self.continuations.iter().chain([&self.part]);
        let end = || SpanUpdate::End { at, outcome, foreign, queued: false };
        parts.for_each(|part| part.update(end()));
    }

    /// Returns which span of `segment` it is, if it is there.
    fn span_in(&self, segment: &Segment) -> Option<SpanRef> {
        let seed = segment.identity().seed;
        self.parts().find(|part| part.seed == seed).map(|part| part.span)
    }

    /// Returns the span that it began with, and those of its continuations.
    fn parts(&self) -> impl Iterator<Item = &SpanPart> {
        std::iter::once(&self.part).chain(&self.continuations)
    }
}

/// A span that is to be opened below another one.
enum OpenedSpan {
    /// It is open, in the same segment.
    Below(SpanHandle),
    /// It begins a flow of its own.
    Child(Origin),
}

impl OpenedSpan {
    /// Returns the span. Begins its flow, if that is to be one of its own.
    fn or_begin(self, site: &'static CallSite, foreign: bool) -> Option<SpanHandle> {
        match self {
            Self::Below(opened) => Some(opened),
            Self::Child(origin) => SpanHandle::begin(site, origin, foreign),
        }
    }
}

impl Drop for SpanHandle {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        let outcome = match (thread::panicking() && !self.unwinding, self.failed) {
            (true, _) => Outcome::Panic,
            (_, true) => Outcome::Error,
            _ => Outcome::Returned,
        };
        let _ = shielded(|| self.close(outcome));
    }
}

impl SpanPart {
    /// Updates the span: at once if its segment is active on this thread or parked.
    fn update(&self, update: SpanUpdate) {
        match current::take() {
            Some(segment) if segment.identity().seed == self.seed => {
                segment.apply(self.span, update);
                current::put(segment);
            }
            other => {
                current::replace(other);
                self.post(update);
            }
        }
    }

    /// Updates the span, whose segment is not active on this thread.
    fn post(&self, update: SpanUpdate) {
        lifecycle::post(&self.slot, self.span, update);
    }

    /// Works on the segment, if it is active on this thread or parked.
    fn reach<R>(&self, work: impl FnOnce(&mut Segment) -> R) -> Option<R> {
        match current::take() {
            Some(segment) if segment.identity().seed == self.seed => {
                let result = work(segment);
                current::put(segment);
                Some(result)
            }
            other => {
                current::replace(other);
                let segment = lifecycle::take_parked(&self.slot)?;
                let result = work(segment);
                lifecycle::park(segment);
                Some(result)
            }
        }
    }
}
