//! Locks that a thread does not wait for without end.

use std::sync::{Mutex, MutexGuard, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

/// The pause between two attempts to take a lock.
const RETRY_INTERVAL: Duration = Duration::from_micros(100);

/// Locks `mutex`; `None` if that takes longer than `timeout`.
pub(super) fn lock_within<T>(mutex: &Mutex<T>, timeout: Duration) -> Option<MutexGuard<'_, T>> {
    lock_before(mutex, Instant::now().checked_add(timeout))
}

/// Locks `mutex`; `None` if it is not free before `deadline`. Without a deadline it waits for ever.
pub(super) fn lock_before<T>(mutex: &Mutex<T>, deadline: Option<Instant>) -> Option<MutexGuard<'_, T>> {
    loop {
        match mutex.try_lock() {
            Ok(guard) => return Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) if until(deadline).is_zero() => return None,
            Err(TryLockError::WouldBlock) => thread::sleep(RETRY_INTERVAL),
        }
    }
}

/// The time left until `deadline`.
pub(super) fn until(deadline: Option<Instant>) -> Duration {
    deadline.map_or(Duration::MAX, |deadline| deadline.saturating_duration_since(Instant::now()))
}
