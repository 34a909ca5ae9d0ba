//! The slot of a segment: parks it while no thread works on it, and queues the updates of its spans
//! until then.
//!
//! Any thread may update or end a span of another library. If that thread works on the span's
//! segment, or no thread does, the segment applies the update at once. If another thread works on
//! it, the slot queues the update. The segment applies it no later than at its end. Knows nothing
//! of segments, so that `loom` can try every order of the threads.

use std::mem;
use std::sync::Arc;

use crate::vocabulary::{TraceContext, TraceId};

use crate::recording::budget::{ALLOCATIONS, BUDGET};
use crate::recording::data::record::SpanRef;
use crate::recording::data::updates::SpanUpdate;
use crate::recording::flow::shared_flow::FlowRef;
use crate::recording::flow::sync::{Mutex, MutexGuard, PoisonError};
use crate::recording::muting::quietly;

/// The slot of one segment, shared by all handles of its spans.
#[derive(Debug)]
pub(crate) struct Slot<S: Apply + 'static> {
    /// The flow, for segments that continue it on other threads.
    pub(crate) flow: FlowRef,
    /// The context of the request that the flow answers.
    pub(crate) remote: Option<Arc<TraceContext>>,
    state: Mutex<SlotState<S>>,
}

#[derive(Debug)]
struct SlotState<S: 'static> {
    /// The segment, while no thread works on it.
    parked: Option<&'static mut S>,
    updates: Vec<(SpanRef, SpanUpdate)>,
    /// True once the segment has ended.
    closed: bool,
}

/// A segment, as its slot sees it.
pub(crate) trait Apply {
    /// Applies an update to a span.
    fn apply(&mut self, span: SpanRef, update: SpanUpdate);

    /// Returns whether the root has ended.
    fn root_has_ended(&self) -> bool;
}

impl<S: Apply + 'static> Drop for Slot<S> {
    fn drop(&mut self) {
        if self.flow.is_of_this_process() {
            BUDGET.release(Self::BYTES);
        }
    }
}

impl<S: Apply> Slot<S> {
    /// The memory of a slot, and of its entry in the registry, in bytes.
    const BYTES: usize = size_of::<Self>() + 2 * size_of::<(TraceId, u64, Arc<Self>)>() + ALLOCATIONS;

    /// Returns the slot of a segment that a thread works on.
    pub(crate) fn new(flow: FlowRef, remote: Option<Arc<TraceContext>>) -> Self {
        BUDGET.take(Self::BYTES);
        let state = SlotState { parked: None, updates: Vec::new(), closed: false };
        Self { flow, remote, state: Mutex::new(state) }
    }

