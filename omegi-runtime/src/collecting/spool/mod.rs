//! The spool: flows with an error on disk, when the backend is late with them, memory runs out or
//! the program ends before its backend answers.
//!
//! Each exporter of each process has a file of its own in the folder `OMEGI_SPOOL`,
//! `otlp.<pid>.<moment>.spool`, made when the first flow is written. An exporter that starts adopts
//! the files of its name that no living process holds, and exports them first.

mod batch;
mod codec;
mod crc32;
mod disk_space;
mod file;
mod files;
mod frames;
mod reading;

use std::fs;
use std::io;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::vocabulary::Flow;
use crate::vocabulary::say::say;

use super::locks::lock_within;
use file::{AdoptedFile, SpoolFile, UNFINISHED};
use files::SpoolFiles;

pub(crate) use batch::SpooledBatch;
pub(crate) use disk_space::DiskSpace;
pub(crate) use file::RecordPosition;
pub use reading::read_spool_file;

/// The extension of the spool's files.
const EXTENSION: &str = "spool";

/// The longest wait for the lock: the end of the program does not wait for a disk that hangs.
const LOCK_TIMEOUT: Duration = Duration::from_secs(1);

/// The pause before the next attempt to write after a failed one, unless disk space becomes free.
const RETRY_PAUSE: Duration = Duration::from_secs(5);

/// The spool of one exporter.
#[derive(Debug)]
pub(crate) struct Spool {
    name: String,
    space: Arc<DiskSpace>,
    files: Mutex<SpoolFiles>,
    /// The latest failure to write a flow, until the next success.
    failed_write: Mutex<Option<FailedWrite>>,
    /// The number of flows to export, of all flows, and of bytes.
    ///
    /// They are read without the lock, which is held while the disk is busy.
    waiting: AtomicU64,
    flows: AtomicU64,
    bytes: AtomicU64,
}

/// A failure to write flows.
#[derive(Clone, Copy, Debug)]
struct FailedWrite {
    at: Instant,
    /// The free disk space at that time.
    room: u64,
}

impl Spool {
    /// The spool of the exporter with this name; `nth` distinguishes exporters of the same name.
    pub(crate) fn new(exporter: &str, nth: usize, space: Arc<DiskSpace>) -> Self {
        let letters =
            exporter.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' });
        let mut name: String = letters.collect();
        if nth > 0 {
            name = format!("{name}-{}", nth + 1);
        }
        let [waiting, flows, bytes] = [const { AtomicU64::new(0) }; 3];
        let (files, failed_write) = (Mutex::default(), Mutex::default());
        Self { name, space, files, failed_write, waiting, flows, bytes }
    }

    /// Adopts the files of processes that have ended. Returns the number of flows that were cut
    /// off.
    ///
    /// A large file takes long to examine; threads that write do not wait for that.
    pub(crate) fn adopt(&self) -> u64 {
        self.paths_of_others(UNFINISHED).iter().for_each(|path| file::remove_unfinished(path));
        let mut torn = 0;
        for path in self.paths_of_others(EXTENSION) {
            match SpoolFile::adopt(&path) {
                Ok(AdoptedFile { file, is_torn }) => {
                    torn += u64::from(is_torn);
                    let mut files = self.lock();
                    files.others.extend(file);
                    self.count(&mut files);
                }
                Err(problem) if problem.kind() == io::ErrorKind::NotFound => {}
                Err(problem) => {
                    let path = path.display();
                    say(format_args!("cannot read flows from {path}: {problem}; the file is left alone"));
                }
            }
        }
        torn
    }

