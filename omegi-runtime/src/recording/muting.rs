//! omegi at work: nothing that it calls on the user's threads is recorded.

use std::cell::Cell;

thread_local! {
    static MUTED: Cell<bool> = const { Cell::new(false) };
    /// Whether the thread is omegi's own.
    static OWN: Cell<bool> = const { Cell::new(false) };
}

/// Whether nothing that this thread calls is to be recorded, because omegi itself is at work.
pub(crate) fn is_muted() -> bool {
    MUTED.get()
}

/// Does omegi's own `work`: no call in it begins a flow.
pub(crate) fn quietly<R>(work: impl FnOnce() -> R) -> R {
    let _restored = RestoreMuted(MUTED.replace(true));
    work()
}

/// Does what is asked of omegi from outside in the midst of its own work, because that will not go on.
pub(crate) fn aloud<R>(work: impl FnOnce() -> R) -> R {
    let _restored = RestoreMuted(MUTED.replace(false));
    work()
}

/// Mutes this thread for good: it is omegi's own.
pub(crate) fn mute_thread() {
    MUTED.set(true);
    OWN.set(true);
}

/// Whether this thread is omegi's own, and exports what others wait for.
pub(crate) fn is_own_thread() -> bool {
    OWN.get()
}

/// Puts back what it was, also when the work unwinds.
struct RestoreMuted(bool);

impl Drop for RestoreMuted {
    fn drop(&mut self) {
        MUTED.set(self.0);
    }
}
