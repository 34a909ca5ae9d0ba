//! A flow that has forked: the state that its segments share, and the decision about all of them.
//!
//! A flow on one thread or in one task needs none of this. Its first fork creates a state that all
//! its segments share. Each segment records by itself, and is put aside when it ends. The last one
//! to end decides about all of them. After `OMEGI_FLOW_WAIT` the flow is decided without the
//! parts that are still active. Those follow the decision, unless they fail themselves.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use crate::vocabulary::CallSite;
use crate::vocabulary::counters::COUNTERS;
use crate::vocabulary::decision::DecisionReason;
use crate::vocabulary::per_process::{self, PerProcess};

use crate::recording::budget::{self, ALLOCATIONS, BUDGET};
use crate::recording::data::error_kinds::{ErrorKind, ErrorKinds};
use crate::recording::data::judged_errors::JudgedErrors;
use crate::recording::data::recorded::{Attached, RecordedFlow};
use crate::recording::flow::gathering::{Gathering, Joined, PartResult, Totals};
use crate::recording::muting::quietly;
use crate::recording::policy::{self, Decision, FlowEnding, Policy};

/// The state that the segments of a forked flow share.
#[derive(Debug)]
struct SharedFlow {
    /// The [generation](per_process::generation) of the process that it is of. Another thread may
    /// have held its lock when this process was forked off that one.
    generation: u32,
    /// Distinguishes flows that wait since the same moment.
    number: u64,
    sampled: bool,
    /// The call site of its root, if that was known when it forked.
    root: Option<&'static CallSite>,
    gathering: Parts,
    /// The moment since which a part waits.
    since: OnceLock<Instant>,
    /// The reason of the decision, once that is made.
    reason: OnceLock<DecisionReason>,
}

/// The memory of a flow's shared state, with its entry among those that wait, in bytes.
const SHARED_FLOW_BYTES: usize =
    size_of::<SharedFlow>() + size_of::<((Instant, u64), Arc<SharedFlow>)>() + ALLOCATIONS;

/// The parts of a forked flow.
type Parts = Gathering<RecordedFlow>;

/// Forked flows in which a part waits, the longest wait first.
static WAITING: PerProcess<Mutex<WaitingFlows>> = PerProcess::new(Mutex::new(BTreeMap::new()));

type WaitingFlows = BTreeMap<(Instant, u64), Arc<SharedFlow>>;

/// A segment's part of a forked flow. The part leaves the flow when this is dropped: its work has
/// ended, or will never begin.
#[derive(Debug)]
pub(crate) struct FlowPart(Arc<SharedFlow>);

/// A reference to a forked flow, from which a part can [begin](Self::part). The flow does not wait
/// for the holder of a reference, but for the parts that have begun.
#[derive(Clone, Debug)]
pub(crate) struct FlowRef(Arc<SharedFlow>);

impl FlowRef {
    /// Returns the part of a branch that begins now. If the flow is decided already, the branch
    /// follows that. Returns `None` if the flow is of the process that this one was forked off.
    pub(crate) fn part(&self) -> Option<FlowPart> {
        self.0.gathering()?.join();
        Some(FlowPart(Arc::clone(&self.0)))
    }

    /// Returns whether the flow is of this process.
    pub(crate) fn is_of_this_process(&self) -> bool {
        self.0.is_of_this_process()
    }
}

