//! The begin and the end of a segment.

use std::cell::Cell;
#[cfg(any(feature = "otel", feature = "tracing"))]
use std::sync::Arc;
use std::time::Instant;

use crate::vocabulary::counters::COUNTERS;
use crate::vocabulary::decision::DecisionReason;
use crate::vocabulary::say::say;
use crate::vocabulary::{CallSite, signal_handler};

use crate::recording::budget::{self, Admission, NotBegun};
use crate::recording::data::error_kinds::ErrorKind;
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
use crate::recording::segment::{Segment, SegmentSlot, open_functions};
use crate::recording::shield::shielded;
use crate::recording::thread::current;
use crate::recording::thread::pool;
use crate::recording::thread::registry;
use crate::recording::thread::watching;
use crate::recording::threads;

thread_local! {
    /// The number of flows with an error that this thread has ended. It may wrap.
    static FAILED_FLOWS: Cell<u32> = const { Cell::new(0) };
    /// The type and message of the error that left the root of the latest one.
    static LATEST_ERROR: Cell<Option<ErrorKind>> = const { Cell::new(None) };
    static AT_END: ThreadEnd = const { ThreadEnd };
}

/// Returns the number of flows with an error that this thread has ended. It may wrap.
pub(crate) fn failed_flows() -> u32 {
    FAILED_FLOWS.get()
}