    /// The files of this exporter's name with this extension, oldest first.
    fn paths_of_others(&self, extension: &str) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.space.folder()).into_iter().flatten().flatten();
        let mut paths: Vec<_> = entries
            .map(|entry| entry.path())
            .filter_map(|path| Some((moment(&path, &self.name, extension)?, path)))
            .collect();
        paths.sort();
        paths.into_iter().map(|(_, path)| path).collect()
    }

    /// Closes the files of the process that this one was forked off: its lock of them would stay
    /// until both have ended. Leaves them open if a thread of that process was at work on them.
    pub(crate) fn close_inherited(&self) {
        if let Ok(mut files) = self.files.try_lock() {
            drop(mem::take(&mut *files));
        }
    }

    /// Returns whether another flow may fit, as far as is known without an attempt.
    ///
    /// After a failure this holds when disk space has become free, or when a folder may have been
    /// repaired.
    pub(crate) fn has_room(&self) -> bool {
        let failed = *self.failed_write();
        failed.is_none_or(|failed| failed.at.elapsed() >= RETRY_PAUSE || self.space.room() > failed.room)
    }

    fn failed_write(&self) -> MutexGuard<'_, Option<FailedWrite>> {
        self.failed_write.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns whether it has no flow for this process to export.
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) == 0
    }

    /// The number of its flows, and their size in bytes.
    pub(crate) fn depth(&self) -> (u64, u64) {
        (self.flows.load(Ordering::Relaxed), self.bytes.load(Ordering::Relaxed))
    }

    /// Writes flows until one does not fit. Returns the positions of those that fit.
    ///
    /// There are none when the write fails, which is reported once.
    pub(crate) fn append(&self, flows: &[Flow]) -> Vec<RecordPosition> {
        let Some(mut files) = lock_within(&self.files, LOCK_TIMEOUT) else { return Vec::new() };
        let Some(first) = flows.first() else { return Vec::new() };
        let room = self.space.room();
        let own = files.own(self.space.folder(), || self.new_file_name(), &first.resource);
        let written = own.and_then(|own| own.append(flows, room));
        self.count(&mut files);
        let all_fit = written.as_ref().is_ok_and(|written| written.len() == flows.len());
        let room = self.space.room();
        *self.failed_write() = (!all_fit).then(|| FailedWrite { at: Instant::now(), room });
        written.unwrap_or_else(|problem| {
            if !mem::replace(&mut files.has_reported, true) {
                let folder = self.space.folder().display();
                say(format_args!(
                    "cannot write flows to {folder}: {problem}; set OMEGI_SPOOL to a folder that can be \
                     written to"
                ));
            }
            Vec::new()
        })
    }

    fn new_file_name(&self) -> String {
        let moment = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        format!("{}.{}.{moment}.{EXTENSION}", self.name, std::process::id())
    }

    /// Reads the oldest flows, about `max_export_batch` spans.
    pub(crate) fn read(&self, max_export_batch: usize) -> SpooledBatch {
        self.lock().oldest().map_or_else(SpooledBatch::default, |file| file.read(max_export_batch))
    }

    /// Takes out the flows of the latest [`read`](Self::read). Only one thread reads and takes out.
    pub(crate) fn take_out(&self, batch: &SpooledBatch) {
        // If the disk fails here, these flows come twice after a restart.
        self.update_oldest(|file| drop(file.take_out(batch)));
    }

    /// Leaves the flows of the latest [`read`](Self::read) for the next start.
    pub(crate) fn put_off(&self, batch: &SpooledBatch) {
        self.update_oldest(|file| drop(file.put_off(batch)));
    }

    fn update_oldest(&self, update: impl FnOnce(&mut SpoolFile)) {
        let mut files = self.lock();
        files.oldest().map(update);
        files.tidy();
        self.count(&mut files);
    }

    /// Takes out flows that were not read yet.
    pub(crate) fn take_out_at(&self, positions: &[RecordPosition]) {
        let mut files = self.lock();
        for position in positions {
            if let Some(file) = files.find(|file| file.has(position)) {
                // As in `take_out`.
                let _ = file.take_out_at(position);
            }
        }
        files.tidy();
        self.count(&mut files);
    }

    fn count(&self, files: &mut SpoolFiles) {
        let waiting = files.iter().map(SpoolFile::waiting).sum();
        let flows = files.iter().map(SpoolFile::flows).sum();
        let bytes = files.iter().filter(|file| file.flows() > 0).map(SpoolFile::bytes).sum();
        self.waiting.store(waiting, Ordering::Relaxed);
        self.flows.store(flows, Ordering::Relaxed);
        self.bytes.store(bytes, Ordering::Relaxed);
        let used = files.iter().map(SpoolFile::bytes).sum();
        self.space.note_change(mem::replace(&mut files.used, used), used);
    }

    fn lock(&self) -> MutexGuard<'_, SpoolFiles> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The moment in a file's name, if it is a file of the exporter with this name.
fn moment(path: &Path, exporter: &str, extension: &str) -> Option<u128> {
    let name = path.file_name()?.to_str()?;
    let mut parts = name.split('.');
    let is_ours = parts.next()? == exporter && parts.next()?.parse::<u32>().is_ok();
    let moment = parts.next()?.parse().ok()?;
    (is_ours && parts.next()? == extension && parts.next().is_none()).then_some(moment)
}

#[cfg(test)]
mod tests;
