//! Gathers the parts of one thing, which several threads make, for one decision about all of them.
//! The thread whose part ends last decides, or a thread that gives up waiting. Knows nothing of
//! flows, so that `loom` can try every order of the threads.

use std::mem;

use crate::recording::data::error_kinds::ErrorKinds;
use crate::recording::data::judged_errors::JudgedErrors;
use crate::recording::flow::sync::{Mutex, MutexGuard, PoisonError};

/// The parts so far.
#[derive(Debug)]
pub(crate) struct Gathering<P> {
    state: Mutex<GatheringState<P>>,
}

#[derive(Debug)]
struct GatheringState<P> {
    /// The number of parts that are still being made.
    open: usize,
    parts: Vec<P>,
    /// The totals of all parts, also of those that were not put aside.
    totals: Totals,
    /// The spans of parts that could not be put aside.
    missing: u64,
    /// The decision, once it is made: true if the parts are kept.
    decided: Option<bool>,
}

/// The totals of parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) spans: u64,
    /// True if a part has an error that counts, as far as is known.
    pub(crate) has_counted_error: bool,
    pub(crate) keep_requested: bool,
    /// The callees that keep their parts of the flow, each as a kind.
    pub(crate) upstreams: ErrorKinds,
    /// The kinds of the errors that the parts are known to have met.
    pub(crate) errors: JudgedErrors,
    /// The kinds of errors that count unless the part that met them judges otherwise when it ends.
    pub(crate) suspected: ErrorKinds,
}

impl Totals {
    fn add(&mut self, other: Self) {
        self.spans += other.spans;
        self.has_counted_error |= other.has_counted_error;
        self.keep_requested |= other.keep_requested;
        self.upstreams.merge(&other.upstreams);
        self.errors.merge(&other.errors);
        self.suspected.merge(&other.suspected);
    }

    /// Returns whether the parts are kept whatever sampling decides.
    pub(crate) fn must_keep(self) -> bool {
        self.has_counted_error || self.keep_requested || !self.upstreams.as_slice().is_empty()
    }

    /// Returns whether the decision may keep the parts though sampling does not.
    pub(crate) fn may_keep(self) -> bool {
        self.must_keep() || self.errors.has_uncounted()
    }

    /// Returns the totals of a flow that is decided before all parts have judged their errors: the
    /// suspected ones count.
    pub(crate) fn with_suspected(mut self) -> Self {
        self.has_counted_error |= !self.suspected.as_slice().is_empty();
        self.errors.counted.merge(&self.suspected);
        self
    }
}

/// The result of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PartResult {
    /// It counts in the coming decision. Its record was put aside, unless no decision could keep it
    /// or there was no memory. `waits`: it is the first record, and other parts are still being
    /// made.
    Gathered { waits: bool },
    /// The decision was made without it.
    TooLate { kept: bool },
}

/// The parts, joined by the decision.
#[derive(Debug)]
pub(crate) struct Joined<P> {
    pub(crate) kept: bool,
    pub(crate) totals: Totals,
    pub(crate) parts: Vec<P>,
    /// The spans of parts that are missing.
    pub(crate) missing: u64,
}

impl<P> Gathering<P> {
    /// Returns a gathering of one part.
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

    /// Adds a part that will be made.
    pub(crate) fn join(&self) {
        self.lock().open += 1;
    }

    /// Adds the known facts of a part in progress.
    pub(crate) fn note(&self, known: Totals) {
        self.lock().totals.add(known);
    }

    /// Returns whether the parts will be kept whatever sampling decides, as far as that is known.
    /// An error that left a part does not count if its text is among the `answered` ones.
    pub(crate) fn must_keep(&self, answered: &ErrorKinds) -> bool {
        let totals = self.lock().totals;
        totals.must_keep() || totals.errors.passes_beyond(answered)
    }

    /// Ends a part with these totals. Calls `part` for its record and puts that aside, unless the
    /// part is the last and `keeps` refuses the totals of all. `part` returns `None` for want of
    /// memory. The caller then [leaves](Self::leave).
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

    /// Takes parts out that were put aside, because they are told elsewhere.
    pub(crate) fn take(&self, is_taken: impl FnMut(&mut P) -> bool) -> Vec<P> {
        self.lock().parts.extract_if(.., is_taken).collect()
    }

    /// Leaves: one part fewer is being made. The last one decides.
    pub(crate) fn leave(&self, keeps: impl FnOnce(Totals) -> bool) -> Option<Joined<P>> {
        let mut state = self.lock();
        state.open -= 1;
        if state.open == 0 { state.decide(keeps) } else { None }
    }

    /// Decides without waiting, unless that was done.
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
    fn parts_that_cannot_be_made_are_counted_as_missing() {
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
    fn a_part_that_is_dropped_is_not_missing() {
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

    fn totals(spans: u64, has_counted_error: bool) -> Totals {
        Totals { spans, has_counted_error, ..Totals::default() }
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
    fn a_late_part_follows_the_decision_and_a_failure_is_never_lost() {
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
    fn the_decision_is_made_once() {
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
