//! How a thread is called, and how whoever called knows that it has come.
//!
//! Without a lock: whoever waits may be stopped by a signal whose handler ends the program, and waits again.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// How often is looked for an answer.
const GLANCE: Duration = Duration::from_micros(100);

/// Rings that were heard by nobody are numbered from 1 on.
#[derive(Debug, Default)]
pub(super) struct Notify {
    rung: AtomicU64,
    answered: AtomicU64,
    /// Whether an answer came too late once: no other is waited for.
    was_late: AtomicBool,
}

impl Notify {
    /// Calls `thread`, and waits until it has answered; `false` where that is not so by `deadline`, the first time.
    pub(super) fn notify(&self, thread: &Thread, deadline: Option<Instant>) -> bool {
        let mine = self.rung.fetch_add(1, Ordering::AcqRel) + 1;
        thread.unpark();
        while self.answered.load(Ordering::Acquire) < mine {
            if self.was_late.load(Ordering::Relaxed) {
                return true;
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                self.was_late.store(true, Ordering::Relaxed);
                return false;
            }
            thread::sleep(GLANCE);
        }
        true
    }

    /// Waits, on the thread that is called, for a ring that is not answered, and returns its number; nothing at the moment `due`.
    pub(super) fn wait(&self, due: Instant) -> Option<u64> {
        loop {
            let rung = self.rung.load(Ordering::Acquire);
            if rung > self.answered.load(Ordering::Relaxed) {
                return Some(rung);
            }
            let rest = due.saturating_duration_since(Instant::now());
            if rest.is_zero() {
                return None;
            }
            thread::park_timeout(rest);
        }
    }

    /// Answers this ring and those before it.
    pub(super) fn answer(&self, ring: u64) {
        self.answered.store(ring, Ordering::Release);
    }

    /// Answers all rings for ever, when what is returned is dropped.
    pub(super) const fn close_on_drop(&self) -> CloseOnDrop<'_> {
        CloseOnDrop(self)
    }
}

/// See [`Notify::close_on_drop`].
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
    fn a_ring_is_answered_and_the_thread_wakes_by_itself_when_something_is_due() {
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
    fn what_is_late_is_not_waited_for_again_nor_who_is_gone() {
        let notify = Notify::default();
        let nobody = thread::current();
        let now = Some(Instant::now());
        assert!(!notify.notify(&nobody, now));
        assert!(notify.notify(&nobody, soon()), "said once, waited for once");
        let closed = Notify::default();
        drop(closed.close_on_drop());
        assert!(closed.notify(&nobody, soon()));
    }
}
