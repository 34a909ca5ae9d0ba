//! The start by the first instrumented call, with the cargo feature `autostart`: it does the work
//! of `init`.

use std::thread;

use crate::recording::muting::{is_muted, quietly};
use crate::recording::policy;
use crate::recording::shield::shielded;
use crate::vocabulary::say::say_lost;

use super::launch::launch_by_itself;

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
    if is_muted() || thread::panicking() {
        return false;
    }
    if policy::claim() {
        quietly(start)
    } else {
        policy::await_decision()
    }
    policy::is_on()
}

fn start() {
    if let Err(message) = shielded(launch_by_itself) {
        policy::switch_off();
        say_lost(format_args!("cannot start: {message} (a bug of omegi); nothing is recorded"));
    }
}
