//! Kept flows on their way to the worker, and what else the worker is told.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use crate::recording::recorded::RecordedFlow;

/// Flows wait until there are this many bytes of them, or the worker's delay is over.
const URGENT_BYTES: usize = 1 << 20;

/// What has not happened in this time (a lock is free, a thread runs) is not waited for.
const LONG: Duration = Duration::from_millis(100);

/// How often is looked for it meanwhile.
const GLANCE: Duration = Duration::from_micros(100);

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
    plain: VecDeque<Waiting>,
    /// Flows with an error and those that were asked for, oldest first.
    precious: VecDeque<Waiting>,
    bytes: usize,
    worker: Worker,
    /// How many flows were pushed.
    pushed: u64,
    /// Flows up to this number are to be exported without delay, and flows up to that one are.
    wanted: u64,
    exported: u64,
    /// When the worker is to look at the flows that wait for a part of them.
    call: Option<Instant>,
}

/// A flow, and its number.
#[derive(Debug)]
struct Waiting {
    number: u64,
    flow: RecordedFlow,
}

/// What the worker is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Worker {
    /// Its thread does not run yet; it will look by itself.
    #[default]
    Unborn,
    /// It works, and will look again by itself.
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
    /// With this batch, all flows up to this number are exported.
    through: u64,
}

impl Queue {
    /// Adds a flow. Wakes the worker only where it would not look by itself soon enough: waking costs microseconds.
    pub(crate) fn push(&self, flow: RecordedFlow) {
        let mut state = self.lock();
        state.bytes += flow.reserved;
        state.pushed += 1;
        let (number, precious) = (state.pushed, flow.precious);
        let flow = Waiting { number, flow };
        if precious {
            state.precious.push_back(flow)
        } else {
            state.plain.push_back(flow)
        }
        let wakes = match state.worker {
            Worker::Unborn | Worker::Busy => false,
            Worker::Gathering => state.bytes >= URGENT_BYTES,
            Worker::Asleep => true,
        };
        if wakes {
            state.worker = Worker::Busy;
            drop(state);
            self.work.notify_one();
        }
    }

    /// Waits until the worker's thread runs, for a moment at most.
    pub(crate) fn await_worker(&self) {
        let deadline = Instant::now().checked_add(LONG);
        let is_unborn = || self.lock_before(deadline).is_some_and(|state| state.worker == Worker::Unborn);
        while is_unborn() && !until(deadline).is_zero() {
            thread::sleep(GLANCE);
        }
    }

    /// Takes out the oldest flows in which nothing failed, until they make up `bytes`. None if they do not.
    pub(crate) fn evict(&self, bytes: usize) -> Vec<RecordedFlow> {
        let mut state = self.lock();
        let mut freed = 0;
        let enough = state.plain.iter().position(|waiting| {
            freed += waiting.flow.reserved;
            freed >= bytes
        });
        let Some(last) = enough else { return Vec::new() };
        state.bytes -= freed;
        state.plain.drain(..=last).map(|waiting| waiting.flow).collect()
    }

    /// Waits for work and takes at most `max_spans` spans of it, the precious flows first. After an idle time the first
    /// flow is taken at once; from then on they gather for `delay`.
    pub(crate) fn next(&self, delay: Duration, max_spans: usize) -> Batch {
        let mut state = self.lock();
        if state.is_empty() {
            state.worker = Worker::Asleep;
            state = self.sleep(state);
        } else if !state.is_urgent() {
            state.worker = Worker::Gathering;
            let waited = self.work.wait_timeout_while(state, delay, |state| !state.is_urgent());
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.worker = Worker::Busy;
        state.take(max_spans)
    }

    /// Wakes the worker no later than at `moment`.
    pub(crate) fn call_at(&self, moment: Instant) {
        let mut state = self.lock();
        let is_earlier = state.call.is_none_or(|call| moment < call);
        if is_earlier {
            state.call = Some(moment);
            drop(state);
            self.work.notify_one();
        }
    }

    /// Waits until there is work, or the worker is called.
    fn sleep<'a>(&self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        while state.is_empty() {
            let rest = until(state.call);
            if rest.is_zero() {
                break;
            }
            state = self.work.wait_timeout(state, rest).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.call = state.call.filter(|call| *call > Instant::now());
        state
    }

    /// The worker has exported a batch: whoever waits for it may go on.
    pub(crate) fn finish(&self, batch: &Batch) {
        self.lock().exported = batch.through;
        self.done.notify_all();
    }

