//! A segment that other threads may reach while its flow is open.
//!
//! Between two operations of its thread the segment rests here, instead of in the thread's cell or
//! in a future. So a thread of omegi's can export its errors, although its own thread may be in a
//! system call for good. Knows nothing of segments, so that `loom` can try every order of the
//! threads.

use std::sync::atomic::{AtomicU16, Ordering};

use crate::vocabulary::per_process;

use crate::recording::flow::sync::{Mutex, MutexGuard, lock_soon};

/// A segment that other threads may reach.
#[derive(Debug)]
pub(crate) struct Watched<S: 'static> {
    /// The segment, while its thread does not work on it.
    resting: Mutex<Option<&'static mut S>>,
    /// The thread that worked on it last.
    thread: AtomicU16,
    /// The [generation](per_process::generation) of the process that it is of. Another thread may
    /// have held its lock when this process was forked off that one.
    generation: u32,
}

/// The result of an attempt to reach a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reached<R> {
    Done(R),
    /// Its thread works on it.
    Busy,
}

impl<S> Watched<S> {
    /// Returns the place of a segment that a thread works on.
    pub(crate) fn new() -> Self {
        Self { resting: Mutex::new(None), thread: AtomicU16::new(0), generation: per_process::generation() }
    }

    /// Takes the segment for its thread to work on; `None` if it is not here, others work on it for
    /// very long, or it is of the process that this one was forked off.
    pub(crate) fn take(&self) -> Option<&'static mut S> {
        self.lock()?.take()
    }

    /// Lets the segment rest, after `thread` has worked on it. Returns it if it cannot rest here.
    pub(crate) fn rest(&self, segment: &'static mut S, thread: u16) -> Option<&'static mut S> {
        self.thread.store(thread, Ordering::Relaxed);
        let Some(mut resting) = self.lock() else { return Some(segment) };
        *resting = Some(segment);
        None
    }

    /// Works on the segment, if it rests. Its thread waits as long.
    pub(crate) fn reach<R>(&self, work: impl FnOnce(&mut S) -> R) -> Reached<R> {
        match self.lock().and_then(|mut resting| resting.as_deref_mut().map(work)) {
            Some(result) => Reached::Done(result),
            None => Reached::Busy,
        }
    }

    fn lock(&self) -> Option<MutexGuard<'_, Option<&'static mut S>>> {
        if self.generation == per_process::generation() { lock_soon(&self.resting) } else { None }
    }

    /// Returns the thread that worked on it last.
    pub(crate) fn thread(&self) -> u16 {
        self.thread.load(Ordering::Relaxed)
    }
}

#[cfg(all(test, omegi_loom))]
mod models {
    use loom::sync::Arc;
    use loom::thread;

    use super::*;

    #[test]
    fn no_operation_is_lost_between_a_thread_and_another() {
        loom::model(|| {
            let watched = Arc::new(Watched::new());
            assert!(watched.rest(Box::leak(Box::new(0_u32)), 1).is_none());
            let others = Arc::clone(&watched);
            let other = thread::spawn(move || others.reach(|segment| *segment += 10) == Reached::Done(()));
            let mut own = 0;
            if let Some(segment) = watched.take() {
                *segment += 1;
                own = 1;
                assert!(watched.rest(segment, 1).is_none());
            }
            let reached = other.join().unwrap();
            let total = watched.take().map_or(0, |segment| *segment);
            assert_eq!(total, own + if reached { 10 } else { 0 });
        });
    }
}
