//! The begin and the end of a segment.

use std::sync::Arc;

use crate::vocabulary::CallSite;
use crate::vocabulary::counters::COUNTERS;

use super::branching::Share;
use super::budget::{self, BUDGET};
use super::current;
use super::gathering::{Fate, Sum};
use super::muting::{is_muted, quietly};
use super::notes::SpanUpdate;
use super::origin::Origin;
use super::policy::{self, Ending, Policy};
use super::pool;
use super::record::SpanRef;
use super::recorded::RecordedFlow;
use super::registry;
use super::segment::{Segment, SegmentSlot};
use super::threads;

/// Begins a flow with a call of `site`, or continues one. `None` where nothing is recorded: omegi itself is at work on
/// this thread, or the thread is ending. Out of line: whoever opens spans should not be larger for it.
#[inline(never)]
pub(crate) fn begin(site: &'static CallSite, origin: Origin) -> Option<(&'static mut Segment, SpanRef)> {
    if is_muted() {
        return None;
    }
    let policy = policy::get()?;
    current::muted(|| {
        let segment = pool::begin(policy, origin)?;
        segment.note_current();
        let root = segment.open_slowly(site);
        Some((segment, root))
    })
}

/// Ends a segment whose root has ended: decides, and hands the flow on or forgets it. Where the flow has forked, the last of
/// its segments does.
pub(crate) fn end(segment: &'static mut Segment) {
    current::muted(|| {
        if segment.forget_foreign_spans() {
            registry::remove(segment.identity());
        }
        if let Some(slot) = segment.take_slot() {
            slot.close(segment);
        }
        let share = segment.take_share();
        match (policy::get(), share) {
            (Some(policy), Some(share)) => end_part(share, segment, policy),
            (Some(policy), None) => decide(segment, policy, false),
            (None, _) => {}
        }
        pool::give_back(segment);
    });
}

/// Parks a segment in its slot; ends it if its root has ended.
pub(crate) fn park(segment: &'static mut Segment) {
    let slot = segment.slot();
    if let Some(ended) = slot.park(segment) {
        end(ended);
    }
}

/// Takes a segment out of its slot for this thread to work on, if it is parked.
pub(crate) fn take_parked(slot: &SegmentSlot) -> Option<&'static mut Segment> {
    let segment = slot.take()?;
    segment.move_to_thread(threads::current());
    Some(segment)
}

/// Updates a span of a segment that this thread does not work on; ends the segment if its root has ended by that.
pub(crate) fn post(slot: &SegmentSlot, span: SpanRef, update: SpanUpdate) {
    if let Some(ended) = slot.post(span, update) {
        end(ended);
    }
}

/// Returns the segment's slot. From now on the [registry] knows it by the ids of its spans.
pub(crate) fn registered_slot(segment: &mut Segment) -> Arc<SegmentSlot> {
    let slot = segment.slot();
    if segment.mark_registered() {
        quietly(|| registry::add(segment.identity(), Arc::clone(&slot)));
    }
    slot
}

/// Ends the flow that this thread works on, if there is one, although its root has not ended: the thread is ending, or
/// the process, and it never will.
pub(crate) fn break_off() {
    if let Some(segment) = current::take() {
        segment.break_off();
        end(segment);
    }
}

/// Ends a part of a flow that has forked: the flow is decided if it was the last, and waits for the others if not.
fn end_part(share: Share, segment: &mut Segment, policy: &Policy) {
    let kinds = segment.judge_errors(policy);
    let (failed, asked) = (segment.has_failed(), segment.is_asked_for());
    let sum = Sum { spans: segment.opened(), failed, asked, kinds };
    match share.put_aside(sum, policy, || recorded(segment, policy)) {
        Fate::TooLate { kept } => decide(segment, policy, kept),
        Fate::Gathered { .. } => {}
    }
    drop(share);
}

/// Decides about a segment by itself; it is kept in any case where the flow that it belongs to is `kept`.
fn decide(segment: &mut Segment, policy: &Policy, kept: bool) {
    let kinds = segment.judge_errors(policy);
    let (failed, asked) = (segment.has_failed(), segment.is_asked_for());
    let decision =
        policy.stages.decide(&Ending { sampled: segment.is_sampled() || kept, asked, failed, kinds });
    COUNTERS.ended(segment.opened(), decision.kept);
    if !decision.kept.is_kept() {
        return;
    }
    match recorded(segment, policy) {
        Some(mut flow) => {
            decision.mark(&mut flow);
            policy.stages.take(flow);
        }
        None => budget::lost(segment.opened()),
    }
}

/// What the segment has recorded, in memory that is reserved for it; `None` where there is none.
fn recorded(segment: &mut Segment, policy: &Policy) -> Option<RecordedFlow> {
    let bytes = segment.hand_over_bytes();
    let reserve = || policy.stages.has_room(bytes) && BUDGET.reserve(bytes);
    let mut fits = reserve();
    // Flows are not alike: the ones that gave way may have been smaller.
    while !fits && policy.stages.make_room(bytes) {
        fits = reserve();
    }
    fits.then(|| segment.hand_over())
}
