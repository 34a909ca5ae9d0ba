//! Muting: nothing is recorded that omegi itself calls on the user's threads.

use std::cell::Cell;

thread_local! {
    static MUTED: Cell<bool> = const { Cell::new(false) };
    /// True if the thread is omegi's own.
    static OWN: Cell<bool> = const { Cell::new(false) };
}

/// Returns whether this thread is muted, because omegi itself is active.
pub(crate) fn is_muted() -> bool {
    MUTED.get()
}

/// Runs omegi's own `work`: no call in it begins a flow.
pub(crate) fn quietly<R>(work: impl FnOnce() -> R) -> R {
    let _restored = mute();
    work()
}

/// Runs `work` unmuted inside omegi's own work, which ends with it.
pub(crate) fn aloud<R>(work: impl FnOnce() -> R) -> R {
    let _restored = RestoreMuted(MUTED.replace(false));
    work()
}

/// Mutes this thread until the guard is dropped. Safe in a signal handler.
pub(super) fn mute() -> RestoreMuted {
    RestoreMuted(MUTED.replace(true))
}

/// Mutes this thread for good: it is omegi's own.
pub(crate) fn mute_thread() {
    MUTED.set(true);
    OWN.set(true);
}

/// Returns whether this thread is omegi's own.
pub(crate) fn is_own_thread() -> bool {
    OWN.get()
}

/// Restores the state, also when the work unwinds.
#[derive(Debug)]
pub(super) struct RestoreMuted(bool);

impl Drop for RestoreMuted {
    fn drop(&mut self) {
        MUTED.set(self.0);
    }
}
