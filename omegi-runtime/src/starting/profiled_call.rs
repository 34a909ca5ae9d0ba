//! The first profiled call of a thread.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::recording::profiling::measuring;
use crate::recording::shield::shielded;
use crate::vocabulary::clock;
use crate::vocabulary::per_process::PerProcess;
#[cfg(all(unix, feature = "signals"))]
use crate::vocabulary::say::say;

use super::at_exit::at_exit;
use super::child_process::prepare_children;
use super::profile_file;
#[cfg(all(unix, feature = "signals"))]
use super::signals;

static BEGUN: PerProcess<AtomicBool> = PerProcess::new(AtomicBool::new(false));

/// Has the profile written at the end of the process. Only the first call of a process does more
/// than to wait for the clock.
pub(crate) fn begin_profiling() {
    /// A child that was forked off has the handler already.
    static REGISTERED: AtomicBool = AtomicBool::new(false);
    clock::start();
    if BEGUN.get().swap(true, Ordering::Relaxed) {
        return;
    }
    measuring::measure();
    prepare_children();
    if !REGISTERED.swap(true, Ordering::Relaxed) {
        let _ = at_exit(end_of_process);
    }
    #[cfg(all(unix, feature = "signals"))]
    if let Err(error) = signals::watch() {
        say(format_args!("cannot watch signals: {error}; a program that one ends writes no profile"));
    }
}

extern "C" fn end_of_process() {
    let _ = shielded(profile_file::write);
}
