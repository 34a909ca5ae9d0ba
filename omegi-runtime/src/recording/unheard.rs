//! Calls of instrumented functions in a program that never calls `init`.

use crate::vocabulary::say::say;

use super::policy;

thread_local! {
    static REMINDER: Reminder = const { Reminder };
}

/// A call is not recorded. The first one of a program, if `init` was not called, leaves a reminder for the end of its
/// thread: `init` may yet come.
#[inline]
pub(crate) fn call() {
    if policy::is_new() {
        remind();
    }
}

#[cold]
#[inline(never)]
fn remind() {
    if policy::called_unheard() {
        let _ = REMINDER.try_with(|_| ());
    }
}

/// Dropped when the thread that made the first call ends: for most programs at the end of `main`.
struct Reminder;

impl Drop for Reminder {
    fn drop(&mut self) {
        if policy::is_unheard() {
            say(
                "instrumented functions were called, and nothing was recorded, because omegi::init() was never \
                 called. Write `let _omegi = omegi::init();` as the first line of main, or build without the feature \
                 `omegi/enable`.",
            );
        }
    }
}
