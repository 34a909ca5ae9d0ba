//! Parts of one thing that several threads make, and what becomes of them: decided once, by the thread that ends last or by
//! one that waits no longer. Knows nothing of flows, so that every order of the threads can be tried (`loom`).

use std::mem;

use crate::recording::data::error_kinds::ErrorKinds;
use crate::recording::flow::sync::{Mutex, MutexGuard, PoisonError};

/// The parts that have been put aside so far.
#[derive(Debug)]
pub(crate) struct Gathering<P> {
    state: Mutex<GatheringState<P>>,
}

#[derive(Debug)]
struct GatheringState<P> {
    /// Who makes a part, or will.
    open: usize,
    parts: Vec<P>,
    /// What the parts, and those that were not put aside, amount to.
    totals: Totals,
    /// The spans of parts that should have been put aside, and could not be.
    missing: u64,
    /// Whether the parts are kept, once that is decided.
    decided: Option<bool>,
}

/// What is known of parts together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) spans: u64,
    pub(crate) failed: bool,
    pub(crate) keep_requested: bool,
    /// The kinds of the errors that the parts are known to have met.
    pub(crate) kinds: ErrorKinds,
}

impl Totals {
    fn add(&mut self, other: Self) {
        self.spans += other.spans;
        self.failed |= other.failed;
        self.keep_requested |= other.keep_requested;
        self.kinds.merge(&other.kinds);
    }

    /// Whether the parts are kept whatever sampling says.
    pub(crate) fn must_keep(self) -> bool {
        self.failed || self.keep_requested
    }
}

/// What becomes of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PartResult {
    /// It was put aside, or was not worth it. `waits`: it is the first one, and others are still being made.
    Gathered { waits: bool },
    /// All was decided without it.
    TooLate { kept: bool },
}

/// What was decided, and what about.
#[derive(Debug)]
pub(crate) struct Joined<P> {
    pub(crate) kept: bool,
    pub(crate) totals: Totals,
    pub(crate) parts: Vec<P>,
    /// The spans of parts that are not there, and should be.
    pub(crate) missing: u64,
}

impl<P> Gathering<P> {
    /// Of one part, for now.
    pub(crate) fn new() -> Self {
        let state = GatheringState {
            open: 1,
            parts: Vec::new(),
            totals: Totals::default(),
            missing: 0,
            decided: None,
        };
        Self { state: Mutex::new(state) }
    }

    /// Somebody will make one more part.
    pub(crate) fn join(&self) {
        self.lock().open += 1;
    }

    /// Something is known of a part that is being made.
    pub(crate) fn note(&self, known: Totals) {
        self.lock().totals.add(known);
    }

    /// Whether the parts will be kept whatever sampling says, as far as that is known.
    pub(crate) fn must_keep(&self) -> bool {
        self.lock().totals.must_keep()
    }

    /// A part is made, which amounts to `totals`. `part` makes what is to be put aside, if it may be needed: if it is not the last, or
    /// `keeps` says so of what is known of all; nothing where it cannot. Then whoever made it [leaves](Self::leave).
    pub(crate) fn end(
        &self,
        totals: Totals,
        keeps: impl FnOnce(Totals) -> bool,
        part: impl FnOnce() -> Option<P>,
    ) -> PartResult {
        let mut state = self.lock();
        if let Some(kept) = state.decided {
            return PartResult::TooLate { kept };
        }
        state.totals.add(totals);
        let is_last = state.open == 1;
        let before = state.parts.len();
        if !is_last || keeps(state.totals) {
            match part() {
                Some(part) => state.parts.push(part),
                None => state.missing += totals.spans,
            }
        }
        PartResult::Gathered { waits: !is_last && before == 0 && !state.parts.is_empty() }
    }

    /// Somebody makes no part any more. The last one decides.
    pub(crate) fn leave(&self, keeps: impl FnOnce(Totals) -> bool) -> Option<Joined<P>> {
        let mut state = self.lock();
        state.open -= 1;
        if state.open == 0 { state.decide(keeps) } else { None }
    }

    /// Nobody waits any longer: decides, unless that was done.
    pub(crate) fn give_up(&self, keeps: impl FnOnce(Totals) -> bool) -> Option<Joined<P>> {
        self.lock().decide(keeps)
    }

