//! Kept flows on their way to one exporter, and what else its thread is told.

use std::collections::VecDeque;
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::kept::Kept;
use super::locks::{lock_before, until};

/// Flows wait until there are this many bytes of them, or the worker's delay is over.
const URGENT_BYTES: usize = 1 << 20;

/// A lock that is not free in this time is not waited for.
const LONG: Duration = Duration::from_millis(100);

/// What the user's threads and the worker of one exporter share. All hold the lock for a few instructions only.
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
    /// What those two hold.
    load: Load,
    /// What the worker is at, and the number of the oldest of these.
    in_hand: Vec<Waiting>,
    oldest_in_hand: Option<u64>,
    worker: Worker,
    tries: Tries,
    /// How many flows were pushed.
    pushed: u64,
    /// Flows up to this number are to be exported without delay.
    wanted: u64,
    /// Whether the worker is to look around, though there may be no flow.
    roused: bool,
    /// Whether the worker has, or may have, flows on disk to export.
    backlog: bool,
    /// How many threads have taken flows out to write them to disk.
    spilling: u32,
}

/// How much waits.
#[derive(Clone, Copy, Debug, Default)]
struct Load {
    bytes: usize,
    spans: usize,
}

impl Load {
    fn add(&mut self, waiting: &Waiting) {
        self.bytes += waiting.bytes();
        self.spans += waiting.spans();
    }

    fn subtract(&mut self, waiting: &Waiting) {
        self.bytes -= waiting.bytes();
        self.spans -= waiting.spans();
    }
}

/// How much is waiting, what the worker is at included.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Depth {
    pub(crate) flows: u64,
    pub(crate) bytes: u64,
    pub(crate) spans: u64,
    /// The spans of what the worker is at.
    pub(crate) spans_in_hand: u64,
}

/// A flow, and its number.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    number: u64,
    pub(crate) kept: Arc<Kept>,
}

impl Waiting {
    fn bytes(&self) -> usize {
        self.kept.flow.reserved
    }

    fn spans(&self) -> usize {
        self.kept.flow.record_count()
    }
}

/// What the worker is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Worker {
    /// It works, or its thread does not run yet; it will look by itself.
    #[default]
    Busy,
    /// It lets flows gather for a while.
    Gathering,
    /// It sleeps until it is told.
    Asleep,
}

/// The worker's attempts to export.
#[derive(Clone, Copy, Debug, Default)]
struct Tries {
    begun: u64,
    ended: u64,
    /// Whether the last one failed, at an exporter that has never worked.
    hopeless: bool,
    /// How often somebody asked for a flush, and how often had been asked when the last one began.
    asked: u64,
    heard: u64,
}

/// What came of a flush.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Flushed {
    /// Nothing is left of what was pushed before.
    All,
    /// It was tried once more in vain, at an exporter that has never worked.
    InVain,
    /// It takes longer.
    Late,
}

/// How long a flush hopes for exporters that fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hope {
    /// As long as it may wait.
    ToTheEnd,
    /// No longer than one attempt, where an exporter has never worked: nobody wants a command that hangs at its end because
    /// there is no backend.
    IfItEverWorked,
}

/// A flush that was asked for: what is waited for.
#[derive(Debug)]
pub(crate) struct Ticket {
    /// All flows up to this number.
    mine: u64,
    /// The attempt that will know of the flush.
    attempt: u64,
}

impl Queue {
    /// Adds a flow. Wakes the worker only where it would not look by itself soon enough: waking costs microseconds.
    ///
    /// A precious flow does not wait for others to gather: should the program be killed, it is to be out by then.
    pub(crate) fn push(&self, kept: Arc<Kept>) {
        let mut state = self.lock();
        state.pushed += 1;
        let (number, precious) = (state.pushed, kept.flow.precious);
        let waiting = Waiting { number, kept };
        state.load.add(&waiting);
        state.queue(precious).push_back(waiting);
        let wakes = match state.worker {
            Worker::Busy => false,
            Worker::Gathering => precious || state.load.bytes >= URGENT_BYTES,
            Worker::Asleep => true,
        };
        if wakes {
            state.worker = Worker::Busy;
            drop(state);
            self.work.notify_one();
        }
    }

