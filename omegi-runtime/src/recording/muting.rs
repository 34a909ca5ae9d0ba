//! omegi at work: nothing that it calls on the user's threads is recorded.

use std::cell::Cell;

thread_local! {
    static MUTED: Cell<bool> = const { Cell::new(false) };
}

/// Whether nothing that this thread calls is to be recorded, because omegi itself is at work.
pub(crate) fn is_muted() -> bool {
    MUTED.get()
}

/// Does omegi's own `work`: no call in it begins a flow.
pub(crate) fn quietly<R>(work: impl FnOnce() -> R) -> R {
    let _restored = Restore(MUTED.replace(true));
    work()
}

/// Mutes this thread for good: it is omegi's own.
pub(crate) fn mute_thread() {
    MUTED.set(true);
}

/// Puts back what it was, also when the work unwinds.
struct Restore(bool);

impl Drop for Restore {
    fn drop(&mut self) {
        MUTED.set(self.0);
    }
}
