//! A child that is forked off a process with omegi: it forgets all that its parent has recorded,
//! and starts afresh at its first call.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::collecting::pending_totals::PENDING;
use crate::recording;
use crate::vocabulary::counters::COUNTERS;
use crate::vocabulary::per_process;
use crate::vocabulary::say::say;

use super::at_fork::at_fork;

/// Prepares each child that is forked off from now on.
pub(super) fn prepare_children() {
    static PREPARED: AtomicBool = AtomicBool::new(false);
    if !PREPARED.swap(true, Ordering::Relaxed) && !at_fork(begin) {
        say("cannot record in forked processes: the system refuses a handler; a child should start another \
             program");
    }
}

/// Begins the state of a child. Takes no lock and allocates nothing: other threads, which do not
/// exist here, may have held any lock at the fork.
extern "C" fn begin() {
    per_process::begin_generation();
    recording::begin_in_child();
    COUNTERS.restart();
    PENDING.restart();
}
