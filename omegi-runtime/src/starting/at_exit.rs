//! A call at the end of the process, whichever thread ends it.
//!
//! C's `atexit` is the only way: Rust has no such hook, and thread-local destructors run on the
//! exiting thread alone. Handlers run in the thread that returns from `main` or calls `exit`, in
//! reverse order of registration; with glibc after its thread-local destructors. All other threads
//! continue to run.
//!
//! In a library that is loaded and unloaded again, the handler belongs to the library and would run
//! at its unloading. That does not happen: glibc keeps a library as long as a thread has
//! thread-local destructors of it. omegi's worker has some and never ends. Until it runs, the
//! thread that started it has some, and waits for it (`exit.rs`).

#[cfg(any(unix, windows))]
#[expect(unsafe_code, reason = "std has no way to be called at the end of the process")]
mod system {
    use std::ffi::c_int;

    // SAFETY: ISO C declares it like this, and every C library has it. Any thread may call it at
    // any time. Its argument must be a function without arguments and result that stays in its
    // place: a `fn` does.
    unsafe extern "C" {
        pub(super) safe fn atexit(handler: extern "C" fn()) -> c_int;
    }
}

/// Has the system call `handler` at the end of the process. Returns whether the system agreed.
///
/// The handler must not unwind: that would end the program in another way than it intended.
#[cfg(any(unix, windows))]
pub(crate) fn at_exit(handler: extern "C" fn()) -> bool {
    system::atexit(handler) == 0
}

/// Returns `false`: other systems may have no C library, so nothing is called.
#[cfg(not(any(unix, windows)))]
pub(crate) fn at_exit(_: extern "C" fn()) -> bool {
    false
}
