//! The spool: where flows with an error wait on disk when memory is not enough, or the program ends before its backend answers.
//!
//! Each exporter of each process has a [file] of its own in the folder `OMEGI_SPOOL`, `otlp.<pid>.<moment>.spool`, made when it
//! is needed. An exporter that starts takes over the files of its name that no living process holds, and exports them first.

mod codec;
mod crc32;
mod file;

use std::fs;
use std::io;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::collecting::locks::lock_before;
use crate::vocabulary::say::say;
use crate::vocabulary::{Flow, Resource};

pub(crate) use file::RecordPosition;
use file::{Adopted, SpoolFile, SpooledBatch, UNFINISHED};

const EXTENSION: &str = "spool";

/// A lock that is not free in this time is not waited for.
const LOCK_TIMEOUT: Duration = Duration::from_secs(1);

/// So long nothing is written where that has failed, unless there is more room.
const RETRY_PAUSE: Duration = Duration::from_secs(5);

/// The disk space that all exporters of a process share.
#[derive(Debug)]
pub(crate) struct DiskSpace {
    folder: PathBuf,
    limit: u64,
    used: AtomicU64,
}

impl DiskSpace {
    /// So many bytes in this folder.
    pub(crate) fn new(folder: PathBuf, limit: u64) -> Self {
        Self { folder, limit, used: AtomicU64::new(0) }
    }

    fn room(&self) -> u64 {
        self.limit.saturating_sub(self.used.load(Ordering::Relaxed))
    }

    fn changed(&self, before: u64, now: u64) {
        if now >= before {
            self.used.fetch_add(now - before, Ordering::Relaxed);
        } else {
            self.used.fetch_sub(before - now, Ordering::Relaxed);
        }
    }
}

/// The spool of one exporter.
#[derive(Debug)]
pub(crate) struct Spool {
    name: String,
    space: Arc<DiskSpace>,
    files: Mutex<SpoolFiles>,
    /// When flows did not fit, until some do.
    failed_write: Mutex<Option<FailedWrite>>,
    /// How much there is: known without the lock, which is held while something is written.
    waiting: AtomicU64,
    flows: AtomicU64,
    bytes: AtomicU64,
}

/// That flows could not be written.
#[derive(Clone, Copy, Debug)]
struct FailedWrite {
    at: Instant,
    /// How much room there was then.
    room: u64,
}

#[derive(Debug, Default)]
struct SpoolFiles {
    /// Those that are only read: of processes that have ended, oldest first, and such of our own in which is but what is left to
    /// the next start, or that somebody has deleted.
    others: Vec<SpoolFile>,
    /// The one that is written.
    own: Option<SpoolFile>,
    /// How much of the disk space they take.
    used: u64,
    /// Whether it was said that nothing can be written.
    complained: bool,
}

impl SpoolFiles {
    fn all(&self) -> impl Iterator<Item = &SpoolFile> {
        self.others.iter().chain(&self.own)
    }

    /// Where the oldest flows are that are to be read.
    fn oldest(&mut self) -> Option<&mut SpoolFile> {
        self.find(|file| file.waiting() > 0)
    }

    fn find(&mut self, is_it: impl Fn(&SpoolFile) -> bool) -> Option<&mut SpoolFile> {
        self.others.iter_mut().chain(&mut self.own).find(|file| is_it(file))
    }

    /// Parts with files that have done their work.
    fn tidy(&mut self) {
        let (kept, done): (Vec<_>, Vec<_>) =
            mem::take(&mut self.others).into_iter().partition(|file| file.flows() > 0);
        self.others = kept;
        done.into_iter().for_each(SpoolFile::remove);
        // What is written behind what stays would take its room for as long.
        if let Some(own) = self.own.take_if(|own| own.waiting() == 0 && own.flows() > 0) {
            self.others.push(own);
        }
    }
}

/// Flows that were read, and are to be taken out when they are exported.
#[derive(Debug)]
pub(crate) struct Spooled(SpooledBatch);

impl Spooled {
    pub(crate) fn flows(&self) -> &[Flow] {
        &self.0.flows
    }

    /// How many flows beside them cannot be read any more: with them they are done with.
    pub(crate) fn lost(&self) -> u64 {
        self.0.lost()
    }
}

impl Spool {
    /// The spool of the exporter of this name; `nth` tells apart those with the same.
    pub(crate) fn new(exporter: &str, nth: usize, space: Arc<DiskSpace>) -> Self {
        let letters =
            exporter.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' });
        let mut name: String = letters.collect();
        if nth > 0 {
            name = format!("{name}-{}", nth + 1);
        }
        let [waiting, flows, bytes] = [const { AtomicU64::new(0) }; 3];
        Self { name, space, files: Mutex::default(), failed_write: Mutex::default(), waiting, flows, bytes }
    }

    /// Takes over what processes have left that are no more. Returns how many flows were cut off that nothing can be made of.
    ///
    /// Nobody who writes waits for that: large files take long to look through.
    pub(crate) fn adopt(&self) -> u64 {
        self.paths_of_others(UNFINISHED).iter().for_each(|path| file::remove_unfinished(path));
        let mut torn = 0;
        for path in self.paths_of_others(EXTENSION) {
            match SpoolFile::adopt(&path) {
                Ok(Adopted { file, is_torn }) => {
                    torn += u64::from(is_torn);
                    let mut files = self.lock();
                    files.others.extend(file);
                    self.count(&mut files);
                }
                Err(problem) if problem.kind() == io::ErrorKind::NotFound => {}
                Err(problem) => {
                    say(format_args!(
                        "cannot read flows from {} ({problem}): it is left alone",
                        path.display()
                    ));
                }
            }
        }
        torn
    }

