//! The begin and the end of a segment.

use std::cell::Cell;
#[cfg(any(feature = "otel", feature = "tracing"))]
use std::sync::Arc;

use crate::vocabulary::CallSite;
use crate::vocabulary::counters::COUNTERS;
use crate::vocabulary::decision::DecisionReason;

use crate::recording::budget::{self, Admission, BUDGET, NotBegun};
use crate::recording::data::judged_errors::JudgedErrors;
use crate::recording::data::record::SpanRef;
use crate::recording::data::recorded::RecordedFlow;
#[cfg(any(feature = "otel", feature = "tracing"))]
use crate::recording::data::updates::SpanUpdate;
use crate::recording::flow::gathering::{PartResult, Totals};
use crate::recording::flow::origin::Origin;
use crate::recording::flow::shared_flow::FlowPart;
use crate::recording::muting::{is_muted, quietly};
use crate::recording::policy::{self, FlowEnding, Policy};
use crate::recording::segment::{Segment, SegmentSlot};
use crate::recording::shield::shielded;
use crate::recording::thread::current;
use crate::recording::thread::pool;
use crate::recording::thread::registry;
use crate::recording::threads;

thread_local! {
    /// The number of flows with an error that this thread has ended. It may wrap.
    static FAILED_FLOWS: Cell<u32> = const { Cell::new(0) };
    static AT_END: ThreadEnd = const { ThreadEnd };
}

/// Returns the number of flows with an error that this thread has ended. It may wrap.
pub(crate) fn failed_flows() -> u32 {
    FAILED_FLOWS.get()
}

/// Begins a segment with a call of `site`, in memory that `admission` admits it to. Out of line, so
/// that the callers stay small.
#[inline(never)]
pub(crate) fn begin(
    site: &'static CallSite,
    origin: Origin,
    admission: Admission,
) -> Result<(&'static mut Segment, SpanRef), NotBegun> {
    let Some(policy) = policy::get().filter(|_| !is_muted()) else { return Err(NotBegun::Unrecorded) };
    current::muted(|| {
        // Its destructor may be over: destructors of other locals may call functions later.
        let _ = AT_END.try_with(|_| ());
        let begun = pool::begin(policy, origin.in_this_process(), admission);
        if matches!(begun, Err(NotBegun::NoRoom)) {
            budget::not_begun();
        }
        let segment = begun?;
        segment.note_current();
        let root = segment.open_slowly(site);
        Ok((segment, root))
    })
}

/// Ends a segment. Decides about its flow, and hands that on or drops it; the part of a forked flow
/// is put aside.
pub(crate) fn end(segment: &'static mut Segment) {
    // The flow goes on in the process that this one was forked off.
    if !segment.is_of_this_process() {
        return;
    }
    current::muted(|| {
        if segment.is_empty_turn() {
            return pool::give_back(segment);
        }
        if segment.forget_foreign_spans() {
            registry::remove(segment.identity());
        }
        if let Some(slot) = segment.take_slot() {
            slot.close(segment);
        }
        if segment.has_failed() {
            FAILED_FLOWS.set(FAILED_FLOWS.get().wrapping_add(1));
        }
        let part = segment.take_part();
        match (policy::get(), part) {
            (Some(policy), Some(part)) => end_part(part, segment, policy),
            (Some(policy), None) => {
                let errors = segment.judge_errors(policy);
                decide(segment, policy, errors.as_ref(), None);
            }
            (None, _) => {}
        }
        pool::give_back(segment);
    });
}

/// Parks a segment in its slot. Ends it if its root has ended.
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

/// Updates a span of a segment that this thread does not work on. Ends the segment if its root has
/// ended by that.
#[cfg(any(feature = "otel", feature = "tracing"))]
pub(crate) fn post(slot: &SegmentSlot, span: SpanRef, update: SpanUpdate) {
    if let Some(ended) = slot.post(span, update) {
        end(ended);
    }
}

/// Returns the segment's slot. From now on the [registry] knows it by the ids of its spans.
#[cfg(any(feature = "otel", feature = "tracing"))]
pub(crate) fn registered_slot(segment: &mut Segment) -> Arc<SegmentSlot> {
    let slot = segment.slot();
    if segment.mark_registered() {
        quietly(|| registry::add(segment.identity(), Arc::clone(&slot)));
    }
    slot
}

/// Ends the flow of this thread before its root has ended: the thread or the process ends.
pub(crate) fn break_off() {
    while let Some(segment) = current::take() {
        current::replace(segment.take_off());
        segment.break_off();
        end(segment);
    }
}

/// The destructor of a thread that records. Destructors of older locals run after it.
struct ThreadEnd;

impl Drop for ThreadEnd {
    fn drop(&mut self) {
        let _ = shielded(|| {
            // No call returns any more. Handles of spans may end a segment that has a slot.
            match current::take() {
                Some(segment) if segment.has_slot() => park(segment),
                Some(segment) => {
                    segment.break_off();
                    end(segment);
                }
                None => {}
            }
            // The allocator may be the user's, and instrumented.
            quietly(pool::retire);
        });
    }
}

/// Ends a part of a forked flow. The last part decides about the flow; the others wait for it.
fn end_part(part: FlowPart, segment: &mut Segment, policy: &Policy) {
    let errors = segment.judge_errors(policy);
    let totals = Totals {
        spans: segment.opened(),
        has_counted_error: segment.has_failed(),
        keep_requested: segment.keep_requested(),
        upstreams: *segment.upstreams(),
        errors: errors.unwrap_or_default(),
        ..Totals::default()
    };
    match part.put_aside(totals, policy, || recorded(segment, policy)) {
        PartResult::TooLate { .. } => {
            let errors = errors.map(JudgedErrors::settled);
            decide(segment, policy, errors.as_ref(), part.kept_for());
        }
        PartResult::Gathered { .. } => {}
    }
    // The last part that is dropped decides about the flow.
    drop(part);
}

/// Decides about a segment by itself, whose errors are judged. It is kept in any case if its flow
/// is kept already.
fn decide(
    segment: &mut Segment,
    policy: &Policy,
    errors: Option<&JudgedErrors>,
    kept_already: Option<DecisionReason>,
) {
    let decision = policy.processor.decide(&FlowEnding {
        sampled: segment.is_sampled(),
        keep_requested: segment.keep_requested(),
        upstreams: segment.upstreams(),
        has_counted_error: errors.is_some_and(|errors| !errors.counted.as_slice().is_empty()),
        errors: errors.unwrap_or(&JudgedErrors::NONE),
        kept_already,
    });
    COUNTERS.ended(segment.opened(), decision.reason);
    if !decision.reason.is_kept() {
        return;
    }
    match recorded(segment, policy) {
        Some(mut flow) => {
            decision.write_into(&mut flow);
            policy.processor.take(flow);
        }
        None => budget::lost(segment.opened()),
    }
}

/// Returns the recorded flow in reserved memory; `None` if there is none.
fn recorded(segment: &mut Segment, policy: &Policy) -> Option<RecordedFlow> {
    let bytes = segment.hand_over_bytes();
    // Some errors are judged with the whole flow, later.
    let for_error = segment.must_keep() || segment.has_errors();
    let fits = || if for_error { BUDGET.reserve_for_error(bytes) } else { BUDGET.reserve(bytes) };
    let reserve = || policy.processor.has_room(bytes) && fits();
    let mut fits = reserve();
    // The flows that gave way may have been smaller.
    while !fits && policy.processor.make_room(bytes) {
        fits = reserve();
    }
    fits.then(|| segment.hand_over())
}
