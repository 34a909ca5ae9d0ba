//! The state of a queue, under its lock.

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;
use std::time::Instant;

use crate::collecting::pending::PendingFlow;

/// The worker takes flows before its delay has passed once they make up this many bytes.
const URGENT_BYTES: usize = 1 << 20;

/// A flow and its number: flows are numbered in the order in which they were pushed.
#[derive(Clone, Debug)]
pub(crate) struct QueuedFlow {
    number: u64,
    pub(crate) pending: Arc<PendingFlow>,
}

impl QueuedFlow {
    pub(super) fn bytes(&self) -> usize {
        self.pending.flow.reserved
    }

    fn spans(&self) -> usize {
        self.pending.flow.record_count()
    }
}

/// The size of some flows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Load {
    pub(super) bytes: usize,
    pub(super) spans: usize,
}

impl Load {
    pub(super) fn add(&mut self, flow: &QueuedFlow) {
        self.bytes += flow.bytes();
        self.spans += flow.spans();
    }

    fn subtract(&mut self, flow: &QueuedFlow) {
        self.bytes -= flow.bytes();
        self.spans -= flow.spans();
    }
}

/// The activity of the worker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum WorkerState {
    /// The worker exports, or its thread has not started. It looks at the queue without a wake-up.
    #[default]
    Busy,
    /// The worker lets flows gather until its delay has passed.
    Gathering,
    /// The worker sleeps until it is woken.
    Asleep,
}

/// The worker's attempts to export.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Attempts {
    pub(super) begun: u64,
    pub(super) ended: u64,
    /// True if the latest attempt failed at an exporter that has never exported anything.
    pub(super) never_connected: bool,
}

#[derive(Debug, Default)]
pub(super) struct QueueState {
    /// Flows without an error, oldest first. They are dropped first when memory runs out.
    plain: VecDeque<QueuedFlow>,
    /// Flows with an error or kept on request, oldest first.
    must_keep: VecDeque<QueuedFlow>,
    /// The size of `plain` and `must_keep` together.
    pub(super) queued: Load,
    /// The flows that the worker exports now.
    pub(super) in_flight: Vec<QueuedFlow>,
    /// The lowest number in flight. Stays set until the flows that left `in_flight` are counted.
    pub(super) oldest_in_flight: Option<u64>,
    pub(super) worker: WorkerState,
    pub(super) attempts: Attempts,
    /// The number of flows pushed so far: the number of the latest flow.
    pub(super) pushed: u64,
    /// Flows up to this number are exported without delay.
    pub(super) wanted: u64,
    /// The number of flushes requested so far.
    pub(super) flushes_requested: u64,
    /// `flushes_requested` when the latest attempt began.
    pub(super) flushes_seen: u64,
    /// True if the worker is to return from its wait, even without a flow.
    pub(super) woken: bool,
    /// True if the worker has, or may have, flows on disk to export.
    pub(super) backlog: bool,
    /// The number of threads that have taken flows out to write them to disk.
    pub(super) spilling: u32,
}

impl QueueState {
    /// Adds a flow at the end. Returns whether the worker must be woken for it.
    pub(super) fn push(&mut self, pending: Arc<PendingFlow>) -> bool {
        self.pushed += 1;
        let must_keep = pending.flow.must_keep;
        let flow = QueuedFlow { number: self.pushed, pending };
        self.queued.add(&flow);
        self.queue(must_keep).push_back(flow);
        match self.worker {
            WorkerState::Busy => false,
            WorkerState::Gathering => must_keep || self.queued.bytes >= URGENT_BYTES,
            WorkerState::Asleep => true,
        }
    }

    /// Takes out the oldest plain flows that make up `bytes` together; none if all of them are
    /// smaller.
    pub(super) fn evict(&mut self, bytes: usize) -> Vec<Arc<PendingFlow>> {
        let mut freed = 0;
        let enough = self.plain.iter().position(|flow| {
            freed += flow.bytes();
            freed >= bytes
        });
        let Some(last) = enough else { return Vec::new() };
        let evicted: Vec<_> = self.plain.drain(..=last).collect();
        evicted.iter().for_each(|flow| self.queued.subtract(flow));
        evicted.into_iter().map(|flow| flow.pending).collect()
    }

