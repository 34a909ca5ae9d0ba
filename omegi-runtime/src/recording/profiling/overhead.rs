//! The time that profiling a call takes, in ticks.

use std::sync::atomic::{AtomicI64, Ordering};

static INNER: AtomicI64 = AtomicI64::new(0);
static OUTER: AtomicI64 = AtomicI64::new(0);

/// The overhead of one call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Overhead {
    /// The part between the two readings of the clock.
    pub(crate) inner: i64,
    /// The rest: it falls on the caller.
    pub(crate) outer: i64,
}

/// Returns the overhead; zero until it is measured.
#[inline]
pub(crate) fn get() -> Overhead {
    Overhead { inner: INNER.load(Ordering::Relaxed), outer: OUTER.load(Ordering::Relaxed) }
}

/// Sets the overhead.
pub(super) fn set(overhead: Overhead) {
    INNER.store(overhead.inner, Ordering::Relaxed);
    OUTER.store(overhead.outer, Ordering::Relaxed);
}
