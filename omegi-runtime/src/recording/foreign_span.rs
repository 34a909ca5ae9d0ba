//! The span of another library, as that library holds it: opened somewhere, told and ended by any thread.

use std::sync::Arc;

use crate::vocabulary::{CallSite, Outcome, SpanId, TraceContext, TraceId, clock};

use super::current;
use super::external_parent::origin_below;
use super::hooks;
use super::muting::is_muted;
use super::notes::SpanUpdate;
use super::origin::Origin;
use super::policy;
use super::record::{NO_SPAN, SpanRef};
use super::registry;
use super::root;
use super::segment::{Segment, SegmentSlot};
use super::shield::shielded;
use super::slot::Apply as _;

/// A span that another library has opened.
///
/// It is not at work, ever, for nobody says when it would be: see [`foreign`](super::foreign). And it owns nothing but its place:
/// one that nobody ends is open when its flow ends.
#[derive(Debug)]
pub(crate) struct ForeignSpan {
    slot: Arc<SegmentSlot>,
    seed: u64,
    span: SpanRef,
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    /// Whether the flow was known to be kept when the span was opened.
    pub(crate) sampled: bool,
}

impl ForeignSpan {
    /// Opens a span whose parent is said to be this one. The span at work is newer, and is the parent, where that is the other
    /// library's current span and was so already when the span at work began. A parent that is not in this process is known by
    /// what `remote` says. `None` where nothing is recorded.
    pub(crate) fn open(
        site: &'static CallSite,
        (trace_id, span_id): (TraceId, SpanId),
        remote: impl FnOnce() -> TraceContext,
    ) -> Option<Self> {
        if !policy::is_on() || is_muted() {
            return None;
        }
        let origin = || if span_id.is_some() { origin_below(remote()) } else { Origin::default() };
        let opened = shielded(|| {
            Self::open_at_hand(site, span_id)
                .or_else(|| Self::open_lying(site, trace_id, span_id))
                .or_else(|| Self::begin(site, origin()))
        });
        opened.ok().flatten()
    }

    /// In the segment that this thread works on, if the parent is there.
    fn open_at_hand(site: &'static CallSite, parent: SpanId) -> Option<Self> {
        let current = hooks::span_id();
        current::with(|segment| {
            let parent = segment.newest(parent, current)?;
            Some(Self::open_in(segment, site, parent))
        })
        .flatten()
    }

    /// In the segment that has the parent, if no thread works on that.
    fn open_lying(site: &'static CallSite, trace_id: TraceId, parent: SpanId) -> Option<Self> {
        let (slot, parent) = registry::find(trace_id, parent)?;
        let segment = root::take_parked(&slot)?;
        let opened = Self::open_in(segment, site, parent.span);
        root::park(segment);
        Some(opened)
    }

    /// In a segment of its own, which is parked until a call below it is at work.
    fn begin(site: &'static CallSite, origin: Origin) -> Option<Self> {
        let (segment, root) = root::begin(site, origin)?;
        segment.count_foreign();
        segment.move_to(NO_SPAN);
        let begun = Self::of(segment, root);
        root::park(segment);
        Some(begun)
    }

    fn open_in(segment: &mut Segment, site: &'static CallSite, parent: SpanRef) -> Self {
        let span = segment.open_foreign(site, parent);
        Self::of(segment, span)
    }

    fn of(segment: &mut Segment, span: SpanRef) -> Self {
        let identity = segment.identity();
        Self {
            slot: root::registered_slot(segment),
            seed: identity.seed,
            span,
            trace_id: identity.trace_id,
            span_id: segment.span_id(span),
            sampled: segment.is_sampled() || segment.flow_is_precious(),
        }
    }

    /// What came with the request that its flow answers.
    pub(crate) fn remote(&self) -> Option<&TraceContext> {
        self.slot.remote.as_deref()
    }

    /// It fails: its flow is kept.
    pub(crate) fn fail(&self) {
        self.update(SpanUpdate::Fail);
    }

    /// It ends now.
    pub(crate) fn end(&self, outcome: Outcome) {
        self.update(SpanUpdate::End { at: clock::ticks(), outcome, foreign: true });
    }

    /// Updates it.
    pub(crate) fn update(&self, update: SpanUpdate) {
        let _ = shielded(|| match current::take() {
            Some(segment) if segment.identity().seed == self.seed => {
                segment.apply(self.span, update);
                current::put(segment);
            }
            other => {
                current::replace(other);
                root::post(&self.slot, self.span, update);
            }
        });
    }
}