    /// Takes out the oldest must-keep flows, until they make up `bytes`.
    pub(super) fn take_must_keep(&mut self, bytes: usize) -> Vec<QueuedFlow> {
        let mut taken = Vec::new();
        let mut freed = 0;
        while freed < bytes
            && let Some(flow) = self.must_keep.pop_front()
        {
            freed += flow.bytes();
            self.queued.subtract(&flow);
            taken.push(flow);
        }
        taken
    }

    /// The time when the oldest queued must-keep flow was decided.
    pub(super) fn oldest_must_keep(&self) -> Option<Instant> {
        self.must_keep.front().and_then(|flow| flow.pending.decided())
    }

    /// Moves flows of at most `max_export_batch` spans together, but at least one flow, in flight.
    pub(super) fn take(&mut self, max_export_batch: usize) -> Vec<Arc<PendingFlow>> {
        let mut spans = 0;
        while spans < max_export_batch
            && let Some(flow) = self.next()
        {
            spans += flow.spans();
            self.queued.subtract(&flow);
            self.in_flight.push(flow);
        }
        // One export carries its flows in the order in which they ended.
        self.in_flight.sort_by_key(|flow| flow.pending.flow.ended());
        self.oldest_in_flight = self.in_flight.iter().map(|flow| flow.number).min();
        self.in_flight.iter().map(|flow| Arc::clone(&flow.pending)).collect()
    }

    /// Takes out the next flow: a must-keep flow first, unless a flush waits for an older plain
    /// one.
    fn next(&mut self) -> Option<QueuedFlow> {
        let plain_is_older = match (self.plain.front(), self.must_keep.front()) {
            (Some(plain), Some(must_keep)) => plain.number < must_keep.number,
            (plain, _) => plain.is_some(),
        };
        let plain_first = self.must_keep.is_empty() || (plain_is_older && self.flush_pending());
        self.queue(!plain_first).pop_front()
    }

    /// Ends the flight of all flows: puts back those that are not among `done`, and returns the
    /// others.
    pub(super) fn land(&mut self, done: &[Arc<PendingFlow>]) -> Vec<QueuedFlow> {
        let is_done = |flow: &QueuedFlow| done.iter().any(|pending| Arc::ptr_eq(pending, &flow.pending));
        let (finished, rest): (Vec<_>, _) = mem::take(&mut self.in_flight).into_iter().partition(is_done);
        self.put_back(rest);
        finished
    }

    /// Puts flows back at the front, in the order of their numbers.
    pub(super) fn put_back(&mut self, mut flows: Vec<QueuedFlow>) {
        flows.sort_by_key(|flow| flow.number);
        for flow in flows.into_iter().rev() {
            self.queued.add(&flow);
            self.queue(flow.pending.flow.must_keep).push_front(flow);
        }
    }

    fn queue(&mut self, must_keep: bool) -> &mut VecDeque<QueuedFlow> {
        if must_keep { &mut self.must_keep } else { &mut self.plain }
    }

    /// Notes that the latest attempt has ended, and that no flow is in flight.
    pub(super) fn end_attempt(&mut self, never_connected: bool, backlog: bool) {
        self.oldest_in_flight = None;
        self.attempts.ended = self.attempts.begun;
        self.attempts.never_connected = never_connected;
        self.backlog = backlog;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.plain.is_empty() && self.must_keep.is_empty()
    }

    /// Returns whether the worker is to take flows now instead of letting more gather.
    pub(super) fn is_urgent(&self) -> bool {
        self.woken || !self.must_keep.is_empty() || self.queued.bytes >= URGENT_BYTES || self.flush_pending()
    }

    /// Returns whether a flush waits for a flow that is queued.
    pub(super) fn flush_pending(&self) -> bool {
        self.oldest_queued().is_some_and(|oldest| oldest <= self.wanted)
    }

    /// Returns whether a flow up to this number is queued or in flight, is written to disk now, or
    /// waits on disk.
    pub(super) fn holds(&self, number: u64) -> bool {
        let oldest = self.oldest_queued().into_iter().chain(self.oldest_in_flight).min();
        self.backlog || self.spilling > 0 || oldest.is_some_and(|oldest| oldest <= number)
    }

    /// The number of the flow that was queued first.
    fn oldest_queued(&self) -> Option<u64> {
        let number = |queue: &VecDeque<QueuedFlow>| queue.front().map(|flow| flow.number);
        number(&self.plain).into_iter().chain(number(&self.must_keep)).min()
    }

    /// The number of flows that are queued.
    pub(super) fn queued_flows(&self) -> usize {
        self.plain.len() + self.must_keep.len()
    }
}