    fn lock(&self) -> MutexGuard<'_, GatheringState<P>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<P> GatheringState<P> {
    fn decide(&mut self, keeps: impl FnOnce(Totals) -> bool) -> Option<Joined<P>> {
        if self.decided.is_some() {
            return None;
        }
        let kept = keeps(self.totals);
        self.decided = Some(kept);
        Some(Joined { kept, totals: self.totals, parts: mem::take(&mut self.parts), missing: self.missing })
    }
}

#[cfg(all(test, not(omegi_loom)))]
mod tests {
    use super::*;

    #[test]
    fn parts_that_cannot_be_made_are_told_with_the_others() {
        let gathering = Gathering::new();
        gathering.join();
        let totals = |spans| Totals { spans, ..Totals::default() };
        assert_eq!(gathering.end(totals(2), |_| true, || None), PartResult::Gathered { waits: false });
        assert!(gathering.leave(|_| true).is_none());
        assert_eq!(
            gathering.end(totals(3), |_| true, || Some("part")),
            PartResult::Gathered { waits: false }
        );
        let joined = gathering.leave(|_| true).unwrap();
        assert_eq!((joined.parts, joined.missing, joined.totals.spans), (vec!["part"], 2, 5));
    }

    #[test]
    fn a_part_that_nobody_wants_is_not_missing() {
        let gathering = Gathering::<()>::new();
        let totals = Totals { spans: 2, ..Totals::default() };
        gathering.end(totals, |_| false, || None);
        assert_eq!(gathering.leave(|_| false).unwrap().missing, 0);
    }
}

#[cfg(all(test, omegi_loom))]
mod models {
    use loom::sync::Arc;
    use loom::thread;

    use super::*;

    fn totals(spans: u64, failed: bool) -> Totals {
        Totals { spans, failed, ..Totals::default() }
    }

    /// Makes a part and leaves, as a branch does. Returns how many spans were exported by it.
    fn branch(gathering: &Gathering<u64>, spans: u64, failed: bool) -> u64 {
        let keeps = Totals::must_keep;
        let late = match gathering.end(totals(spans, failed), keeps, || Some(spans)) {
            PartResult::TooLate { kept } if kept || failed => spans,
            _ => 0,
        };
        late + exported(gathering.leave(keeps))
    }

    fn exported(joined: Option<Joined<u64>>) -> u64 {
        joined.filter(|joined| joined.kept).map_or(0, |joined| joined.parts.iter().sum())
    }

    #[test]
    fn a_failure_keeps_all_parts_in_whatever_order_they_end() {
        loom::model(|| {
            let gathering = Arc::new(Gathering::new());
            gathering.join();
            gathering.join();
            let other = |spans, failed| {
                let gathering = Arc::clone(&gathering);
                thread::spawn(move || branch(&gathering, spans, failed))
            };
            let (one, two) = (other(10, true), other(100, false));
            let own = branch(&gathering, 1, false);
            assert_eq!(own + one.join().unwrap() + two.join().unwrap(), 111);
        });
    }

    #[test]
    fn who_is_not_waited_for_follows_and_a_failure_is_never_lost() {
        loom::model(|| {
            let gathering = Arc::new(Gathering::new());
            gathering.join();
            let other = Arc::clone(&gathering);
            let failing = thread::spawn(move || branch(&other, 10, true));
            let impatient = Arc::clone(&gathering);
            let worker = thread::spawn(move || exported(impatient.give_up(Totals::must_keep)));
            let own = branch(&gathering, 1, false);
            let all = own + failing.join().unwrap() + worker.join().unwrap();
            assert!(
                all == 10 || all == 11,
                "{all}: the failed part once, the other one with it or not at all"
            );
        });
    }

    #[test]
    fn it_is_decided_once() {
        loom::model(|| {
            let gathering = Arc::new(Gathering::<u64>::new());
            gathering.join();
            let other = Arc::clone(&gathering);
            let leaving = thread::spawn(move || u32::from(other.leave(|_| true).is_some()));
            let impatient = Arc::clone(&gathering);
            let worker = thread::spawn(move || u32::from(impatient.give_up(|_| true).is_some()));
            let own = u32::from(gathering.leave(|_| true).is_some());
            assert_eq!(own + leaving.join().unwrap() + worker.join().unwrap(), 1);
        });
    }
}
