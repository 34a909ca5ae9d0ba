//! The disk space of all spools.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// The folder and the disk space that all exporters of a process share.
#[derive(Debug)]
pub(crate) struct DiskSpace {
    folder: PathBuf,
    limit: u64,
    used: AtomicU64,
}

impl DiskSpace {
    /// Shares at most `limit` bytes in `folder`.
    pub(crate) fn new(folder: PathBuf, limit: u64) -> Self {
        Self { folder, limit, used: AtomicU64::new(0) }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the bytes that are left below the limit. The disk may have fewer.
    pub(super) fn room(&self) -> u64 {
        self.limit.saturating_sub(self.used.load(Ordering::Relaxed))
    }

    /// Notes that a user of the space takes `now` bytes instead of `before`.
    pub(super) fn note_change(&self, before: u64, now: u64) {
        if now >= before {
            self.used.fetch_add(now - before, Ordering::Relaxed);
        } else {
            self.used.fetch_sub(before - now, Ordering::Relaxed);
        }
    }
}