    /// Takes out the oldest flows in which nothing failed, until they make up `bytes`. None if they do not.
    pub(crate) fn evict(&self, bytes: usize) -> Vec<Arc<Kept>> {
        let mut state = self.lock();
        let mut freed = 0;
        let enough = state.plain.iter().position(|waiting| {
            freed += waiting.bytes();
            freed >= bytes
        });
        let Some(last) = enough else { return Vec::new() };
        let evicted: Vec<_> = state.plain.drain(..=last).collect();
        evicted.iter().for_each(|waiting| state.load.subtract(waiting));
        self.done.notify_all();
        evicted.into_iter().map(|waiting| waiting.kept).collect()
    }

    /// Waits for work and takes at most `max_spans` spans of it, the precious flows first. After an idle time the first
    /// flow is taken at once; from then on they gather for `delay`, as long as none is precious. Nothing where the worker was
    /// [roused](Self::rouse).
    ///
    /// What is taken stays in the worker's hand until it [has finished](Self::finish) or [gives it back](Self::give_back).
    pub(crate) fn next(&self, delay: Duration, max_spans: usize) -> Vec<Arc<Kept>> {
        let mut state = self.lock();
        if state.is_empty() {
            state.worker = Worker::Asleep;
            let slept = self.work.wait_while(state, |state| state.is_empty() && !state.roused);
            state = slept.unwrap_or_else(PoisonError::into_inner);
        } else if !state.is_urgent() {
            state.worker = Worker::Gathering;
            let waited = self.work.wait_timeout_while(state, delay, |state| !state.is_urgent());
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.worker = Worker::Busy;
        state.roused = false;
        state.take(max_spans)
    }

    /// An attempt to export begins.
    pub(crate) fn begin(&self) {
        let mut state = self.lock();
        state.tries.begun += 1;
        state.tries.heard = state.tries.asked;
    }

    /// This flow in the worker's hand will not be exported.
    pub(crate) fn let_go(&self, kept: &Arc<Kept>) {
        self.lock().in_hand.retain(|waiting| !Arc::ptr_eq(&waiting.kept, kept));
    }

    /// What is in the worker's hand is exported, or given up for good. `backlog`: whether there are flows on disk as
    /// well.
    pub(crate) fn finish(&self, backlog: impl FnOnce() -> bool) {
        let finished = mem::take(&mut self.lock().in_hand);
        // Counted, before whoever waits for it goes on; and not while anybody waits for the lock.
        drop(finished);
        let mut state = self.lock();
        state.oldest_in_hand = None;
        state.end_try(false);
        state.backlog = backlog();
        self.done.notify_all();
    }

    /// What is in the worker's hand could not be exported by now, but for what is `done` with. `hopeless`: this exporter has
    /// never worked. `backlog`: as where all is finished.
    pub(crate) fn give_back(&self, done: Vec<Arc<Kept>>, hopeless: bool, backlog: impl FnOnce() -> bool) {
        let mut state = self.lock();
        let in_hand = mem::take(&mut state.in_hand);
        let is_done = |waiting: &Waiting| done.iter().any(|kept| Arc::ptr_eq(kept, &waiting.kept));
        let (finished, rest): (Vec<_>, _) = in_hand.into_iter().partition(is_done);
        state.put_back(rest);
        drop(state);
        // As where all is finished.
        drop((finished, done));
        let mut state = self.lock();
        state.oldest_in_hand = None;
        state.end_try(hopeless);
        state.backlog = backlog();
        self.done.notify_all();
    }

    /// Lets the worker rest; not when somebody flushes who has not seen it try.
    pub(crate) fn rest(&self, time: Duration) {
        let state = self.lock();
        drop(self.work.wait_timeout_while(state, time, |state| state.tries.asked == state.tries.heard));
    }

    /// Takes out the oldest precious flows, until they make up `bytes`, to write them to disk: then they are
    /// [spilled](Self::spilled).
    pub(crate) fn take_precious(&self, bytes: usize) -> Vec<Waiting> {
        let mut state = self.lock();
        let mut taken = Vec::new();
        let mut freed = 0;
        while freed < bytes
            && let Some(waiting) = state.precious.pop_front()
        {
            freed += waiting.bytes();
            state.load.subtract(&waiting);
            taken.push(waiting);
        }
        state.spilling += 1;
        taken
    }

    /// What was taken out is on disk but for the `rest`, which goes on waiting here. Has the worker look around.
    pub(crate) fn spilled(&self, rest: Vec<Waiting>, backlog: impl FnOnce() -> bool) {
        let mut state = self.lock();
        state.put_back(rest);
        state.spilling -= 1;
        state.backlog = backlog();
        state.roused = true;
        drop(state);
        self.work.notify_one();
        self.done.notify_all();
    }

    /// The precious flows that the worker is about to export, or hangs with.
    pub(crate) fn precious_in_hand(&self) -> Vec<Arc<Kept>> {
        let state = self.lock();
        let precious = state.in_hand.iter().filter(|waiting| waiting.kept.flow.precious);
        precious.map(|waiting| Arc::clone(&waiting.kept)).collect()
    }

    /// Notes, before anything was tried, whether the worker has, or may have, flows on disk to export.
    pub(crate) fn set_backlog(&self, backlog: bool) {
        self.lock().backlog = backlog;
        self.done.notify_all();
    }

    /// Whether somebody waits for a flow that is still here.
    pub(crate) fn flush_pending(&self) -> bool {
        self.lock().flush_pending()
    }

    /// Asks that everything be exported which was pushed before. Nothing where the lock is not free in time.
    pub(crate) fn ask(&self, deadline: Option<Instant>) -> Option<Ticket> {
        let mut state = lock_before(&self.state, deadline)?;
        let mine = state.pushed;
        state.wanted = mine;
        state.tries.asked += 1;
        self.work.notify_one();
        Some(Ticket { mine, attempt: state.tries.begun + 1 })
    }

    /// Waits for what was asked for, until `deadline` at most.
    pub(crate) fn wait(&self, ticket: &Ticket, deadline: Option<Instant>, hope: Hope) -> Flushed {
        let Some(mut state) = lock_before(&self.state, deadline) else { return Flushed::Late };
        while state.backlog
            || state.spilling > 0
            || state.oldest().is_some_and(|oldest| oldest <= ticket.mine)
        {
            let rest = until(deadline);
            let in_vain = state.tries.hopeless && state.tries.ended >= ticket.attempt;
            if in_vain && hope == Hope::IfItEverWorked {
                return Flushed::InVain;
            }
            if rest.is_zero() {
                return Flushed::Late;
            }
            state = self.done.wait_timeout(state, rest).unwrap_or_else(PoisonError::into_inner).0;
        }
        Flushed::All
    }

    /// How much is here or in the worker's hand. Nothing where the lock is not free for long.
    pub(crate) fn depth(&self) -> Depth {
        let Some(state) = lock_before(&self.state, soon()) else { return Depth::default() };
        let mut in_hand = Load::default();
        state.in_hand.iter().for_each(|waiting| in_hand.add(waiting));
        Depth {
            flows: (state.plain.len() + state.precious.len() + state.in_hand.len()) as u64,
            bytes: (state.load.bytes + in_hand.bytes) as u64,
            spans: (state.load.spans + in_hand.spans) as u64,
            spans_in_hand: in_hand.spans as u64,
        }
    }

    /// Whether flows can be pushed. The lock is free again within a few instructions, but where the process exits in a
    /// signal handler, this very thread may have been stopped between those.
    pub(crate) fn answers(&self) -> bool {
        lock_before(&self.state, soon()).is_some()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When what should have happened by then is not waited for any longer.
fn soon() -> Option<Instant> {
    Instant::now().checked_add(LONG)
}

impl State {
    fn queue(&mut self, precious: bool) -> &mut VecDeque<Waiting> {
        if precious { &mut self.precious } else { &mut self.plain }
    }

    fn put_back(&mut self, mut flows: Vec<Waiting>) {
        flows.sort_by_key(|waiting| waiting.number);
        for waiting in flows.into_iter().rev() {
            self.load.add(&waiting);
            self.queue(waiting.kept.flow.precious).push_front(waiting);
        }
    }

    fn is_empty(&self) -> bool {
        self.plain.is_empty() && self.precious.is_empty()
    }

    fn flush_pending(&self) -> bool {
        self.oldest_queued().is_some_and(|oldest| oldest <= self.wanted)
    }

    fn is_urgent(&self) -> bool {
        self.roused || !self.precious.is_empty() || self.load.bytes >= URGENT_BYTES || self.flush_pending()
    }

    /// The number of the flow that has waited longest.
    fn oldest_queued(&self) -> Option<u64> {
        let number = |queue: &VecDeque<Waiting>| queue.front().map(|waiting| waiting.number);
        number(&self.plain).into_iter().chain(number(&self.precious)).min()
    }

    /// The number of the oldest flow that waits or is in the worker's hand.
    fn oldest(&self) -> Option<u64> {
        self.oldest_queued().into_iter().chain(self.oldest_in_hand).min()
    }

    fn end_try(&mut self, hopeless: bool) {
        self.tries.ended = self.tries.begun;
        self.tries.hopeless = hopeless;
    }

    /// The next flow: a precious one before any other, unless somebody waits for the oldest.
    fn next(&mut self) -> Option<Waiting> {
        let plain_is_older = match (self.plain.front(), self.precious.front()) {
            (Some(plain), Some(precious)) => plain.number < precious.number,
            (plain, _) => plain.is_some(),
        };
        let plain_first = self.precious.is_empty() || (plain_is_older && self.flush_pending());
        self.queue(!plain_first).pop_front()
    }

    fn take(&mut self, max_spans: usize) -> Vec<Arc<Kept>> {
        let mut spans = 0;
        while spans < max_spans
            && let Some(waiting) = self.next()
        {
            spans += waiting.spans();
            self.load.subtract(&waiting);
            self.in_hand.push(waiting);
        }
        // What goes out together goes in the order in which it happened.
        self.in_hand.sort_by_key(|waiting| waiting.kept.flow.ended());
        self.oldest_in_hand = self.in_hand.iter().map(|waiting| waiting.number).min();
        self.in_hand.iter().map(|waiting| Arc::clone(&waiting.kept)).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

    use super::*;
    use crate::collecting::fixtures::kept as flow;

    fn depth(queue: &Queue) -> [u64; 4] {
        let Depth { flows, bytes, spans, spans_in_hand } = queue.depth();
        [flows, bytes, spans, spans_in_hand]
    }

    fn ids(flows: &[Arc<Kept>]) -> Vec<u128> {
        flows.iter().map(|kept| kept.flow.trace_id.to_u128()).collect()
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
        assert_eq!(ids(&queue.next(Duration::ZERO, 100)), [2, 5, 4]);
    }

    /// Waits until nothing is left, as a flush does.
    fn flush(queue: &Queue, timeout: Duration) -> Flushed {
        flush_hoping(queue, timeout, Hope::ToTheEnd)
    }

    fn flush_hoping(queue: &Queue, timeout: Duration, hope: Hope) -> Flushed {
        let deadline = Instant::now().checked_add(timeout);
        queue.ask(deadline).map_or(Flushed::Late, |ticket| queue.wait(&ticket, deadline, hope))
    }

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn a_flush_does_not_wait_for_what_comes_later() {
        let queue = Queue::default();
        queue.push(flow(1, false));
        thread::scope(|scope| {
            let flush = scope.spawn(|| flush(&queue, MINUTE));
            while !queue.flush_pending() {
                thread::yield_now();
            }
            queue.push(flow(2, true));
            let flows = queue.next(Duration::from_secs(3600), 1);
            assert_eq!(ids(&flows), [1], "the oldest, though another has failed");
            queue.finish(|| false);
            assert_eq!(flush.join().unwrap(), Flushed::All);
        });
    }

    #[test]
    fn nobody_waits_for_a_lock_that_is_never_free() {
        let queue = Queue::default();
        assert!(queue.answers());
        let _held = queue.lock();
        assert!(!queue.answers());
        assert_eq!(flush(&queue, Duration::from_millis(1)), Flushed::Late);
    }

    #[test]
    fn a_flush_waits_for_the_worker_and_no_longer_than_it_may() {
        let queue = Queue::default();
        queue.push(flow(1, false));
        assert_eq!(flush(&queue, Duration::from_millis(1)), Flushed::Late, "nobody works");
        thread::scope(|scope| {
            scope.spawn(|| {
                queue.next(Duration::from_secs(3600), 100);
                queue.finish(|| false);
            });
            assert_eq!(flush(&queue, MINUTE), Flushed::All, "what is wanted does not gather for an hour");
            assert_eq!(flush(&queue, Duration::ZERO), Flushed::All, "nothing is left");
        });
    }

    #[test]
    fn what_is_given_back_is_taken_again_before_the_rest() {
        let queue = Queue::default();
        for id in 1..=4 {
            queue.push(flow(id, id % 2 == 0));
        }
        assert_eq!(ids(&queue.next(Duration::ZERO, 3)), [2, 4, 1]);
        assert_eq!(depth(&queue), [4, 400, 4, 3]);
        queue.give_back(Vec::new(), false, || false);
        assert_eq!(ids(&queue.evict(200)), [1, 3], "in their order");
        assert_eq!(ids(&queue.next(Duration::ZERO, 9)), [2, 4]);
        queue.finish(|| false);
        assert_eq!(depth(&queue), [0; 4]);
    }

    #[test]
    fn what_is_done_with_does_not_come_again() {
        let queue = Queue::default();
        (1..=3).for_each(|id| queue.push(flow(id, false)));
        let taken = queue.next(Duration::ZERO, 9);
        queue.give_back(vec![Arc::clone(&taken[1])], false, || false);
        assert_eq!(depth(&queue), [2, 200, 2, 0]);
        assert_eq!(ids(&queue.next(Duration::ZERO, 9)), [1, 3]);
    }

    #[test]
    fn a_flush_gives_up_on_an_exporter_that_never_worked_when_it_has_seen_it_fail_if_it_is_to() {
        use Hope::{IfItEverWorked, ToTheEnd};
        let moment = Duration::from_millis(50);
        for (hopeless, hope, timeout, outcome) in [
            (true, IfItEverWorked, MINUTE, Flushed::InVain),
            (true, ToTheEnd, moment, Flushed::Late),
            (false, IfItEverWorked, moment, Flushed::Late),
        ] {
            let queue = Queue::default();
            queue.push(flow(1, true));
            let is_over = AtomicBool::new(false);
            thread::scope(|scope| {
                scope.spawn(|| {
                    while !is_over.load(Ordering::Relaxed) {
                        queue.next(Duration::ZERO, 9);
                        queue.begin();
                        queue.give_back(Vec::new(), hopeless, || false);
                        queue.rest(Duration::from_millis(1));
                    }
                });
                assert_eq!(flush_hoping(&queue, timeout, hope), outcome);
                is_over.store(true, Ordering::Relaxed);
            });
        }
    }
}
