//! The size of requests that the backend takes, as its refusals show it.

use std::time::{Duration, Instant};

/// The largest size, in bytes. By default, gRPC receivers refuse more than 4 MiB.
pub(super) const MAX_BYTES: usize = 2 << 20;

/// The least size after refusals that may be those of a quota, in bytes.
const MIN_BYTES_OF_QUOTA: usize = 64 << 10;

/// The time without a refusal after which requests may be larger again. One of them may then be
/// refused, and is sent twice.
const GROWTH_INTERVAL: Duration = Duration::from_secs(5 * 60);

/// The largest estimated size of a request. Refusals make it smaller, and time larger again: a
/// backend's limit may be raised.
#[derive(Debug)]
pub(super) struct RequestLimit {
    bytes: usize,
    /// The time of the latest change.
    changed: Instant,
}

impl RequestLimit {
    pub(super) fn new() -> Self {
        Self { bytes: MAX_BYTES, changed: Instant::now() }
    }

    /// Returns the size at this time, in bytes.
    pub(super) fn bytes(&mut self, now: Instant) -> usize {
        if self.bytes < MAX_BYTES && now.saturating_duration_since(self.changed) >= GROWTH_INTERVAL {
            self.set(self.bytes * 2, now);
        }
        self.bytes
    }

    /// Notes that a request of this size is too large.
    pub(super) fn note_too_large(&mut self, bytes: usize, now: Instant) {
        self.set(self.bytes.min(bytes / 2), now);
    }

    /// Notes that a request of this size may be too large.
    pub(super) fn note_maybe_too_large(&mut self, bytes: usize, now: Instant) {
        if self.bytes > MIN_BYTES_OF_QUOTA {
            self.set(self.bytes.min((bytes / 2).max(MIN_BYTES_OF_QUOTA)), now);
        }
    }

    fn set(&mut self, bytes: usize, now: Instant) {
        (self.bytes, self.changed) = (bytes.clamp(1, MAX_BYTES), now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_halve_the_size_and_time_doubles_it() {
        let mut limit = RequestLimit::new();
        let now = Instant::now();
        limit.note_too_large(1 << 20, now);
        limit.note_too_large(3 << 20, now);
        assert_eq!(limit.bytes(now), 1 << 19, "a larger request says nothing new");
        assert_eq!(limit.bytes(now + GROWTH_INTERVAL / 2), 1 << 19);
        let sizes: Vec<_> = (1..=4).map(|times| limit.bytes(now + GROWTH_INTERVAL * times)).collect();
        assert_eq!(sizes, [1 << 20, 2 << 20, 2 << 20, 2 << 20]);
    }

    #[test]
    fn a_quota_makes_requests_no_smaller_than_its_bound() {
        let mut limit = RequestLimit::new();
        let now = Instant::now();
        let mut size_after = |bytes| {
            limit.note_maybe_too_large(bytes, now);
            limit.bytes(now)
        };
        assert_eq!([size_after(1 << 20), size_after(10), size_after(1)], [1 << 19, 64 << 10, 64 << 10]);
        limit.note_too_large(1_000, now);
        limit.note_maybe_too_large(100, now);
        assert_eq!(limit.bytes(now), 500);
    }
}