/// Returns the type and message of the error that left the root of the latest of those flows.
pub(crate) fn latest_error() -> Option<ErrorKind> {
    LATEST_ERROR.get()
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
        if segment.is_sampled() && signal_handler::is_active() {
            pool::give_back(segment);
            budget::refused_in_handler();
            return Err(NotBegun::Unrecorded);
        }
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
    let outer = segment.take_outer();
    current::muted(|| {
        if segment.is_empty_turn() {
            watching::end(segment);
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
            LATEST_ERROR.set(segment.error_of_root());
        }
        if segment.opener().is_some() {
            COUNTERS.child_of_open_span();
            segment.pass_errors_on();
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
        watching::end(segment);
        pool::give_back(segment);
    });
    outer.and_then(current::awake).into_iter().for_each(resume);
}

/// Makes a segment the one that the thread works on again, after the root of a child of one of its
/// spans.
fn resume(segment: &'static mut Segment) {
    if segment.has_no_active_span() { park(segment) } else { current::put(segment) }
}

/// Looks whether spans of the segment have been open for long. Returns the origin of a call that
/// begins now, if that is the child of such a span: it is a flow of its own.
pub(crate) fn child(segment: &mut Segment) -> Option<Origin> {
    look(segment, None);
    segment.child()
}

/// Begins a synchronous call in a segment of its own, as a child of a span of `outer`. Returns
/// `outer` if nothing can be recorded.
pub(crate) fn begin_child(
    site: &'static CallSite,
    origin: Origin,
    outer: &'static mut Segment,
) -> Result<(&'static mut Segment, SpanRef), &'static mut Segment> {
    match begin(site, origin, Admission::Always) {
        Ok((segment, root)) => {
            segment.set_outer(current::at_rest(outer));
            Ok((segment, root))
        }
        Err(_) => Err(outer),
    }
}

/// Looks whether spans of the segment have been open for long, now that `ended` has ended. Decides
/// about their finished children.
#[cold]
#[inline(never)]
pub(crate) fn look(segment: &mut Segment, ended: Option<SpanRef>) {
    let Some(policy) = policy::get() else { return };
    if !segment.is_watched()
        || !segment.is_due(ended, policy.settings.flow_open)
        || signal_handler::is_active()
    {
        return;
    }
    current::muted(|| {
        let flows = segment.cut(policy, &mut pool::new_trace_id);
        flows.into_iter().for_each(|flow| policy.processor.take(flow));
    });
}

/// Parks a segment in its slot. Ends it if its root has ended.
pub(crate) fn park(segment: &'static mut Segment) {
    if !segment.is_fast() {
        look(segment, None);
    }
    let slot = segment.slot();
    watching::note_slot(segment, &slot);
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

/// Looks at all watched flows, whose threads may not call anything for long. Decides about the
/// finished children of long spans, and exports errors of long spans themselves. Returns the moment
/// of the next look.
pub(crate) fn look_at_open_flows() -> Option<Instant> {
    let policy = policy::get()?;
    reach(
        policy,
        |_| true,
        |segment, flows| {
            if segment.is_due(None, policy.settings.flow_open) {
                flows.extend(segment.cut(policy, &mut pool::new_trace_id));
            }
            if segment.has_error_of_long_span() {
                flows.extend(segment.tell(policy, false));
            }
        },
    );
    for site in open_functions::take() {
        let name = if site.is_function() { site.function() } else { site.span_name() };
        say(format_args!(
            "{name} has been open for {:?}: its calls are flows of their own from now on, linked to it \
             (OMEGI_FLOW_OPEN)",
            policy.settings.flow_open
        ));
    }
    watching::next_round(policy)
}

/// Exports the open flows of some threads that hold errors, as they stand. `last`: the process is
/// about to end, so also the flows of which a child is kept.
pub(crate) fn tell_open_flows(chosen: impl Fn(u16) -> bool, last: bool) {
    let Some(policy) = policy::get() else { return };
    reach(policy, chosen, |segment, flows| flows.extend(segment.tell(policy, last)));
}

fn reach(
    policy: &Policy,
    chosen: impl Fn(u16) -> bool,
    mut work: impl FnMut(&mut Segment, &mut Vec<RecordedFlow>),
) {
    let mut flows = Vec::new();
    let ended = quietly(|| watching::reach(chosen, |segment| work(segment, &mut flows)));
    quietly(|| flows.into_iter().for_each(|flow| policy.processor.take(flow)));
    ended.into_iter().for_each(end);
}

/// Ends the flow of this thread before its root has ended: the thread or the process ends.
pub(crate) fn break_off() {
    while let Some(segment) = current::take() {
        uncover(segment);
        segment.break_off();
        end(segment);
    }
}

/// Makes the segment on top of which this one was the one that the thread works on: a turn is on
/// that of its loop's function, a child of a long span on that of the span.
fn uncover(segment: &mut Segment) {
    current::replace(segment.take_off());
    segment.take_outer().and_then(current::awake).into_iter().for_each(resume);
}

/// The destructor of a thread that records. Destructors of older locals run after it.
struct ThreadEnd;

impl Drop for ThreadEnd {
    fn drop(&mut self) {
        let _ = shielded(|| {
            // No call returns any more. Handles of spans may end a segment that has a slot.
            while let Some(segment) = current::take() {
                uncover(segment);
                if segment.has_slot() {
                    park(segment);
                } else {
                    segment.break_off();
                    end(segment);
                }
            }
            // The allocator may be the user's, and instrumented.
            quietly(pool::retire);
        });
    }
}

/// Ends a part of a forked flow. The last part decides about the flow; the others wait for it.
fn end_part(part: FlowPart, segment: &mut Segment, policy: &Policy) {
    let errors = segment.judge_errors(policy);
    let keeps = segment.kept_already().is_some_and(|reason| reason != DecisionReason::Sampled);
    let totals = Totals {
        spans: segment.opened(),
        has_counted_error: segment.has_failed(),
        keep_requested: segment.keep_requested() || keeps,
        upstreams: *segment.upstreams(),
        errors: errors.unwrap_or_default(),
        ..Totals::default()
    };
    if totals.has_counted_error {
        segment.opener().into_iter().for_each(|opener| opener.keep(DecisionReason::Failed));
    }
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
    let kept_already = kept_already.into_iter().chain(segment.kept_already()).min();
    let decision = policy.processor.decide(&FlowEnding {
        root: segment.root_site(),
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
    if signal_handler::is_active() {
        return COUNTERS.lost_to_memory(segment.opened());
    }
    segment.opener().into_iter().for_each(|opener| opener.keep(decision.reason));
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
    policy.reserve(bytes, for_error).then(|| segment.hand_over())
}
