//! What `init` returns.

use std::time::Duration;

use crate::collecting::flush::{FlushPolicy, Flushed};
use crate::vocabulary::Health;
use crate::vocabulary::counters::COUNTERS;

use super::process::Process;
use super::{exit, process};

/// Exports what is left when it is dropped, and waits for that no longer than `OTEL_BSP_EXPORT_TIMEOUT` (5 s).
///
/// Recording goes on after it is dropped; a program that loses its guard early loses nothing, because omegi flushes
/// once more when the thread ends that called `init`, and when the process exits.
#[derive(Debug)]
#[must_use = "flows that are left are exported when the guard is dropped: keep it in a variable until the end of main"]
pub struct Guard {
    /// Whether its end is that of omegi: not if `init` was called again.
    pub(super) flushes: bool,
}

impl Drop for Guard {
    fn drop(&mut self) {
        if self.flushes {
            exit::flush_before_exit();
        }
    }
}

/// Exports everything that is decided by now. Returns whether every exporter did that within `timeout`; also where there is
/// nothing to do because omegi is not started.
///
/// Whatever waits after a failure is tried at once, and again until the timeout is over.
///
/// ```
/// assert!(omegi_runtime::flush(std::time::Duration::from_secs(5)));
/// ```
pub fn flush(timeout: Duration) -> bool {
    process::get().is_none_or(|process| process.flush(timeout, FlushPolicy::UntilDeadline) == Flushed::All)
}

/// What omegi has recorded, exported and dropped, since the start of the process. Costs a few dozen loads, and a lock for each
/// exporter that is held for a few instructions.
///
/// ```
/// assert_eq!(omegi_runtime::health().dropped_spans, 0);
/// ```
#[must_use]
pub fn health() -> Health {
    process::get().map_or_else(|| COUNTERS.read(), Process::health)
}