    /// Has everything exported that was pushed before. Returns whether that was done within `timeout`.
    pub(crate) fn flush(&self, timeout: Duration) -> bool {
        let deadline = Instant::now().checked_add(timeout);
        let Some(mut state) = self.lock_before(deadline) else { return false };
        let mine = state.pushed;
        state.wanted = mine;
        self.work.notify_one();
        while state.exported < mine {
            let rest = until(deadline);
            if rest.is_zero() {
                return false;
            }
            state = self.done.wait_timeout(state, rest).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Whether flows can be pushed. The lock is free again within a few instructions, but where the process exits in a
    /// signal handler, this very thread may have been stopped between those.
    pub(crate) fn answers(&self) -> bool {
        self.lock_before(Instant::now().checked_add(LONG)).is_some()
    }

    fn lock_before(&self, deadline: Option<Instant>) -> Option<MutexGuard<'_, State>> {
        loop {
            match self.state.try_lock() {
                Ok(state) => return Some(state),
                Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
                Err(TryLockError::WouldBlock) if until(deadline).is_zero() => return None,
                Err(TryLockError::WouldBlock) => thread::sleep(GLANCE),
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long it is until then.
fn until(deadline: Option<Instant>) -> Duration {
    deadline.map_or(Duration::MAX, |deadline| deadline.saturating_duration_since(Instant::now()))
}

impl State {
    fn is_empty(&self) -> bool {
        self.plain.is_empty() && self.precious.is_empty()
    }

    /// Whether somebody waits for a flow that is still here.
    fn flush_pending(&self) -> bool {
        self.oldest().is_some_and(|oldest| oldest <= self.wanted)
    }

    fn is_urgent(&self) -> bool {
        self.flush_pending() || self.bytes >= URGENT_BYTES
    }

    /// The number of the flow that has waited longest.
    fn oldest(&self) -> Option<u64> {
        let number = |queue: &VecDeque<Waiting>| queue.front().map(|waiting| waiting.number);
        number(&self.plain).into_iter().chain(number(&self.precious)).min()
    }

    /// The next flow: a precious one before any other, unless somebody waits for the oldest.
    fn next(&mut self) -> Option<RecordedFlow> {
        let plain_is_older = match (self.plain.front(), self.precious.front()) {
            (Some(plain), Some(precious)) => plain.number < precious.number,
            (plain, _) => plain.is_some(),
        };
        let plain_first = self.precious.is_empty() || (plain_is_older && self.flush_pending());
        let queue = if plain_first { &mut self.plain } else { &mut self.precious };
        queue.pop_front().map(|waiting| waiting.flow)
    }

    fn take(&mut self, max_spans: usize) -> Batch {
        let mut flows = Vec::new();
        let mut spans = 0;
        while spans < max_spans
            && let Some(flow) = self.next()
        {
            spans += flow.record_count();
            self.bytes -= flow.reserved;
            flows.push(flow);
        }
        // What goes out together goes in the order in which it happened.
        flows.sort_by_key(RecordedFlow::ended);
        let through = self.oldest().map_or(self.pushed, |oldest| oldest - 1);
        Batch { flows, through }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::attributes::Attributes;
    use crate::recording::notes::Notes;
    use crate::recording::record::{Meta, NO_SPAN, SpanRecord};
    use crate::vocabulary::call_site::{CallSite, Path};
    use crate::vocabulary::{SpanId, TraceId};

    /// A flow of one span.
    fn flow(id: u128, failed: bool) -> RecordedFlow {
        static SITE: CallSite = CallSite::new("shop", Path::Written("place"));
        let record = SpanRecord { site: &SITE, start: 0, end: 0, parent: NO_SPAN, meta: Meta::default() };
        RecordedFlow {
            trace_id: TraceId::from_u128(id),
            parent_span_id: SpanId::NONE,
            seed: 0,
            records: Box::new([record]),
            attributes: Attributes::default(),
            notes: Notes::default(),
            waits: Box::default(),
            errors: Vec::new(),
            summaries: Vec::new(),
            dropped_spans: 0,
            dropped_errors: 0,
            precious: failed,
            attached: None,
            branches: Vec::new(),
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
    fn a_flush_does_not_wait_for_what_comes_later() {
        let queue = Queue::default();
        queue.push(flow(1, false));
        std::thread::scope(|scope| {
            let flush = scope.spawn(|| queue.flush(Duration::from_secs(60)));
            while !queue.lock().flush_pending() {
                std::thread::yield_now();
            }
            queue.push(flow(2, true));
            let batch = queue.next(Duration::from_secs(3600), 1);
            assert_eq!(ids(&batch.flows), [1], "the oldest, though another has failed");
            queue.finish(&batch);
            assert!(flush.join().unwrap());
        });
    }

    #[test]
    fn nobody_waits_for_a_lock_that_is_never_free() {
        let queue = Queue::default();
        assert!(queue.answers());
        let _held = queue.lock();
        assert!(!queue.answers() && !queue.flush(Duration::from_millis(1)));
    }

    #[test]
    fn a_flush_waits_for_the_worker_and_no_longer_than_it_may() {
        let queue = Queue::default();
        queue.push(flow(1, false));
        assert!(!queue.flush(Duration::from_millis(1)), "nobody works");
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let batch = queue.next(Duration::from_secs(3600), 100);
                queue.finish(&batch);
            });
            assert!(queue.flush(Duration::from_secs(60)), "what is wanted does not gather for an hour");
            assert!(queue.flush(Duration::ZERO), "nothing is left");
        });
    }
}
