//! A flow that has forked: what its segments share, and which of them decides.
//!
//! A flow that stays on one thread or in one task needs none of this. With its first fork it gets a header that all its
//! segments share: the one that it began in, and one for each task or thread that goes on with it. Each records by itself;
//! a segment that ends is put aside, and the last one to end decides about all of them. Who is still at work when the first
//! has been put aside for [`Policy::branch_wait`] is not waited for: it will follow what is decided without it, unless it
//! fails itself.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use crate::vocabulary::counters::COUNTERS;

use super::budget::{self, BUDGET};
use super::gathering::{Fate, Gathering, Sum, Verdict};
use super::kinds::ErrorKind;
use super::muting::quietly;
use super::policy::{self, Decision, Ending, Policy};
use super::recorded::RecordedFlow;

/// What the segments of a forked flow share.
#[derive(Debug)]
struct Branching {
    /// Tells apart what waits since the same moment.
    number: u64,
    sampled: bool,
    gathering: Gathering<RecordedFlow>,
    /// Since when a part waits.
    since: OnceLock<Instant>,
}

/// Forked flows in which a part waits, the one that has waited longest first.
static WAITING: Mutex<BTreeMap<(Instant, u64), Arc<Branching>>> = Mutex::new(BTreeMap::new());

/// One segment's share in a forked flow: of one that is at work, or will be. A share that is dropped is of work that has
/// ended, or will never begin.
#[derive(Debug)]
pub(crate) struct Share(Arc<Branching>);

/// A flow that has forked, for who may go on with it: nobody waits for that before it has [begun](Self::share).
#[derive(Clone, Debug)]
pub(crate) struct Forked(Arc<Branching>);

impl Forked {
    /// The share of a branch that begins now. Where the flow is decided already, the branch follows that.
    pub(crate) fn share(&self) -> Share {
        self.0.gathering.join();
        Share(Arc::clone(&self.0))
    }
}

impl Share {
    /// The share of the segment in which the flow began.
    pub(crate) fn first(sampled: bool) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Self(Arc::new(Branching { number, sampled, gathering: Gathering::new(), since: OnceLock::new() }))
    }

    /// The share of one more branch.
    pub(crate) fn another(&self) -> Self {
        self.0.gathering.join();
        Self(Arc::clone(&self.0))
    }

    /// The flow that this is a share in.
    pub(crate) fn flow(&self) -> Forked {
        Forked(Arc::clone(&self.0))
    }

    /// Asks that the flow be kept.
    pub(crate) fn ask(&self) {
        self.0.gathering.note(Sum { asked: true, ..Sum::default() });
    }

    /// Notes that the flow has failed, in this way if that is known: it may be decided before this part of it has ended.
    pub(crate) fn fail(&self, kind: Option<ErrorKind>) {
        let kinds = kind.into_iter().collect();
        self.0.gathering.note(Sum { failed: true, kinds, ..Sum::default() });
    }

    /// Whether the flow will be kept whatever sampling says: a part of it has failed, or somebody asked.
    pub(crate) fn is_precious(&self) -> bool {
        self.0.gathering.is_precious()
    }

    /// Puts aside what `part` makes of this part, which amounts to `sum`, if the flow may need it. Dropping the share then
    /// decides about the flow if this was the last part.
    pub(crate) fn put_aside(
        &self,
        sum: Sum,
        policy: &Policy,
        part: impl FnOnce() -> Option<RecordedFlow>,
    ) -> Fate {
        let Self(branching) = self;
        let may_keep = |sum: Sum| policy.stages.may_keep(branching.sampled, sum.is_precious());
        let fate = branching.gathering.end(sum, may_keep, part);
        if fate == (Fate::Gathered { waits: true }) {
            branching.enlist(policy);
        }
        fate
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let Self(branching) = self;
        let Some(policy) = policy::get() else { return };
        quietly(|| branching.settle(policy, |gathering, keeps| gathering.leave(keeps)));
    }
}

impl Branching {
    /// Decides, if `ask` says that it is time to, and carries that out.
    fn settle(
        &self,
        policy: &Policy,
        ask: impl FnOnce(&Gathering<RecordedFlow>, &mut dyn FnMut(Sum) -> bool) -> Option<Verdict<RecordedFlow>>,
    ) {
        let mut decision = None;
        let mut keeps = |sum: Sum| {
            let Sum { asked, failed, kinds, .. } = sum;
            let ending = Ending { sampled: self.sampled, asked, failed, kinds };
            decision.insert(policy.stages.decide(&ending)).kept.is_kept()
        };
        let verdict = ask(&self.gathering, &mut keeps);
        if let Some((verdict, decision)) = verdict.zip(decision) {
            self.carry_out(verdict, decision, policy);
        }
    }

    /// Notes that the flow waits from now on.
    fn enlist(self: &Arc<Self>, policy: &Policy) {
        let since = *self.since.get_or_init(Instant::now);
        waiting().insert((since, self.number), Arc::clone(self));
        policy.stages.call_at(since + policy.branch_wait);
    }

    fn carry_out(&self, verdict: Verdict<RecordedFlow>, decision: Decision, policy: &Policy) {
        if let Some(since) = self.since.get() {
            waiting().remove(&(*since, self.number));
        }
        let Verdict { kept, sum, parts, missing } = verdict;
        if sum.spans > 0 {
            COUNTERS.ended(sum.spans, decision.kept);
        }
        if !kept {
            BUDGET.release(parts.iter().map(|part| part.reserved).sum());
            return;
        }
        match joined(parts) {
            Some(mut flow) => {
                decision.mark(&mut flow);
                policy.stages.take(flow);
                if missing > 0 {
                    budget::lost_in_part(missing);
                }
            }
            None if missing > 0 => budget::lost(missing),
            None => {}
        }
    }

    /// Decides, whoever is still at work.
    fn give_up(&self, policy: &Policy) {
        self.settle(policy, |gathering, keeps| gathering.give_up(keeps));
    }
}

/// Decides about the flows that have waited too long. Returns when the next one will have.
pub(crate) fn decide_overdue(now: Instant) -> Option<Instant> {
    let policy = policy::get()?;
    decide_while(policy, |since| since + policy.branch_wait <= now);
    waiting().first_key_value().map(|((since, _), _)| *since + policy.branch_wait)
}

/// Decides about all flows that wait: nothing more will come.
pub(crate) fn decide_all() {
    if let Some(policy) = policy::get() {
        decide_while(policy, |_| true);
    }
}

fn decide_while(policy: &Policy, is_due: impl Fn(Instant) -> bool) {
    while let Some(branching) = first_if(&is_due) {
        branching.give_up(policy);
    }
}

fn first_if(is_due: impl Fn(Instant) -> bool) -> Option<Arc<Branching>> {
    let mut waiting = waiting();
    let first = waiting.first_entry().filter(|first| is_due(first.key().0))?;
    Some(first.remove())
}

fn waiting() -> MutexGuard<'static, BTreeMap<(Instant, u64), Arc<Branching>>> {
    WAITING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The parts of a flow as one: the first is the one that the others belong under.
fn joined(mut parts: Vec<RecordedFlow>) -> Option<RecordedFlow> {
    let first = parts.iter().position(|part| part.attached.is_none()).unwrap_or(0);
    if parts.is_empty() {
        return None;
    }
    let mut whole = parts.swap_remove(first);
    // Whoever went on with a branch began after it: in this order each part comes after the one that it belongs under.
    parts.sort_by_key(RecordedFlow::began);
    whole.reserved += parts.iter().map(|part| part.reserved).sum::<usize>();
    whole.branches = parts;
    Some(whole)
}
