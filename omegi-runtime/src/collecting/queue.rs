//! The queue of one exporter: kept flows from the user's threads to the exporter's worker.

mod state;
#[cfg(test)]
mod tests;

use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::flush::{FlushPolicy, Flushed};
use super::locks::{lock_before, lock_within, until};
use super::pending::PendingFlow;
use state::{Load, QueueState, WorkerState};

pub(crate) use state::QueuedFlow;

/// The longest wait for the queue's lock outside of a flush.
const LOCK_TIMEOUT: Duration = Duration::from_millis(100);

/// A queue that the user's threads and one worker share. All hold its lock for a few instructions
/// only.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    state: Mutex<QueueState>,
    /// The worker waits here for flows.
    work: Condvar,
    /// A flush waits here for the worker.
    done: Condvar,
}

/// The size of all flows that wait for an exporter, flows in flight included.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Depth {
    pub(crate) flows: u64,
    pub(crate) bytes: u64,
    pub(crate) spans: u64,
    /// The spans of the flows in flight.
    pub(crate) spans_in_flight: u64,
}

/// A flush that was requested.
#[derive(Debug)]
pub(crate) struct FlushTicket {
    /// The flush waits for all flows up to this number.
    last: u64,
    /// The number of the first attempt that begins after the request.
    attempt: u64,
}

impl Queue {
    /// Adds a flow. Wakes the worker only if it would not look soon enough by itself: waking costs
    /// microseconds.
    ///
    /// A must-keep flow does not wait for others to gather: it is exported before the program may
    /// be killed.
    pub(crate) fn push(&self, pending: Arc<PendingFlow>) {
        let mut state = self.lock();
        if state.push(pending) {
            state.worker = WorkerState::Busy;
            drop(state);
            self.work.notify_one();
        }
    }

    /// Takes out the oldest flows without an error that make up `bytes` together; none if all of
    /// them are smaller.
    pub(crate) fn evict(&self, bytes: usize) -> Vec<Arc<PendingFlow>> {
        let evicted = self.lock().evict(bytes);
        if !evicted.is_empty() {
            self.done.notify_all();
        }
        evicted
    }

