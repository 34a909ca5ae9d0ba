//! A flow that has forked: what its segments share, and which of them decides.
//!
//! A flow that stays on one thread or in one task needs none of this. With its first fork it gets a header that all its
//! segments share: the one that it began in, and one for each task or thread that goes on with it. Each records by itself;
//! a segment that ends is put aside, and the last one to end decides about all of them. Who is still at work when the first
//! has been put aside for [`Policy::branch_wait`] is not waited for: it will follow what is decided without it, unless it
//! fails itself.

use std::collections::BTreeMap;
use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::vocabulary::counters::{COUNTERS, Kept};

use super::budget::BUDGET;
use super::policy::{self, Policy};
use super::recorded::RecordedFlow;
use super::root;
use super::segment::Segment;

/// What the segments of a forked flow share.
#[derive(Debug)]
struct Branching {
    /// Tells apart what waits since the same moment.
    number: u64,
    sampled: bool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Segments at work, and work that has not begun.
    open: usize,
    /// Segments that have ended.
    parts: Vec<RecordedFlow>,
    /// The calls of segments that have ended, whether or not there was room for them.
    spans: u64,
    failed: bool,
    asked: bool,
    /// Since when a part waits.
    since: Option<Instant>,
    /// Whether the flow is kept, once that is decided.
    decided: Option<bool>,
}

/// Forked flows in which a part waits, the one that has waited longest first.
static WAITING: Mutex<BTreeMap<(Instant, u64), Arc<Branching>>> = Mutex::new(BTreeMap::new());

/// One segment's share in a forked flow: of one that is at work, or will be. A share that is dropped is of work that will
/// never begin.
#[derive(Debug)]
pub(crate) struct Share(Arc<Branching>);

impl Share {
    /// The share of the segment in which the flow began.
    pub(crate) fn first(sampled: bool) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let state = Mutex::new(State { open: 1, ..State::default() });
        Self(Arc::new(Branching { number, sampled, state }))
    }

    /// The share of one more branch.
    pub(crate) fn another(&self) -> Self {
        self.0.lock().open += 1;
        Self(Arc::clone(&self.0))
    }

    /// The flow as somebody knows it who may take part later, and is not waited for until then.
    #[cfg(feature = "tracing")]
    pub(crate) fn kin(&self) -> Kin {
        Kin(Arc::clone(&self.0))
    }

    /// Asks that the flow be kept.
    pub(crate) fn ask(&self) {
        self.0.lock().asked = true;
    }

    /// Notes that the flow has failed.
    pub(crate) fn fail(&self) {
        self.0.lock().failed = true;
    }

    /// Whether the flow will be kept even if it is not sampled: a part of it has failed, or somebody asked.
    pub(crate) fn is_precious(&self) -> bool {
        let state = self.0.lock();
        state.failed || state.asked
    }

    /// The segment has ended: the flow is decided if it was the last, and waits for the others if not.
    pub(crate) fn end(self, segment: &mut Segment, policy: &Policy) {
        let Self(branching) = &self;
        let mut state = branching.lock();
        state.failed |= segment.has_failed();
        state.asked |= segment.is_asked_for();
        if let Some(kept) = state.decided {
            drop(state);
            root::decide(segment, policy, kept);
        } else if state.open > 1 || branching.keeps(&state, policy) {
            state.spans += segment.opened();
            state.parts.extend(root::recorded(segment, policy));
            branching.enlist(&mut state, policy);
        } else {
            state.spans += segment.opened();
        }
    }
}

/// A forked flow, known to somebody who may take part in it.
#[cfg(feature = "tracing")]
#[derive(Debug)]
pub(crate) struct Kin(Arc<Branching>);

#[cfg(feature = "tracing")]
impl Kin {
    /// A share in the flow. Who joins after it was decided follows the decision, unless it fails itself.
    pub(crate) fn join(&self) -> Share {
        self.0.lock().open += 1;
        Share(Arc::clone(&self.0))
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let Self(branching) = self;
        let mut state = branching.lock();
        state.open -= 1;
        if state.open == 0 && state.decided.is_none() {
            branching.decide(state);
        }
    }
}

impl Branching {
    fn keeps(&self, state: &State, policy: &Policy) -> bool {
        policy.stages.keeps(self.sampled, state.failed || state.asked)
    }

    /// Notes since when the flow waits, if it does.
    fn enlist(self: &Arc<Self>, state: &mut State, policy: &Policy) {
        if state.since.is_some() || state.parts.is_empty() || state.open == 1 {
            return;
        }
        let since = Instant::now();
        state.since = Some(since);
        waiting().insert((since, self.number), Arc::clone(self));
        policy.stages.call_at(since + policy.branch_wait);
    }

    fn decide(&self, mut state: MutexGuard<'_, State>) {
        let Some(policy) = policy::get() else { return };
        if let Some(since) = state.since.take() {
            waiting().remove(&(since, self.number));
        }
        let kept = self.keeps(&state, policy);
        state.decided = Some(kept);
        let parts = mem::take(&mut state.parts);
        if state.spans == 0 {
            return;
        }
        COUNTERS.ended(mem::take(&mut state.spans), Kept::why(state.failed, state.asked, self.sampled));
        drop(state);
        if !kept {
            BUDGET.release(parts.iter().map(|part| part.reserved).sum());
        } else if let Some(flow) = joined(parts) {
            policy.stages.take(flow);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Decides about the flows that have waited too long. Returns when the next one will have.
pub(crate) fn decide_overdue(now: Instant) -> Option<Instant> {
    let policy = policy::get()?;
    decide_while(|since| since + policy.branch_wait <= now);
    waiting().first_key_value().map(|((since, _), _)| *since + policy.branch_wait)
}

/// Decides about all flows that wait: nothing more will come.
pub(crate) fn decide_all() {
    decide_while(|_| true);
}

fn decide_while(is_due: impl Fn(Instant) -> bool) {
    while let Some(branching) = first_if(&is_due) {
        let state = branching.lock();
        if state.decided.is_none() {
            branching.decide(state);
        }
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
    whole.precious |= parts.iter().any(|part| part.precious);
    whole.reserved += parts.iter().map(|part| part.reserved).sum::<usize>();
    whole.branches = parts;
    Some(whole)
}
