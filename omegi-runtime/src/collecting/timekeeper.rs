//! The thread that does what is due: it decides about flows that have waited too long for a part of them, and writes to disk
//! what had better not wait in memory.
//!
//! No exporter's thread does that, for an exporter may hang.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::recording::flow::shared_flow;

use crate::recording::muting;

use super::pipelines::ExporterPipelines;

/// A thread that runs by then is waited for; one that does not is not.
const LONG: Duration = Duration::from_millis(100);

/// So often is looked whether what waits can be written to disk by now.
const PAUSE: Duration = Duration::from_secs(1);

/// How often is looked for it meanwhile.
const GLANCE: Duration = Duration::from_micros(100);

/// What the thread shares with those that have something for it to do.
#[derive(Debug, Default)]
pub(crate) struct Timekeeper {
    /// When something is due.
    call: Mutex<Option<Instant>>,
    called: Condvar,
    /// Whether the thread runs.
    runs: AtomicBool,
}

impl Timekeeper {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// The system gives no more threads.
    pub(crate) fn start(pipelines: Arc<ExporterPipelines>) -> std::io::Result<Arc<Self>> {
        let timekeeper = Arc::new(Self::default());
        let own = Arc::clone(&timekeeper);
        thread::Builder::new().name("omegi".into()).spawn(move || own.run(&pipelines))?;
        Ok(timekeeper)
    }

    /// Has it look no later than at `moment`.
    pub(crate) fn call_at(&self, moment: Instant) {
        let mut call = self.lock();
        if call.is_none_or(|call| moment < call) {
            *call = Some(moment);
            drop(call);
            self.called.notify_one();
        }
    }

    /// Waits until the thread runs, for a moment at most.
    pub(crate) fn await_start(&self) {
        let begun = Instant::now();
        while !self.runs.load(Ordering::Relaxed) && begun.elapsed() < LONG {
            thread::sleep(GLANCE);
        }
    }

    fn run(&self, pipelines: &ExporterPipelines) {
        muting::mute_thread();
        self.runs.store(true, Ordering::Relaxed);
        loop {
            self.sleep();
            pipelines.spill_excess();
            // Where no more flows fit there are none either that would call: a disk may have room again all the same.
            if pipelines.is_over_high_water_mark() {
                self.call_at(Instant::now() + PAUSE);
            }
            if let Some(next) = shared_flow::decide_overdue(Instant::now()) {
                self.call_at(next);
            }
        }
    }

    /// Sleeps until it is called.
    fn sleep(&self) {
        let mut call = self.lock();
        loop {
            let rest = call.map_or(Duration::MAX, |call| call.saturating_duration_since(Instant::now()));
            if rest.is_zero() {
                *call = None;
                return;
            }
            call = self.called.wait_timeout(call, rest).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Instant>> {
        self.call.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