    /// Takes the segment out, if it is parked.
    pub(crate) fn take(&self) -> Option<&'static mut S> {
        self.lock()?.parked.take()
    }

    /// Parks the segment after it has applied the queued updates. Returns it instead if its root
    /// has ended; the caller ends it.
    pub(crate) fn park(&self, segment: &'static mut S) -> Option<&'static mut S> {
        let mut state = self.lock()?;
        state.apply_queued(segment);
        state.park(segment)
    }

    /// Updates a span: at once if the segment is parked, else by the thread that works on it.
    /// Returns the segment if its root has ended by that; the caller ends it.
    pub(crate) fn post(&self, span: SpanRef, update: SpanUpdate) -> Option<&'static mut S> {
        let mut state = self.lock()?;
        if let Some(segment) = state.parked.take() {
            segment.apply(span, update);
            return state.park(segment);
        }
        if !state.closed && reserve(&update) {
            quietly(|| state.updates.push((span, update.queued())));
        }
        None
    }

    /// Applies the queued updates to the segment, which ends. Later updates are dropped.
    pub(crate) fn close(&self, segment: &mut S) {
        if let Some(mut state) = self.lock() {
            state.closed = true;
            state.apply_queued(segment);
        }
    }

    /// Locks it. Returns `None` in a process that was forked off since: another thread may have
    /// held the lock, and the flow is the other process's.
    fn lock(&self) -> Option<MutexGuard<'_, SlotState<S>>> {
        let is_ours = self.flow.is_of_this_process();
        is_ours.then(|| self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<S: Apply> SlotState<S> {
    fn apply_queued(&mut self, segment: &mut S) {
        for (span, update) in mem::take(&mut self.updates) {
            BUDGET.release(queued_bytes(&update));
            segment.apply(span, update);
        }
    }

    fn park(&mut self, segment: &'static mut S) -> Option<&'static mut S> {
        if segment.root_has_ended() {
            return Some(segment);
        }
        self.parked = Some(segment);
        None
    }
}

/// Reserves memory for an update that is queued. Updates that decide about the flow are never
/// refused.
fn reserve(update: &SpanUpdate) -> bool {
    let bytes = queued_bytes(update);
    if matches!(update, SpanUpdate::Fail | SpanUpdate::End { .. }) {
        BUDGET.take(bytes);
        return true;
    }
    BUDGET.reserve(bytes)
}

/// Returns how many bytes an update takes while it is queued.
fn queued_bytes(update: &SpanUpdate) -> usize {
    size_of::<(SpanRef, SpanUpdate)>() + update.bytes()
}

#[cfg(all(test, omegi_loom))]
mod models {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use loom::sync::Arc;
    use loom::thread;

    use super::*;
    use crate::recording::data::record::ROOT;
    use crate::recording::flow::shared_flow::FlowPart;
    use crate::vocabulary::Outcome;

    /// Counts its updates.
    #[derive(Debug, Default)]
    struct Counted {
        updates: usize,
        root_ended: bool,
        /// The number of its ends.
        ended: usize,
    }

    impl Apply for Counted {
        fn apply(&mut self, _: SpanRef, update: SpanUpdate) {
            assert_eq!(self.ended, 0, "an ended segment is left alone");
            match update {
                SpanUpdate::End { .. } => self.root_ended = true,
                _ => self.updates += 1,
            }
        }

        fn root_has_ended(&self) -> bool {
            self.root_ended
        }
    }

    fn slot() -> Arc<Slot<Counted>> {
        Arc::new(Slot::new(FlowPart::first(false, None).flow(), None))
    }

    fn end_root() -> SpanUpdate {
        SpanUpdate::End { at: 1, outcome: Outcome::Returned, foreign: false, queued: false }
    }

    /// Ends the segment, as the lifecycle does. Adds to `ended` how many updates it has then, and
    /// 100 for itself.
    fn end(slot: &Slot<Counted>, ended: &AtomicUsize, segment: Option<&'static mut Counted>) {
        if let Some(segment) = segment {
            slot.close(segment);
            segment.ended += 1;
            ended.fetch_add(100 + segment.updates, Ordering::Relaxed);
        }
    }

    #[test]
    fn no_update_is_lost_and_the_root_ends_once() {
        loom::model(|| {
            let (slot, ended) = (slot(), std::sync::Arc::new(AtomicUsize::new(0)));
            let (others_slot, others_ended) = (Arc::clone(&slot), std::sync::Arc::clone(&ended));
            let other = thread::spawn(move || {
                let slot = &*others_slot;
                end(slot, &others_ended, slot.post(1, SpanUpdate::Succeeded));
                end(slot, &others_ended, slot.post(ROOT, end_root()));
            });
            end(&slot, &ended, slot.park(Box::leak(Box::default())));
            if let Some(segment) = slot.take() {
                end(&slot, &ended, slot.park(segment));
            }
            other.join().unwrap();
            assert_eq!(ended.load(Ordering::Relaxed), 101, "one end, with one update");
        });
    }

    #[test]
    fn two_threads_never_hold_one_segment() {
        loom::model(|| {
            let (slot, ended) = (slot(), std::sync::Arc::new(AtomicUsize::new(0)));
            assert!(slot.park(Box::leak(Box::default())).is_none());
            let (others_slot, others_ended) = (Arc::clone(&slot), std::sync::Arc::clone(&ended));
            let work = |slot: &Slot<Counted>, ended: &AtomicUsize| {
                if let Some(segment) = slot.take() {
                    segment.apply(1, SpanUpdate::Succeeded);
                    end(slot, ended, slot.park(segment));
                } else {
                    end(slot, ended, slot.post(1, SpanUpdate::Succeeded));
                }
            };
            let other = thread::spawn(move || work(&others_slot, &others_ended));
            work(&slot, &ended);
            other.join().unwrap();
            end(&slot, &ended, slot.post(ROOT, end_root()));
            assert_eq!(ended.load(Ordering::Relaxed), 102, "one end, with two updates");
        });
    }

    #[test]
    fn a_closed_slot_queues_nothing() {
        loom::model(|| {
            let slot = slot();
            let others_slot = Arc::clone(&slot);
            let other = thread::spawn(move || assert!(others_slot.post(1, SpanUpdate::Succeeded).is_none()));
            let mut segment = Counted::default();
            slot.close(&mut segment);
            other.join().unwrap();
            assert!(segment.updates <= 1);
            assert!(slot.lock().unwrap().updates.is_empty());
        });
    }
}