impl FlowPart {
    /// Returns the part of the segment in which the flow began.
    pub(crate) fn first(sampled: bool, root: Option<&'static CallSite>) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        BUDGET.take(SHARED_FLOW_BYTES);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Self(Arc::new(SharedFlow {
            generation: per_process::generation(),
            number,
            sampled,
            root,
            gathering: Gathering::new(),
            since: OnceLock::new(),
            reason: OnceLock::new(),
        }))
    }

    /// Returns the part of one more branch.
    pub(crate) fn another(&self) -> Self {
        self.0.gathering().into_iter().for_each(Gathering::join);
        Self(Arc::clone(&self.0))
    }

    /// Returns whether the flow is of this process, and not of the one that it was forked off.
    pub(crate) fn is_of_this_process(&self) -> bool {
        self.0.is_of_this_process()
    }

    /// Returns a reference to the flow.
    pub(crate) fn flow(&self) -> FlowRef {
        FlowRef(Arc::clone(&self.0))
    }

    /// Notes that a callee keeps its part of the flow.
    pub(crate) fn note_upstream(&self, upstream: ErrorKind) {
        let upstreams = std::iter::once(upstream).collect();
        self.note(Totals { upstreams, ..Totals::default() });
    }

    /// Requests that the flow be kept.
    pub(crate) fn request_keep(&self) {
        self.note(Totals { keep_requested: true, ..Totals::default() });
    }

    /// Notes a failure of the flow, with its kind if that is known. The flow may be decided before
    /// this part has ended.
    pub(crate) fn fail(&self, kind: Option<ErrorKind>) {
        let mut errors = JudgedErrors::NONE;
        kind.into_iter().for_each(|kind| errors.counted.add(kind));
        self.note(Totals { has_counted_error: true, errors, ..Totals::default() });
    }

    /// Notes an error that this part judges when it ends. If the flow is decided before that, the
    /// error counts.
    pub(crate) fn suspect(&self, kind: ErrorKind) {
        let suspected = std::iter::once(kind).collect();
        self.note(Totals { suspected, ..Totals::default() });
    }

    fn note(&self, known: Totals) {
        self.0.gathering().into_iter().for_each(|parts| parts.note(known));
    }

    /// Returns whether the flow will be kept whatever sampling decides: a part has failed, or the
    /// program requested it. `answered`: the texts of errors that an answer blames on the caller.
    pub(crate) fn must_keep(&self, answered: &ErrorKinds) -> bool {
        self.0.gathering().is_some_and(|parts| parts.must_keep(answered))
    }

    /// Returns the reason for which the flow is kept, if it is decided and kept.
    pub(crate) fn kept_for(&self) -> Option<DecisionReason> {
        self.0.reason.get().copied().filter(|reason| reason.is_kept())
    }

    /// Takes out the ended parts that belong under some spans, or under one of those parts.
    pub(crate) fn take_attached(&self, is_taken: impl Fn(Attached) -> bool) -> Vec<RecordedFlow> {
        let mut taken: Vec<RecordedFlow> = Vec::new();
        let Some(gathering) = self.0.gathering() else { return taken };
        loop {
            let belongs = |at: Attached| is_taken(at) || taken.iter().any(|part| part.seed == at.seed);
            let more = gathering.take(|part| part.attached.is_some_and(belongs));
            if more.is_empty() {
                // Each part follows the one that it belongs under, as in `whole_flow`.
                taken.sort_by_key(RecordedFlow::began);
                return taken;
            }
            taken.extend(more);
        }
    }

    /// Ends this part with these totals. Calls `part` for its record and puts that aside, unless
    /// this is the last part and the flow cannot be kept. The caller then drops this: the last part
    /// that is dropped decides about the flow.
    pub(crate) fn put_aside(
        &self,
        totals: Totals,
        policy: &Policy,
        part: impl FnOnce() -> Option<RecordedFlow>,
    ) -> PartResult {
        let Self(flow) = self;
        let may_keep = |totals: Totals| policy.processor.may_keep(flow.sampled, totals.may_keep());
        let result = flow.gathering.end(totals, may_keep, part);
        if result == (PartResult::Gathered { waits: true }) {
            flow.enlist(policy);
        }
        result
    }
}

impl Drop for FlowPart {
    fn drop(&mut self) {
        let Self(flow) = self;
        let Some(policy) = policy::get().filter(|_| flow.is_of_this_process()) else { return };
        quietly(|| flow.decide(policy, |gathering, keeps| gathering.leave(keeps)));
    }
}

impl Drop for SharedFlow {
    fn drop(&mut self) {
        if self.is_of_this_process() {
            BUDGET.release(SHARED_FLOW_BYTES);
        }
    }
}

impl SharedFlow {
    fn is_of_this_process(&self) -> bool {
        self.generation == per_process::generation()
    }

    /// Returns its parts, if the flow is of this process.
    fn gathering(&self) -> Option<&Parts> {
        self.is_of_this_process().then_some(&self.gathering)
    }

