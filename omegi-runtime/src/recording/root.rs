//! The begin and the end of a flow.

use crate::vocabulary::CallSite;
use crate::vocabulary::counters::COUNTERS;
use crate::vocabulary::say::say_once;

use super::budget::BUDGET;
use super::current;
use super::muting::is_muted;
use super::policy;
use super::pool::{self, Origin};
use super::record::SpanRef;
use super::segment::Segment;

/// Begins a flow with a call of `site`, or continues one. `None` where nothing is recorded: omegi itself is at work on
/// this thread, or the thread is ending. Out of line: whoever opens spans should not be larger for it.
#[inline(never)]
pub(crate) fn begin(
    site: &'static CallSite,
    origin: Option<Origin>,
) -> Option<(&'static mut Segment, SpanRef)> {
    if is_muted() {
        return None;
    }
    let policy = policy::get()?;
    current::muted(|| {
        let segment = pool::begin(policy, origin)?;
        let root = segment.open_slowly(site);
        Some((segment, root))
    })
}

/// Ends the flow whose root has ended: decides, and hands it on or forgets it.
pub(crate) fn end(segment: &'static mut Segment) {
    current::muted(|| {
        COUNTERS.ended(segment.opened(), segment.is_sampled(), segment.has_failed());
        if let Some(policy) = policy::get()
            && policy.stages.keeps(segment.is_sampled(), segment.has_failed())
        {
            hand_over(segment, policy);
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

fn hand_over(segment: &mut Segment, policy: &policy::Policy) {
    let bytes = segment.hand_over_bytes();
    let makes_room = segment.has_failed().then_some(|| policy.stages.make_room(bytes));
    if BUDGET.reserve(bytes) || makes_room.is_some_and(|make| make() && BUDGET.reserve(bytes)) {
        policy.stages.take(segment.hand_over());
    } else {
        COUNTERS.lost_to_memory(segment.opened());
        say_once!(
            "OMEGI_MEMORY is used up: flows are being dropped before they can be exported. Raise OMEGI_MEMORY, or \
             keep fewer flows (a greater OMEGI_FLOW_RATE). omegi::health() counts them."
        );
    }
}
