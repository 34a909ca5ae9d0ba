//! A span that is no call: whoever holds it may enter it, on any thread, any number of times, and leave it in any order.
//!
//! Its record is opened when it is made. While it is at work on no thread, its segment is wherever the flow is: with the call or
//! the task that the flow began with, or, if it began with such a span, at its [slot](super::slot). A span that is
//! entered where its segment is not at hand, because that is at work on another thread, goes on in a segment of its own: a
//! *continuation*, whose spans are joined to the flow as if they were in it.

use std::sync::Arc;
use std::thread;

use crate::vocabulary::{CallSite, Outcome, SpanId, TraceId, clock};

use super::attributes::Taken;
use super::current;
use super::ids;
use super::notes::SpanUpdate;
use super::origin::{Origin, Trace};
use super::panics;
use super::record::{COUNTED, NO_SPAN, ROOT, SpanRef};
use super::recorded::Attached;
use super::root;
use super::segment::{Identity, Segment, SegmentSlot};
use super::shield::shielded;
use super::slot::Apply as _;
use super::visits;

/// The open span: closed when it is dropped, and nobody can enter it any more.
#[derive(Debug)]
#[must_use = "the span is closed when this is dropped"]
pub(crate) struct SharedSpan {
    site: &'static CallSite,
    trace_id: TraceId,
    part: Part,
    /// The record that it stands on, if it has none itself.
    host: SpanRef,
    /// Where it goes on elsewhere.
    continuations: Vec<Part>,
    failed: bool,
    unwinding: bool,
}

/// A record in a segment.
#[derive(Clone, Debug)]
struct Part {
    seed: u64,
    span: SpanRef,
    slot: Arc<SegmentSlot>,
}

impl SharedSpan {
    /// A span below the one that is at work on this thread; the root of a flow, if there is none.
    pub(crate) fn open(site: &'static CallSite) -> Option<Self> {
        visits::tidy();
        let below = current::with(|segment| {
            let cursor = segment.cursor();
            Self::below_of(site, segment, cursor)
        });
        below.or_else(|| Self::root(site))
    }

    /// The root of a flow of its own.
    pub(crate) fn root(site: &'static CallSite) -> Option<Self> {
        let segment = Self::begin(site, Origin::default())?;
        let identity = segment.identity();
        let part = Part { seed: identity.seed, span: ROOT, slot: segment.slot() };
        root::park(segment);
        Some(Self::new(site, identity.trace_id, part, ROOT))
    }

    /// A span below this one.
    pub(crate) fn below(&mut self, site: &'static CallSite) -> Option<Self> {
        self.with(|segment, parent| Self::below_of(site, segment, parent))
    }

    fn new(site: &'static CallSite, trace_id: TraceId, part: Part, host: SpanRef) -> Self {
        let unwinding = thread::panicking();
        Self { site, trace_id, part, host, continuations: Vec::new(), failed: false, unwinding }
    }

    fn below_of(site: &'static CallSite, segment: &mut Segment, parent: SpanRef) -> Self {
        let span = segment.open_below(parent, site);
        let host = segment.host_of(if span == COUNTED { parent } else { span });
        let Identity { trace_id, seed } = segment.identity();
        Self::new(site, trace_id, Part { seed, span, slot: segment.slot() }, host)
    }

