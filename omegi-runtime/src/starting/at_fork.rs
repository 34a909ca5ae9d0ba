//! A call in each child that is forked off this process.
//!
//! `pthread_atfork` of POSIX is the only way: std has no such hook. The handler runs in the thread
//! that forked, before `fork` returns. `vfork` and `posix_spawn`, by which `std::process::Command`
//! starts most programs, call no handlers.

#[cfg(unix)]
#[expect(unsafe_code, reason = "std has no way to be called in a forked child")]
mod system {
    use std::ffi::c_int;

    pub(super) type Handler = Option<extern "C" fn()>;

    // SAFETY: POSIX declares it like this, and every Unix with `fork` has it. Any thread may call
    // it at any time. Its arguments must be functions without arguments and result that stay in
    // their place, or null: `Option<fn>` is.
    unsafe extern "C" {
        pub(super) safe fn pthread_atfork(prepare: Handler, parent: Handler, child: Handler) -> c_int;
    }
}

/// Has the system call `handler` in each child that is forked off from now on, and in theirs.
/// Returns whether the system agreed.
///
/// The handler may be called in a signal handler and at any moment of other threads. So it must not
/// take a lock, allocate or unwind.
#[cfg(unix)]
pub(super) fn at_fork(handler: extern "C" fn()) -> bool {
    system::pthread_atfork(None, None, Some(handler)) == 0
}

/// Returns `true`: other systems cannot fork.
#[cfg(not(unix))]
pub(super) fn at_fork(_: extern "C" fn()) -> bool {
    true
}
