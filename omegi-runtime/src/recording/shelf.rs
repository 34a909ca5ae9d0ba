//! Where a segment lies while no thread works on it, and what is written to it meanwhile.
//!
//! A foreign span may be told things and ended by any thread. If that thread works on the span's segment, or nobody does, that is
//! done at once; if another thread does, a letter is left, which is read no later than at the end of the segment.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::vocabulary::{Outcome, TraceContext};

use super::branching::Forked;
use super::budget::BUDGET;
use super::muting::quietly;
use super::notes::What;
use super::pool;
use super::record::SpanRef;
use super::root;
use super::segment::Segment;

/// One segment's shelf. Whoever has a foreign span of the segment has it too.
#[derive(Debug)]
pub(crate) struct Shelf {
    /// The flow, for who goes on with it on another thread.
    pub(crate) flow: Forked,
    /// What came with the request that the flow answers.
    pub(crate) remote: Option<Arc<TraceContext>>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The segment, while no thread works on it.
    segment: Option<&'static mut Segment>,
    letters: Vec<(SpanRef, Letter)>,
    /// Whether the segment has ended.
    over: bool,
}

/// What a foreign span is told.
#[derive(Debug)]
pub(crate) enum Letter {
    Note(What),
    /// It fails: the flow is kept.
    Fail,
    /// It ended, at this tick.
    End(u64, Outcome),
}

impl Letter {
    /// What it takes while it waits, in bytes.
    fn bytes(&self) -> usize {
        size_of::<(SpanRef, Self)>() + if let Self::Note(what) = self { what.bytes() } else { 0 }
    }

    /// Whether there is room for it to wait. What decides about the flow always has.
    fn reserve(&self) -> bool {
        match self {
            Self::Note(_) => BUDGET.reserve(self.bytes()),
            Self::Fail | Self::End(..) => {
                BUDGET.take(self.bytes());
                true
            }
        }
    }
}

impl Shelf {
    /// The shelf of a segment that a thread works on.
    pub(crate) fn new(flow: Forked, remote: Option<Arc<TraceContext>>) -> Self {
        Self { flow, remote, state: Mutex::default() }
    }

    /// Takes the segment down for this thread to work on, if it lies here.
    pub(crate) fn take(&self) -> Option<&'static mut Segment> {
        let segment = self.lock().segment.take()?;
        segment.move_to_thread(pool::thread());
        Some(segment)
    }

    /// Lays the segment here, after it has read its letters. If its root has ended, it ends.
    pub(crate) fn put(&self, segment: &'static mut Segment) {
        let mut state = self.lock();
        read(&mut state.letters, segment);
        if segment.root_has_ended() {
            drop(state);
            root::end(segment);
        } else {
            state.segment = Some(segment);
        }
    }

    /// Tells `span` something, whose segment is not the one that this thread works on.
    pub(crate) fn post(&self, span: SpanRef, letter: Letter) {
        let mut state = self.lock();
        if let Some(segment) = state.segment.take() {
            segment.receive(span, letter);
            drop(state);
            self.put(segment);
        } else if !state.over && letter.reserve() {
            quietly(|| state.letters.push((span, letter)));
        }
    }

    /// The segment ends: it reads its letters, and gets no more.
    pub(crate) fn close(&self, segment: &mut Segment) {
        let mut state = self.lock();
        state.over = true;
        read(&mut state.letters, segment);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(letters: &mut Vec<(SpanRef, Letter)>, segment: &mut Segment) {
    for (span, letter) in std::mem::take(letters) {
        BUDGET.release(letter.bytes());
        segment.receive(span, letter);
    }
}
