//! The thread for due work: decides about flows that have waited too long for one of their parts,
//! and spills flows to disk that are too many or late.
//!
//! No worker can do that, because its exporter may hang.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::recording::flow::shared_flow;
use crate::recording::{lifecycle, muting};

use super::pipelines::ExporterPipelines;

/// The longest wait for the start of the thread.
const START_TIMEOUT: Duration = Duration::from_millis(100);

/// The interval between two attempts to spill flows.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// The interval between two looks whether the thread has started.
const CHECK_INTERVAL: Duration = Duration::from_micros(100);

/// The state that the thread shares with its callers.
#[derive(Debug, Default)]
pub(crate) struct Timekeeper {
    /// The time of the next due work.
    call: Mutex<Option<Instant>>,
    called: Condvar,
    /// True once the thread runs.
    runs: AtomicBool,
}

impl Timekeeper {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// The system's, if it cannot start a thread.
    pub(crate) fn start(pipelines: Arc<ExporterPipelines>) -> std::io::Result<Arc<Self>> {
        let timekeeper = Arc::new(Self::default());
        let own = Arc::clone(&timekeeper);
        thread::Builder::new().name("omegi".into()).spawn(move || own.run(&pipelines))?;
        Ok(timekeeper)
    }

    /// Makes the thread look for due work at `moment`, or earlier.
    pub(crate) fn call_at(&self, moment: Instant) {
        let mut call = self.lock();
        if call.is_none_or(|call| moment < call) {
            *call = Some(moment);
            drop(call);
            self.called.notify_one();
        }
    }

    /// Waits until the thread runs, but not for long.
    pub(crate) fn await_start(&self) {
        let begun = Instant::now();
        while !self.runs.load(Ordering::Relaxed) && begun.elapsed() < START_TIMEOUT {
            thread::sleep(CHECK_INTERVAL);
        }
    }

    fn run(&self, pipelines: &ExporterPipelines) {
        muting::mute_thread();
        self.runs.store(true, Ordering::Relaxed);
        loop {
            self.sleep();
            pipelines.spill_excess();
            if let Some(next) = pipelines.spill_late() {
                self.call_at(next);
            }
            // When no more flows fit, no new flow calls the thread. The disk may have room again
            // all the same.
            if pipelines.is_over_high_water_mark() {
                self.call_at(Instant::now() + RETRY_INTERVAL);
            }
            if let Some(next) = lifecycle::look_at_open_flows() {
                self.call_at(next);
            }
            if let Some(next) = shared_flow::decide_overdue(Instant::now()) {
                self.call_at(next);
            }
        }
    }

    /// Sleeps until the next due work.
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
