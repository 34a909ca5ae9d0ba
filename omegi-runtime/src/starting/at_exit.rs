//! Being called at the end of the process, whichever thread brings that about.
//!
//! C's `atexit` is the only way to hear of it: Rust has no such hook, and thread-local destructors run on the exiting
//! thread alone. Handlers run in that thread, in reverse order of registration, when `main` has returned or `exit` was
//! called; with glibc after its thread-local destructors. All other threads run on meanwhile.
//!
//! In a library that is loaded and unloaded again, the handler belongs to the library and would run at its unloading.
//! That does not happen: glibc keeps a library as long as a thread has thread-local destructors of it, and omegi's worker
//! has, and lives for ever. Until it runs, the thread that started it has one, which waits for it (`exit.rs`).

#[cfg(any(unix, windows))]
#[expect(unsafe_code, reason = "std has no way to be called at the end of the process")]
mod system {
    use std::ffi::c_int;

    // SAFETY: this is how ISO C declares it, and every C library has it. It may be called at any time, from any thread; all
    // that it asks for is a function that takes and returns nothing and stays where it is, and a `fn` does.
    unsafe extern "C" {
        pub(super) safe fn atexit(handler: extern "C" fn()) -> c_int;
    }
}

/// Calls `handler` at the end of the process. Returns whether the system agreed to.
///
/// The handler must not unwind: that would end the program in another way than it wanted to.
#[cfg(any(unix, windows))]
pub(crate) fn at_exit(handler: extern "C" fn()) -> bool {
    system::atexit(handler) == 0
}

/// Systems of which we do not know whether they have a C library: nothing is called.
#[cfg(not(any(unix, windows)))]
pub(crate) fn at_exit(_: extern "C" fn()) -> bool {
    false
}
