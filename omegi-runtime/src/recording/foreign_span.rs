//! The span of another library, as that library holds it: opened somewhere, told and ended by any thread.

use std::sync::Arc;

use crate::vocabulary::{CallSite, Outcome, SpanId, TraceContext, TraceId, clock};

use super::current;
use super::hooks;
use super::muting::is_muted;
use super::notes::What;
use super::origin::Origin;
use super::policy;
use super::record::{NO_SPAN, SpanRef};
use super::root;
use super::segment::Segment;
use super::shelf::{Letter, Shelf};
use super::shelves;
use super::shield::shielded;

/// A span that another library has opened.
///
/// It is not at work, ever, for nobody says when it would be: see [`foreign`](super::foreign). And it owns nothing but its place:
/// one that nobody ends is open when its flow ends.
#[derive(Debug)]
pub(crate) struct ForeignSpan {
    shelf: Arc<Shelf>,
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
        let (shelf, parent) = shelves::find(trace_id, parent)?;
        let segment = shelf.take()?;
        let opened = Self::open_in(segment, site, parent.span);
        shelf.put(segment);
        Some(opened)
    }

    /// In a segment of its own, which lies on its shelf until a call below it is at work.
    fn begin(site: &'static CallSite, origin: Origin) -> Option<Self> {
        let (segment, root) = root::begin(site, origin)?;
        segment.count_foreign();
        segment.move_to(NO_SPAN);
        let begun = Self::of(segment, root);
        begun.shelf.put(segment);
        Some(begun)
    }

    fn open_in(segment: &mut Segment, site: &'static CallSite, parent: SpanRef) -> Self {
        let span = segment.open_foreign(site, parent);
        Self::of(segment, span)
    }

    fn of(segment: &mut Segment, span: SpanRef) -> Self {
        let identity = segment.identity();
        Self {
            shelf: segment.shelf(),
            seed: identity.seed,
            span,
            trace_id: identity.trace_id,
            span_id: segment.span_id(span),
            sampled: segment.is_sampled() || segment.flow_is_precious(),
        }
    }

    /// What came with the request that its flow answers.
    pub(crate) fn remote(&self) -> Option<&TraceContext> {
        self.shelf.remote.as_deref()
    }

    /// Says something of it.
    pub(crate) fn note(&self, what: What) {
        self.post(Letter::Note(what));
    }

    /// It fails: its flow is kept.
    pub(crate) fn fail(&self) {
        self.post(Letter::Fail);
    }

    /// It ends now.
    pub(crate) fn end(&self, outcome: Outcome) {
        self.post(Letter::End(clock::ticks(), outcome));
    }

    fn post(&self, letter: Letter) {
        let _ = shielded(|| match current::take() {
            Some(segment) if segment.identity().seed == self.seed => {
                segment.receive(self.span, letter);
                current::put(segment);
            }
            other => {
                current::replace(other);
                self.shelf.post(self.span, letter);
            }
        });
    }
}

/// Where a call belongs that begins while this thread works on no segment.
#[derive(Debug)]
pub(crate) enum Place {
    /// In this segment: it has the other library's current span, and no thread works on it.
    In(&'static mut Segment),
    /// In a segment of its own, that comes from here.
    New(Origin),
}

/// Where a call belongs that begins while this thread works on no segment.
pub(crate) fn place() -> Place {
    let Some(context) = current_context() else { return Place::New(Origin::default()) };
    let lying = shelves::find(context.trace_id, context.span_id).and_then(|(shelf, _)| shelf.take());
    lying.map_or_else(|| Place::New(origin_below(context)), Place::In)
}

/// Where the segment of such a call comes from, if it is to have one of its own.
pub(crate) fn origin() -> Origin {
    current_context().map(origin_below).unwrap_or_default()
}

fn current_context() -> Option<TraceContext> {
    if is_muted() { None } else { hooks::context() }
}

/// In the flow of this span, which is in no segment that this thread works on.
fn origin_below(context: TraceContext) -> Origin {
    match shelves::find(context.trace_id, context.span_id) {
        Some((shelf, parent)) => Origin::beside(&shelf, context.trace_id, context.span_id, parent),
        None => Origin::remote(context),
    }
}

/// Nobody is at work in this segment any more: it is laid on its shelf.
pub(crate) fn rest(segment: &'static mut Segment) {
    let shelf = segment.shelf();
    shelf.put(segment);
}

/// What the other library's context is to say where it does not know yet that the span at work is newer than its own current
/// span; `None` where that is not so.
pub(crate) fn newer_than_current() -> Option<TraceContext> {
    let current = hooks::span_id();
    current::with(|segment| {
        segment.is_newer_than(current).then(|| {
            // So that whoever is handed this context elsewhere joins the flow.
            segment.shelf();
            segment.context()
        })
    })
    .flatten()
}