    /// Waits for flows and takes about `max_export_batch` spans of them, must-keep flows first.
    ///
    /// The first flow after an idle time is taken at once; later ones gather for `delay`, unless
    /// one must be kept. Returns no flow when the worker was woken for another reason.
    ///
    /// The flows are in flight until the worker [finishes](Self::finish) them or [gives them
    /// back](Self::give_back).
    pub(crate) fn next(&self, delay: Duration, max_export_batch: usize) -> Vec<Arc<PendingFlow>> {
        let mut state = self.lock();
        if state.is_empty() {
            state.worker = WorkerState::Asleep;
            let slept = self.work.wait_while(state, |state| state.is_empty() && !state.woken);
            state = slept.unwrap_or_else(PoisonError::into_inner);
        } else if !state.is_urgent() {
            state.worker = WorkerState::Gathering;
            let waited = self.work.wait_timeout_while(state, delay, |state| !state.is_urgent());
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.worker = WorkerState::Busy;
        state.woken = false;
        state.take(max_export_batch)
    }

    /// Notes that an attempt to export begins.
    pub(crate) fn begin(&self) {
        let mut state = self.lock();
        state.attempts.begun += 1;
        state.flushes_seen = state.flushes_requested;
    }

    /// Removes from the flows in flight one that cannot be exported.
    pub(crate) fn let_go(&self, pending: &Arc<PendingFlow>) {
        self.lock().in_flight.retain(|flow| !Arc::ptr_eq(&flow.pending, pending));
    }

    /// Removes all flows in flight: they are exported, or given up for good.
    ///
    /// `backlog`: whether flows wait on disk.
    pub(crate) fn finish(&self, backlog: impl FnOnce() -> bool) {
        let finished = mem::take(&mut self.lock().in_flight);
        // Dropping a flow counts it. That happens outside the lock, and before a flush returns.
        drop(finished);
        self.end_attempt(false, backlog);
    }

    /// Puts the flows in flight back, except those that are `done`.
    ///
    /// `never_connected`: whether this exporter has never exported anything. `backlog`: as in
    /// [`finish`](Self::finish).
    pub(crate) fn give_back(
        &self,
        done: Vec<Arc<PendingFlow>>,
        never_connected: bool,
        backlog: impl FnOnce() -> bool,
    ) {
        let finished = self.lock().land(&done);
        // As in `finish`.
        drop((finished, done));
        self.end_attempt(never_connected, backlog);
    }

    fn end_attempt(&self, never_connected: bool, backlog: impl FnOnce() -> bool) {
        let mut state = self.lock();
        state.end_attempt(never_connected, backlog());
        self.done.notify_all();
    }

    /// Lets the worker pause for `time`. A flush that was requested since the latest attempt began
    /// ends the pause.
    pub(crate) fn rest(&self, time: Duration) {
        let no_new_flush = |state: &mut QueueState| state.flushes_requested == state.flushes_seen;
        drop(self.work.wait_timeout_while(self.lock(), time, no_new_flush));
    }

    /// Takes out the oldest must-keep flows that make up `bytes`, to write them to disk.
    ///
    /// A call of [`spilled`](Self::spilled) must follow.
    pub(crate) fn take_must_keep(&self, bytes: usize) -> Vec<QueuedFlow> {
        let mut state = self.lock();
        state.spilling += 1;
        state.take_must_keep(bytes)
    }

    /// Puts back the flows that did not fit on disk. Wakes the worker, which may now have flows
    /// there to export.
    pub(crate) fn spilled(&self, rest: Vec<QueuedFlow>, backlog: impl FnOnce() -> bool) {
        let mut state = self.lock();
        state.put_back(rest);
        state.spilling -= 1;
        state.backlog = backlog();
        state.woken = true;
        self.done.notify_all();
        self.work.notify_one();
    }

    /// The time when the oldest queued must-keep flow was decided.
    pub(crate) fn oldest_must_keep(&self) -> Option<Instant> {
        self.lock().oldest_must_keep()
    }

    /// The must-keep flows in flight.
    pub(crate) fn must_keep_in_flight(&self) -> Vec<Arc<PendingFlow>> {
        let state = self.lock();
        let must_keep = state.in_flight.iter().filter(|flow| flow.pending.flow.must_keep);
        must_keep.map(|flow| Arc::clone(&flow.pending)).collect()
    }

    /// Notes, before the first attempt, whether the worker has, or may have, flows on disk to
    /// export.
    pub(crate) fn set_backlog(&self, backlog: bool) {
        self.lock().backlog = backlog;
        self.done.notify_all();
    }

    /// Returns whether a flush waits for a flow that is queued.
    pub(crate) fn flush_pending(&self) -> bool {
        self.lock().flush_pending()
    }

    /// Requests the export of every flow pushed so far. `None` if the lock is not free before
    /// `deadline`.
    pub(crate) fn request_flush(&self, deadline: Option<Instant>) -> Option<FlushTicket> {
        let mut state = lock_before(&self.state, deadline)?;
        state.wanted = state.pushed;
        state.flushes_requested += 1;
        self.work.notify_one();
        Some(FlushTicket { last: state.pushed, attempt: state.attempts.begun + 1 })
    }

    /// Waits for the end of a flush, until `deadline` at most.
    pub(crate) fn wait(
        &self,
        ticket: &FlushTicket,
        deadline: Option<Instant>,
        policy: FlushPolicy,
    ) -> Flushed {
        let Some(mut state) = lock_before(&self.state, deadline) else { return Flushed::Late };
        while state.holds(ticket.last) {
            let rest = until(deadline);
            let attempts = state.attempts;
            let failed_again = attempts.never_connected && attempts.ended >= ticket.attempt;
            if failed_again && policy == FlushPolicy::UnlessNeverConnected {
                return Flushed::GaveUp;
            }
            if rest.is_zero() {
                return Flushed::Late;
            }
            state = self.done.wait_timeout(state, rest).unwrap_or_else(PoisonError::into_inner).0;
        }
        Flushed::All
    }

    /// The size of all flows that are queued or in flight; zero if the lock is not free soon.
    pub(crate) fn depth(&self) -> Depth {
        let Some(state) = lock_within(&self.state, LOCK_TIMEOUT) else { return Depth::default() };
        let mut in_flight = Load::default();
        state.in_flight.iter().for_each(|flow| in_flight.add(flow));
        Depth {
            flows: (state.queued_flows() + state.in_flight.len()) as u64,
            bytes: (state.queued.bytes + in_flight.bytes) as u64,
            spans: (state.queued.spans + in_flight.spans) as u64,
            spans_in_flight: in_flight.spans as u64,
        }
    }

    /// Returns whether the lock can be taken.
    ///
    /// Its holders release it within a few instructions. A signal handler that exits the process
    /// may have interrupted this very thread between those, and then the lock is never free again.
    pub(crate) fn answers(&self) -> bool {
        lock_within(&self.state, LOCK_TIMEOUT).is_some()
    }

    fn lock(&self) -> MutexGuard<'_, QueueState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
