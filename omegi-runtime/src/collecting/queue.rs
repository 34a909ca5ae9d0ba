//! Kept flows on their way to the worker, and what else the worker is told.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::recording::recorded::RecordedFlow;

/// Flows wait until there are this many bytes of them, or the worker's delay is over.
const URGENT_BYTES: usize = 1 << 20;

/// What the user's threads and the worker share. Both hold the lock for a few instructions only.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    /// The worker waits here for work.
    work: Condvar,
    /// Whoever flushes waits here for the worker.
    done: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Flows in which nothing failed, oldest first: the ones that give way.
    plain: VecDeque<RecordedFlow>,
    /// Flows with an error, oldest first.
    failed: VecDeque<RecordedFlow>,
    bytes: usize,
    worker: Worker,
    /// How many flushes were asked for, and how many are done.
    flushes_wanted: u64,
    flushes_done: u64,
}

/// What the worker is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Worker {
    /// It works, and will look again by itself.
    #[default]
    Busy,
    /// It lets flows gather for a while.
    Gathering,
    /// It sleeps until it is told.
    Asleep,
}

/// What the worker is to do next.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) flows: Vec<RecordedFlow>,
    /// The number of the flush that this batch completes, if nothing waits behind it.
    flush: Option<u64>,
}

impl Queue {
    /// Adds a flow. Wakes the worker only where it would not look by itself soon enough: waking costs microseconds.
    pub(crate) fn push(&self, flow: RecordedFlow) {
        let mut state = self.lock();
        state.bytes += flow.reserved;
        if flow.failed {
            state.failed.push_back(flow)
        } else {
            state.plain.push_back(flow)
        }
        let wakes = match state.worker {
            Worker::Busy => false,
            Worker::Gathering => state.bytes >= URGENT_BYTES,
            Worker::Asleep => true,
        };
        if wakes {
            state.worker = Worker::Busy;
            drop(state);
            self.work.notify_one();
        }
    }

    /// Takes out the oldest flows in which nothing failed, until they make up `bytes`. None if they do not.
    pub(crate) fn evict(&self, bytes: usize) -> Vec<RecordedFlow> {
        let mut state = self.lock();
        let mut freed = 0;
        let enough = state.plain.iter().position(|flow| {
            freed += flow.reserved;
            freed >= bytes
        });
        let Some(last) = enough else { return Vec::new() };
        state.bytes -= freed;
        state.plain.drain(..=last).collect()
    }

    /// Waits for work and takes at most `max_spans` spans of it, the failed flows first. After an idle time the first
    /// flow is taken at once; from then on they gather for `delay`.
    pub(crate) fn next(&self, delay: Duration, max_spans: usize) -> Batch {
        let mut state = self.lock();
        if state.is_idle() {
            state.worker = Worker::Asleep;
            state =
                self.work.wait_while(state, |state| state.is_idle()).unwrap_or_else(PoisonError::into_inner);
        } else if !state.is_urgent() {
            state.worker = Worker::Gathering;
            let waited = self.work.wait_timeout_while(state, delay, |state| !state.is_urgent());
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.worker = Worker::Busy;
        state.take(max_spans)
    }

    /// The worker has exported a batch: whoever waits for it may go on.
    pub(crate) fn finish(&self, batch: &Batch) {
        if let Some(flush) = batch.flush {
            self.lock().flushes_done = flush;
            self.done.notify_all();
        }
    }

    /// Has everything exported that was pushed before. Returns whether that was done within `timeout`.
    pub(crate) fn flush(&self, timeout: Duration) -> bool {
        let deadline = Instant::now().checked_add(timeout);
        let mut state = self.lock();
        state.flushes_wanted += 1;
        let mine = state.flushes_wanted;
        self.work.notify_one();
        while state.flushes_done < mine {
            let rest =
                deadline.map_or(Duration::MAX, |deadline| deadline.saturating_duration_since(Instant::now()));
            if rest.is_zero() {
                return false;
            }
            state = self.done.wait_timeout(state, rest).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_empty(&self) -> bool {
        self.plain.is_empty() && self.failed.is_empty()
    }

    fn flush_pending(&self) -> bool {
        self.flushes_done < self.flushes_wanted
    }

    fn is_idle(&self) -> bool {
        self.is_empty() && !self.flush_pending()
    }

    fn is_urgent(&self) -> bool {
        self.flush_pending() || self.bytes >= URGENT_BYTES
    }

    fn take(&mut self, max_spans: usize) -> Batch {
        let mut flows = Vec::new();
        let mut spans = 0;
        while spans < max_spans
            && let Some(flow) = self.failed.pop_front().or_else(|| self.plain.pop_front())
        {
            spans += flow.records.len();
            self.bytes -= flow.reserved;
            flows.push(flow);
        }
        // The failed ones first when there is too much; what goes out together, in the order in which it happened.
        flows.sort_by_key(RecordedFlow::ended);
        let flush = (self.is_empty() && self.flush_pending()).then_some(self.flushes_wanted);
        Batch { flows, flush }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::attributes::Attributes;
    use crate::vocabulary::{SpanId, TraceId};

    fn flow(id: u128, failed: bool) -> RecordedFlow {
        RecordedFlow {
            trace_id: TraceId::from_u128(id),
            parent_span_id: SpanId::NONE,
            seed: 0,
            records: Box::default(),
            attributes: Attributes::default(),
            errors: Vec::new(),
            summaries: Vec::new(),
            dropped_spans: 0,
            dropped_errors: 0,
            failed,
            reserved: 100,
        }
    }

    fn ids(flows: &[RecordedFlow]) -> Vec<u128> {
        flows.iter().map(|flow| flow.trace_id.to_u128()).collect()
    }

    #[test]
    fn failed_flows_go_first_and_the_oldest_others_give_way() {
        let queue = Queue::default();
        for (id, failed) in [(1, false), (2, true), (3, false), (4, false)] {
            queue.push(flow(id, failed));
        }
        assert_eq!(ids(&queue.evict(150)), [1, 3]);
        assert_eq!(ids(&queue.evict(150)), [], "what does not suffice is left alone");
        queue.push(flow(5, true));
        assert_eq!(ids(&queue.next(Duration::ZERO, 100).flows), [2, 5, 4]);
    }

    #[test]
    fn a_flush_waits_for_the_worker_and_no_longer_than_it_may() {
        let queue = Queue::default();
        queue.push(flow(1, false));
        assert!(!queue.flush(Duration::from_millis(1)), "nobody works");
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..2 {
                    let batch = queue.next(Duration::from_secs(3600), 100);
                    queue.finish(&batch);
                }
            });
            assert!(queue.flush(Duration::from_secs(60)), "what is gathered is not waited for");
            assert!(queue.flush(Duration::from_secs(60)));
        });
    }
}
