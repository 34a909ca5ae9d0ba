//! The end of a program that keeps no guard.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::recording::root;
use crate::vocabulary::say::say;

use super::process;

/// Set when the guard's flush took too long: the exit is not delayed a second time.
static GAVE_UP: AtomicBool = AtomicBool::new(false);

thread_local! {
    static AT_END: FlushAtEnd = const { FlushAtEnd };
}

/// Flushes when the current thread ends: for the thread that calls `main`, that is when `main` has returned or
/// `process::exit` was called in it.
pub(crate) fn flush_at_end_of_thread() {
    let _ = AT_END.try_with(|_| ());
}

/// Flushes, waiting as long as the settings say at most, and no second time after that was too short.
pub(crate) fn flush_before_exit() {
    let Some(process) = process::get() else { return };
    if GAVE_UP.load(Ordering::Relaxed) || process.flush(process.flush_timeout) || process.is_elsewhere() {
        return;
    }
    GAVE_UP.store(true, Ordering::Relaxed);
    say(format_args!(
        "the last flows could not be exported within {:?} and may be lost. OTEL_BSP_EXPORT_TIMEOUT sets how long the \
         end of a program waits.",
        process.flush_timeout
    ));
}

struct FlushAtEnd;

impl Drop for FlushAtEnd {
    fn drop(&mut self) {
        // `process::exit` does not come back to end the flow that it is called in.
        root::break_off();
        flush_before_exit();
    }
}
