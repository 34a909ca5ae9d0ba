//! The locks of data that threads share: those of std, or those of `loom`, which tries every order
//! of threads.

#[cfg(omegi_loom)]
pub(crate) use loom::sync::{Mutex, MutexGuard};
#[cfg(not(omegi_loom))]
pub(crate) use std::sync::{Mutex, MutexGuard};

pub(crate) use std::sync::PoisonError;

use std::sync::TryLockError;

/// The attempts to lock without a pause.
const SPINS: u32 = 100;

/// The attempts to lock with a pause between them: a second together.
const PAUSES: u32 = 10_000;

/// Locks a mutex that others hold for a moment only. `None` if one holds it for a second: the
/// program must not wait for code of its own that the holder calls.
pub(crate) fn lock_soon<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    soon(|| mutex.try_lock())
}

/// Does the same with a mutex in a static, which is always one of std.
pub(crate) fn lock_static_soon<T>(
    mutex: &'static std::sync::Mutex<T>,
) -> Option<std::sync::MutexGuard<'static, T>> {
    soon(|| mutex.try_lock())
}

fn soon<G>(try_lock: impl Fn() -> Result<G, TryLockError<G>>) -> Option<G> {
    for attempt in 0..SPINS + PAUSES {
        match try_lock() {
            Ok(guard) => return Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => pause(attempt),
        }
    }
    None
}

#[cfg(not(omegi_loom))]
fn pause(attempt: u32) {
    if attempt < SPINS {
        std::hint::spin_loop();
    } else {
        std::thread::sleep(std::time::Duration::from_micros(100));
    }
}

#[cfg(omegi_loom)]
fn pause(_: u32) {
    loom::thread::yield_now();
}
