//! The start by the first instrumented call, with the cargo feature `autostart`: it does the work
//! of `init`.

use std::thread;

use crate::recording::muting::{is_muted, quietly};
use crate::recording::policy;
use crate::vocabulary::signal_handler;

use super::child_process::prepare_children;
use super::launch::{launch_by_itself, start_shielded};

/// Starts omegi with the settings of the environment, if it has not been started. Returns whether
/// the call is recorded.
///
/// If several threads call this at the same time, one starts omegi and the others wait for it, for
/// a bounded time. Starting may call code of the user, such as an allocator, that calls this too:
/// it finds the thread muted.
#[cold]
#[inline(never)]
pub(crate) fn first_call() -> bool {
    // A panicking thread must not touch the panic hook, which starting does. A later call will
    // start omegi.
    // Nor can omegi start in a signal handler.
    if is_muted() || thread::panicking() || signal_handler::is_active() {
        return false;
    }
    prepare_children();
    if policy::claim() {
        quietly(|| start_shielded(launch_by_itself))
    } else {
        policy::await_decision()
    }
    policy::is_on()
}
