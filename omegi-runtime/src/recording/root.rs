//! The begin and the end of a segment.

use crate::vocabulary::CallSite;
use crate::vocabulary::counters::COUNTERS;
use crate::vocabulary::say::say_once;

use super::budget::BUDGET;
use super::current;
use super::muting::is_muted;
use super::origin::Origin;
use super::policy::{self, Ending, Policy};
use super::pool;
use super::record::SpanRef;
use super::recorded::RecordedFlow;
use super::segment::Segment;

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
    #[cfg(feature = "tracing")]
    if segment.has_home() {
        super::visits::forget(segment.identity().seed);
    }
    current::muted(|| {
        segment.close_shelf();
        let share = segment.take_share();
        match (policy::get(), share) {
            (Some(policy), Some(share)) => share.end(segment, policy),
            (Some(policy), None) => decide(segment, policy, false),
            (None, _) => {}
        }
        pool::give_back(segment);
    });
}

/// Ends the flow that this thread works on, if there is one, although its root has not ended: the thread is ending, or
/// the process, and it never will.
pub(crate) fn break_off() {
    if let Some(segment) = current::take() {
        segment.break_off();
        end(segment);
    }
}

/// Decides about a segment by itself; it is kept in any case where the flow that it belongs to is `kept`.
pub(crate) fn decide(segment: &mut Segment, policy: &Policy, kept: bool) {
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
        None => lost(segment.opened()),
    }
}

/// What the segment has recorded, in memory that is reserved for it; `None` where there is none.
pub(crate) fn recorded(segment: &mut Segment, policy: &Policy) -> Option<RecordedFlow> {
    let bytes = segment.hand_over_bytes();
    let reserve = || policy.stages.has_room(bytes) && BUDGET.reserve(bytes);
    let mut fits = reserve();
    // Flows are not alike: the ones that gave way may have been smaller.
    while !fits && policy.stages.make_room(bytes) {
        fits = reserve();
    }
    fits.then(|| segment.hand_over())
}

/// A flow of `spans` spans was to be kept, and there was no memory for it.
pub(crate) fn lost(spans: u64) {
    COUNTERS.lost_to_memory(spans);
    say_lost();
}

/// Of a flow that is kept, so many spans are missing: there was no memory for the part that they are in.
pub(crate) fn lost_in_part(spans: u64) {
    COUNTERS.spans_dropped(spans);
    say_lost();
}

fn say_lost() {
    say_once!(
        lost: "OMEGI_MEMORY is used up: flows are being dropped before they can be exported. Raise OMEGI_MEMORY, or \
         keep fewer flows (a greater OMEGI_FLOW_RATE). omegi::health() counts them."
    );
}
