//! Requests to a thread, and its answers.
//!
//! They use no lock. A signal whose handler ends the program may interrupt a thread that waits; the
//! handler then waits again.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// The interval between two looks for an answer.
const CHECK_INTERVAL: Duration = Duration::from_micros(100);

/// Numbered requests, from 1 on, and the number of the latest answer.
#[derive(Debug, Default)]
pub(super) struct Notify {
    requested: AtomicU64,
    answered: AtomicU64,
    /// True after an answer came too late once: no call waits for an answer again.
    was_late: AtomicBool,
}

impl Notify {
    /// Sends a request to `thread` and waits for its answer. Returns `false` if the answer does not
    /// come by `deadline`, the first time.
    pub(super) fn notify(&self, thread: &Thread, deadline: Option<Instant>) -> bool {
        let mine = self.requested.fetch_add(1, Ordering::AcqRel) + 1;
        thread.unpark();
        while self.answered.load(Ordering::Acquire) < mine {
            if self.was_late.load(Ordering::Relaxed) {
                return true;
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                self.was_late.store(true, Ordering::Relaxed);
                return false;
            }
            thread::sleep(CHECK_INTERVAL);
        }
        true
    }

    /// Waits for a request without an answer, on the thread that gets requests. Returns its number,
    /// or `None` at the moment `due`.
    pub(super) fn wait(&self, due: Instant) -> Option<u64> {
        loop {
            let requested = self.requested.load(Ordering::Acquire);
            if requested > self.answered.load(Ordering::Relaxed) {
                return Some(requested);
            }
            let rest = due.saturating_duration_since(Instant::now());
            if rest.is_zero() {
                return None;
            }
            thread::park_timeout(rest);
        }
    }

    /// Answers this request and those before it.
    pub(super) fn answer(&self, request: u64) {
        self.answered.store(request, Ordering::Release);
    }

    /// Answers all later requests, when the result is dropped.
    pub(super) const fn close_on_drop(&self) -> CloseOnDrop<'_> {
        CloseOnDrop(self)
    }
}

/// Answers all requests when it is dropped.
pub(super) struct CloseOnDrop<'b>(&'b Notify);

impl Drop for CloseOnDrop<'_> {
    fn drop(&mut self) {
        self.0.answer(u64::MAX);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn soon() -> Option<Instant> {
        Instant::now().checked_add(Duration::from_secs(20))
    }

    #[test]
    fn a_request_is_answered_and_the_thread_wakes_when_due() {
        let notify = Arc::new(Notify::default());
        let own = Arc::clone(&notify);
        let called = thread::spawn(move || {
            let hour = Instant::now() + Duration::from_secs(3600);
            let heard = own.wait(hour);
            own.answer(heard.unwrap());
            (heard, own.wait(Instant::now()))
        });
        assert!(notify.notify(called.thread(), soon()));
        assert_eq!(called.join().unwrap(), (Some(1), None));
    }

    #[test]
    fn no_call_waits_after_a_late_answer_or_for_a_closed_thread() {
        let notify = Notify::default();
        let waiter = thread::current();
        let now = Some(Instant::now());
        assert!(!notify.notify(&waiter, now));
        assert!(notify.notify(&waiter, soon()), "a call waits only once");
        let closed = Notify::default();
        drop(closed.close_on_drop());
        assert!(closed.notify(&waiter, soon()));
    }
}