    fn begin(site: &'static CallSite, origin: Origin) -> Option<&'static mut Segment> {
        let (segment, root) = root::begin(site, origin)?;
        segment.mark_shared(root);
        segment.move_to(NO_SPAN);
        Some(segment)
    }

    /// Puts the span to work on this thread, until that [leaves](visits::leave) `key`.
    pub(crate) fn enter(&mut self, key: u64) {
        visits::tidy();
        if let Some(segment) = current::take() {
            if let Some(span) = self.span_in(segment) {
                let span = if span == COUNTED { segment.cursor() } else { span };
                return visits::enter(key, segment, span, false);
            }
            current::put(segment);
        }
        let parked = self.parts().find_map(|part| Some((root::take_parked(&part.slot)?, part.span)));
        if let Some((segment, span)) = parked {
            visits::enter(key, segment, span, true);
        } else if let Some(segment) = self.go_on() {
            visits::enter(key, segment, ROOT, true);
        }
    }

    /// Its trace, and its id there.
    pub(crate) fn ids(&self) -> (TraceId, SpanId) {
        (self.trace_id, ids::span_id(self.part.seed, self.host))
    }

    /// Updates the span.
    pub(crate) fn update(&mut self, update: SpanUpdate) {
        self.with(|segment, span| segment.apply(span, update));
    }

    /// Adds an attribute.
    pub(crate) fn attribute(&mut self, key: &'static str, value: Taken<'_>) {
        self.with(|segment, span| segment.add_attribute(span, key, value));
    }

    /// The span fails, and with it the flow.
    pub(crate) fn fail(&mut self) {
        self.failed = true;
        self.with(|segment, span| segment.fail_untold(span));
    }

    fn close(&self) {
        visits::tidy();
        let panicked = thread::panicking() && !self.unwinding;
        let outcome = match (panicked, self.failed) {
            (true, _) => Outcome::Panic,
            (_, true) => Outcome::Error,
            _ => Outcome::Returned,
        };
        if outcome == Outcome::Panic {
            self.parts().find_map(|part| part.with(|segment| panics::record(segment, part.span)));
        }
        let end = || SpanUpdate::End { at: clock::ticks(), outcome, foreign: false };
        self.continuations.iter().chain([&self.part]).for_each(|part| part.update(end()));
    }

    /// Works on the segment in which the span is, wherever that is; where it is out of reach, on one in which it goes on.
    fn with<R>(&mut self, work: impl FnOnce(&mut Segment, SpanRef) -> R) -> Option<R> {
        let mut work = Some(work);
        for part in self.parts() {
            let done = part.with(|segment| work.take().map(|work| work(segment, part.span)));
            if done.is_some() {
                return done.flatten();
            }
        }
        let segment = self.go_on()?;
        let result = work.take().map(|work| work(segment, ROOT));
        root::park(segment);
        result
    }

    /// Begins a segment in which the span goes on.
    #[cold]
    fn go_on(&mut self) -> Option<&'static mut Segment> {
        let Part { seed, slot, .. } = &self.part;
        let attached = Attached { seed: *seed, span: self.host };
        let origin = Origin {
            trace: Trace::Known(self.trace_id),
            parent_span_id: ids::span_id(*seed, self.host),
            branch: Some((slot.flow.share(), attached)),
            ..Origin::default()
        };
        let segment = Self::begin(self.site, origin)?;
        segment.mark_continuation();
        let part = Part { seed: segment.identity().seed, span: ROOT, slot: segment.slot() };
        self.continuations.push(part);
        Some(segment)
    }

    fn span_in(&self, segment: &Segment) -> Option<SpanRef> {
        let seed = segment.identity().seed;
        self.parts().find(|part| part.seed == seed).map(|part| part.span)
    }

    /// The record that it began with, and those of its continuations.
    fn parts(&self) -> impl Iterator<Item = &Part> {
        std::iter::once(&self.part).chain(&self.continuations)
    }
}

impl Drop for SharedSpan {
    fn drop(&mut self) {
        let _ = shielded(|| self.close());
    }
}

impl Part {
    /// Updates the span: at once if the segment is active on this thread or parked.
    fn update(&self, update: SpanUpdate) {
        match current::take() {
            Some(segment) if segment.identity().seed == self.seed => {
                segment.apply(self.span, update);
                current::put(segment);
            }
            other => {
                current::replace(other);
                root::post(&self.slot, self.span, update);
            }
        }
    }

    /// Works on the segment, if it is active on this thread or parked.
    fn with<R>(&self, work: impl FnOnce(&mut Segment) -> R) -> Option<R> {
        match current::take() {
            Some(segment) if segment.identity().seed == self.seed => {
                let result = work(segment);
                current::put(segment);
                Some(result)
            }
            other => {
                current::replace(other);
                let segment = root::take_parked(&self.slot)?;
                let result = work(segment);
                root::park(segment);
                Some(result)
            }
        }
    }
}
