//! The guard that `init` returns, and the questions that a program may ask at any time.

use std::time::Duration;

use crate::collecting::flush::{FlushPolicy, Flushed};
use crate::vocabulary::Health;
use crate::vocabulary::counters::COUNTERS;

use super::process::Process;
use super::{exit, process};

/// Exports pending flows when it is dropped, and waits for that up to `OTEL_BSP_EXPORT_TIMEOUT` (5
/// s).
///
/// Recording continues after its drop. A program that drops its guard early loses nothing: omegi
/// flushes once more when the thread that called `init` ends, and when the process exits.
///
/// ```
/// # use omegi_runtime as omegi;
/// let omegi = omegi::init();
/// // The program's work.
/// drop(omegi);
/// ```
#[derive(Debug)]
#[must_use = "its drop exports pending flows: keep it in a variable until the end of main"]
pub struct Guard {
    /// True if its drop flushes: not if `init` was called again.
    pub(super) flushes: bool,
}

impl Drop for Guard {
    fn drop(&mut self) {
        if self.flushes {
            exit::tell_flows_of_other_threads();
            exit::flush_before_exit();
        }
    }
}

/// Exports all flows that are decided by now, and those that are open and hold errors, as they
/// stand. Returns whether every exporter finished within
/// `timeout`; also `true` if omegi is not started.
///
/// Flows that wait after a failure are retried at once, and again until the timeout is over.
///
/// ```
/// # use omegi_runtime as omegi;
/// assert!(omegi::flush(std::time::Duration::from_secs(5)));
/// ```
pub fn flush(timeout: Duration) -> bool {
    process::get().is_none_or(|process| {
        process.tell_open_flows(|_| true);
        process.flush(timeout, FlushPolicy::UntilDeadline) == Flushed::All
    })
}

/// Returns the counts of recorded, exported and dropped flows since the start of the process.
///
/// It costs a few dozen loads, and for each exporter a lock that is held for a few instructions.
///
/// ```
/// # use omegi_runtime as omegi;
/// assert_eq!(omegi::health().dropped_spans, 0);
/// ```
#[must_use]
pub fn health() -> Health {
    process::get().map_or_else(|| COUNTERS.read(), Process::health)
}