    /// Whether another flow may fit, as far as is known without trying: also when some time has passed since one did not, for a
    /// folder may have been mended, and when anybody has made room.
    pub(crate) fn has_room(&self) -> bool {
        let failed_write = *self.failed_write();
        failed_write.is_none_or(|failed_write| {
            failed_write.at.elapsed() >= RETRY_PAUSE || self.space.room() > failed_write.room
        })
    }

    fn failed_write(&self) -> MutexGuard<'_, Option<FailedWrite>> {
        self.failed_write.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is nothing in it that this process is to export.
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) == 0
    }

    /// How many flows are in it, and how many bytes they take.
    pub(crate) fn depth(&self) -> (u64, u64) {
        (self.flows.load(Ordering::Relaxed), self.bytes.load(Ordering::Relaxed))
    }

    /// Writes the first of these flows, as many as there is room for. Returns where they are: nothing where that fails, which is
    /// said once.
    pub(crate) fn append(&self, flows: &[Flow]) -> Vec<RecordPosition> {
        // The end of the program does not wait for a disk that hangs.
        let Some(mut files) = lock_before(&self.files, Instant::now().checked_add(LOCK_TIMEOUT)) else {
            return Vec::new();
        };
        let Some(first) = flows.first() else { return Vec::new() };
        let room = self.space.room();
        let written = self.own(&mut files, &first.resource).and_then(|own| own.append(flows, room));
        self.count(&mut files);
        let fit = written.as_ref().is_ok_and(|written| written.len() == flows.len());
        let room = self.space.room();
        *self.failed_write() = (!fit).then(|| FailedWrite { at: Instant::now(), room });
        written.unwrap_or_else(|problem| {
            if !files.complained {
                files.complained = true;
                let folder = self.space.folder.display();
                say(format_args!("cannot write flows to {folder} ({problem}): set OMEGI_SPOOL to a folder that can be written to"));
            }
            Vec::new()
        })
    }

    /// The oldest flows, until they have `max_spans` spans.
    pub(crate) fn read(&self, max_spans: usize) -> Spooled {
        Spooled(self.lock().oldest().map_or_else(SpooledBatch::default, |file| file.read(max_spans)))
    }

    /// Takes out what was read: nobody else takes anything out meanwhile.
    pub(crate) fn take_out(&self, batch: &Spooled) {
        // A disk that fails here makes these flows come twice after a restart.
        self.part_with(|file| drop(file.take_out(&batch.0)));
    }

    /// Takes out these flows, which are not read yet.
    pub(crate) fn take_out_at(&self, positions: &[RecordPosition]) {
        let mut files = self.lock();
        for position in positions {
            if let Some(file) = files.find(|file| file.has(position)) {
                // As where what was read is taken out.
                let _ = file.take_out_at(position);
            }
        }
        files.tidy();
        self.count(&mut files);
    }

    /// Leaves what was read to the next start.
    pub(crate) fn put_off(&self, batch: &Spooled) {
        self.part_with(|file| drop(file.put_off(&batch.0)));
    }

    /// Parts with what was read.
    fn part_with(&self, part: impl FnOnce(&mut SpoolFile)) {
        let mut files = self.lock();
        files.oldest().map(part);
        files.tidy();
        self.count(&mut files);
    }

    /// This process's own file, made now if there is none yet.
    fn own<'f>(&self, files: &'f mut SpoolFiles, resource: &Arc<Resource>) -> io::Result<&'f mut SpoolFile> {
        files.others.extend(files.own.take_if(|own| own.is_deleted()));
        if files.own.is_none() {
            fs::create_dir_all(&self.space.folder)?;
            let moment = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
            let name = format!("{}.{}.{moment}.{EXTENSION}", self.name, std::process::id());
            files.own = Some(SpoolFile::create(&self.space.folder.join(name), resource)?);
        }
        files.own.as_mut().ok_or_else(|| io::Error::other("there is no file"))
    }

    /// The files of this exporter's name whose names end like this, oldest first.
    fn paths_of_others(&self, extension: &str) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.space.folder).into_iter().flatten().flatten();
        let mut paths: Vec<_> = entries
            .map(|entry| entry.path())
            .filter_map(|path| Some((moment(&path, &self.name, extension)?, path)))
            .collect();
        paths.sort();
        paths.into_iter().map(|(_, path)| path).collect()
    }

    fn count(&self, files: &mut SpoolFiles) {
        let waiting = files.all().map(SpoolFile::waiting).sum();
        let flows = files.all().map(SpoolFile::flows).sum();
        let bytes = files.all().filter(|file| file.flows() > 0).map(SpoolFile::bytes).sum();
        self.waiting.store(waiting, Ordering::Relaxed);
        self.flows.store(flows, Ordering::Relaxed);
        self.bytes.store(bytes, Ordering::Relaxed);
        let used = files.all().map(SpoolFile::bytes).sum();
        self.space.changed(mem::replace(&mut files.used, used), used);
    }

    fn lock(&self) -> MutexGuard<'_, SpoolFiles> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When the file was made, if it is one of the exporter of this name.
fn moment(path: &Path, exporter: &str, extension: &str) -> Option<u128> {
    let name = path.file_name()?.to_str()?;
    let mut parts = name.split('.');
    let is_ours = parts.next()? == exporter && parts.next()?.parse::<u32>().is_ok();
    let moment = parts.next()?.parse().ok()?;
    (is_ours && parts.next()? == extension && parts.next().is_none()).then_some(moment)
}

#[cfg(test)]
mod tests;
