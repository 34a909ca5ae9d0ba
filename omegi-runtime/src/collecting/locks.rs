//! Locks that are not waited for without end.

use std::sync::{Mutex, MutexGuard, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

/// How often is looked whether a lock is free.
const GLANCE: Duration = Duration::from_micros(100);

/// The lock, if it is free by then.
pub(super) fn lock_before<T>(mutex: &Mutex<T>, deadline: Option<Instant>) -> Option<MutexGuard<'_, T>> {
    loop {
        match mutex.try_lock() {
            Ok(guard) => return Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) if until(deadline).is_zero() => return None,
            Err(TryLockError::WouldBlock) => thread::sleep(GLANCE),
        }
    }
}

/// How long it is until then.
pub(super) fn until(deadline: Option<Instant>) -> Duration {
    deadline.map_or(Duration::MAX, |deadline| deadline.saturating_duration_since(Instant::now()))
}
