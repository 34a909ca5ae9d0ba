//! The order of flows in a queue, and flushes that end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::*;
use crate::collecting::fixtures::pending as flow;

fn depth(queue: &Queue) -> [u64; 4] {
    let Depth { flows, bytes, spans, spans_in_flight } = queue.depth();
    [flows, bytes, spans, spans_in_flight]
}

fn ids(flows: &[Arc<PendingFlow>]) -> Vec<u128> {
    flows.iter().map(|pending| pending.flow.trace_id.to_u128()).collect()
}

#[test]
fn must_keep_flows_go_first_and_the_oldest_others_are_evicted() {
    let queue = Queue::default();
    for (id, failed) in [(1, false), (2, true), (3, false), (4, false)] {
        queue.push(flow(id, failed));
    }
    assert_eq!(ids(&queue.evict(150)), [1, 3]);
    assert_eq!(ids(&queue.evict(150)), [], "too few flows are left alone");
    queue.push(flow(5, true));
    assert_eq!(ids(&queue.next(Duration::ZERO, 100)), [2, 5, 4]);
}

/// Flushes until the deadline.
fn flush(queue: &Queue, timeout: Duration) -> Flushed {
    flush_by(queue, timeout, FlushPolicy::UntilDeadline)
}

fn flush_by(queue: &Queue, timeout: Duration, policy: FlushPolicy) -> Flushed {
    let deadline = Instant::now().checked_add(timeout);
    queue.request_flush(deadline).map_or(Flushed::Late, |ticket| queue.wait(&ticket, deadline, policy))
}

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn a_flush_does_not_wait_for_later_flows() {
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
fn no_call_waits_for_a_lock_that_is_never_free() {
    let queue = Queue::default();
    assert!(queue.answers());
    let _held = queue.lock();
    assert!(!queue.answers());
    assert_eq!(flush(&queue, Duration::from_millis(1)), Flushed::Late);
}

#[test]
fn a_flush_waits_for_the_worker_until_its_deadline() {
    let queue = Queue::default();
    queue.push(flow(1, false));
    assert_eq!(flush(&queue, Duration::from_millis(1)), Flushed::Late, "there is no worker");
    thread::scope(|scope| {
        scope.spawn(|| {
            queue.next(Duration::from_secs(3600), 100);
            queue.finish(|| false);
        });
        assert_eq!(flush(&queue, MINUTE), Flushed::All, "a flush does not let flows gather for an hour");
        assert_eq!(flush(&queue, Duration::ZERO), Flushed::All, "nothing is left");
    });
}

#[test]
fn flows_given_back_are_taken_first() {
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
fn done_flows_do_not_come_again() {
    let queue = Queue::default();
    (1..=3).for_each(|id| queue.push(flow(id, false)));
    let taken = queue.next(Duration::ZERO, 9);
    queue.give_back(vec![Arc::clone(&taken[1])], false, || false);
    assert_eq!(depth(&queue), [2, 200, 2, 0]);
    assert_eq!(ids(&queue.next(Duration::ZERO, 9)), [1, 3]);
}

#[test]
fn a_flush_gives_up_after_one_attempt_of_an_exporter_that_never_connected() {
    use FlushPolicy::{UnlessNeverConnected, UntilDeadline};
    let moment = Duration::from_millis(50);
    for (never_connected, policy, timeout, outcome) in [
        (true, UnlessNeverConnected, MINUTE, Flushed::GaveUp),
        (true, UntilDeadline, moment, Flushed::Late),
        (false, UnlessNeverConnected, moment, Flushed::Late),
    ] {
        let queue = Queue::default();
        queue.push(flow(1, true));
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    queue.next(Duration::ZERO, 9);
                    queue.begin();
                    queue.give_back(Vec::new(), never_connected, || false);
                    queue.rest(Duration::from_millis(1));
                }
            });
            assert_eq!(flush_by(&queue, timeout, policy), outcome);
            is_over.store(true, Ordering::Relaxed);
        });
    }
}
