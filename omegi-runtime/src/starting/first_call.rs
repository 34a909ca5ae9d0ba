//! Starting without being asked: with the cargo feature `autostart`, the first instrumented call does what `init` does.

use std::thread;

use crate::recording::muting::{is_muted, quietly};
use crate::recording::policy;
use crate::recording::shield::shielded;
use crate::vocabulary::say::say_lost;

use super::builder;

/// A function is called, and nobody has started omegi yet: starts it as the environment says. Returns whether the call is
/// recorded.
///
/// Of threads that come here at the same time one starts omegi and the others wait for it, not for ever. What starting calls
/// of the user's (an allocator) comes here as well, and finds the thread muted.
#[cold]
#[inline(never)]
pub(crate) fn first_call() -> bool {
    // Who panics must not touch the panic hook, which starting does: a later call will start omegi.
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
    if let Err(message) = shielded(builder::start_by_itself) {
        policy::switch_off();
        say_lost(format_args!("nothing is recorded: starting failed, and this is a bug of omegi: {message}"));
    }
}
