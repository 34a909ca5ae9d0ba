//! Calls of instrumented functions before `init`.

use crate::vocabulary::say::say;
use crate::vocabulary::signal_handler;

use crate::recording::policy;

thread_local! {
    static REMINDER: Reminder = const { Reminder };
}

/// Refuses a call that comes before `init`. The first one of a program leaves a reminder for the
/// end of its thread, because `init` may follow.
#[cold]
#[inline(never)]
pub(crate) fn first_call() -> bool {
    if !signal_handler::is_active() && policy::note_call_before_start() {
        let _ = REMINDER.try_with(|_| ());
    }
    false
}

/// Dropped when the thread that made the first call ends: for most programs at the end of `main`.
struct Reminder;

impl Drop for Reminder {
    fn drop(&mut self) {
        if policy::was_called_before_start() && policy::was_refused() {
            say("instrumented functions were called, and nothing was recorded, because \
                 omegi::try_init() returned an error: correct the settings that it names, or call \
                 omegi::init(), which does without them.");
        } else if policy::was_called_before_start() {
            say("instrumented functions were called, and nothing was recorded, because \
                 omegi::init() was never called. Write `let _omegi = omegi::init();` as the first \
                 line of main, or build without the feature `omegi/enable`.");
        }
    }
}