    /// Decides if `join` returns the joined parts, and carries that out.
    fn decide(
        &self,
        policy: &Policy,
        join: impl FnOnce(&Parts, &mut dyn FnMut(Totals) -> bool) -> Option<Joined<RecordedFlow>>,
    ) {
        let mut decision = None;
        let mut keeps = |totals: Totals| {
            let Totals { keep_requested, upstreams, has_counted_error, errors, .. } = totals;
            let errors = errors.settled();
            let ending = FlowEnding {
                root: self.root,
                sampled: self.sampled,
                keep_requested,
                upstreams: &upstreams,
                has_counted_error: has_counted_error || !errors.counted.as_slice().is_empty(),
                errors: &errors,
                kept_already: None,
            };
            let reason = decision.insert(policy.processor.decide(&ending)).reason;
            // The gathering is still locked: a part that comes too late finds the reason.
            let _ = self.reason.set(reason);
            reason.is_kept()
        };
        let joined = join(&self.gathering, &mut keeps);
        if let Some((joined, decision)) = joined.zip(decision) {
            self.carry_out(joined, decision, policy);
        }
    }

    /// Lists the flow among those that wait.
    fn enlist(self: &Arc<Self>, policy: &Policy) {
        let since = *self.since.get_or_init(Instant::now);
        waiting().insert((since, self.number), Arc::clone(self));
        policy.processor.call_at(since + policy.settings.flow_wait);
    }

    fn carry_out(&self, joined: Joined<RecordedFlow>, decision: Decision, policy: &Policy) {
        if let Some(since) = self.since.get() {
            waiting().remove(&(*since, self.number));
        }
        let Joined { kept, totals, parts, missing } = joined;
        if totals.spans > 0 {
            COUNTERS.ended(totals.spans, decision.reason);
        }
        if !kept {
            BUDGET.release(parts.iter().map(|part| part.reserved).sum());
            return;
        }
        match whole_flow(parts) {
            Some(mut flow) => {
                decision.write_into(&mut flow);
                policy.processor.take(flow);
                if missing > 0 {
                    budget::lost_in_part(missing);
                }
            }
            None if missing > 0 => budget::lost(missing),
            None => {}
        }
    }

    /// Decides without the parts that are still active.
    fn give_up(&self, policy: &Policy) {
        self.decide(policy, |gathering, keeps| gathering.give_up(|totals| keeps(totals.with_suspected())));
    }
}

/// Decides about the flows that have waited too long. Returns when the next one will have.
pub(crate) fn decide_overdue(now: Instant) -> Option<Instant> {
    let policy = policy::get()?;
    decide_while(policy, |since| since + policy.settings.flow_wait <= now);
    waiting().first_key_value().map(|((since, _), _)| *since + policy.settings.flow_wait)
}

/// Decides about all flows that wait: the process ends.
pub(crate) fn decide_all() {
    if let Some(policy) = policy::get() {
        decide_while(policy, |_| true);
    }
}

fn decide_while(policy: &Policy, is_due: impl Fn(Instant) -> bool) {
    while let Some(flow) = first_if(&is_due) {
        flow.give_up(policy);
    }
}

fn first_if(is_due: impl Fn(Instant) -> bool) -> Option<Arc<SharedFlow>> {
    let mut waiting = waiting();
    let first = waiting.first_entry().filter(|first| is_due(first.key().0))?;
    Some(first.remove())
}

fn waiting() -> MutexGuard<'static, WaitingFlows> {
    WAITING.get().lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the parts of a flow as one: the others belong under the first.
fn whole_flow(mut parts: Vec<RecordedFlow>) -> Option<RecordedFlow> {
    let first = parts.iter().position(|part| part.attached.is_none()).unwrap_or(0);
    if parts.is_empty() {
        return None;
    }
    let mut whole = parts.swap_remove(first);
    // A branch began after the span that it belongs under: in this order each part follows that
    // one.
    parts.sort_by_key(RecordedFlow::began);
    whole.reserved += parts.iter().map(|part| part.reserved).sum::<usize>();
    whole.branches = parts;
    Some(whole)
}
