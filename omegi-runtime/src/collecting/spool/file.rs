//! One file of the spool: a header, the resource, and then one flow after the other.
//!
//! ```text
//! "omegispl"  version u32                            the header; numbers are little-endian
//! length u32  CRC-32 u32  bytes                      the resource
//! length u32  CRC-32 u32  bytes                      a flow
//! …
//! ```
//!
//! Flows are appended, and [marked](super::frames) when they are done. The kill of a process may
//! leave a length that reaches beyond the end, or that no record has: that record and everything
//! behind it is cut off. A record with a wrong checksum costs only itself.
//!
//! A process that reads or writes a file holds its lock. The system releases the lock when the
//! process ends.

use std::fs::{self, File};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::vocabulary::say::say_lost;
use crate::vocabulary::{Flow, Resource, file_lock, private_files};

use super::batch::SpooledBatch;
use super::codec;
use super::frames::{FRAME_BYTES, FrameReader, MAX_RECORD_BYTES, mark_done, push_record};

const MAGIC: &[u8; 8] = b"omegispl";
const VERSION: u32 = 2;

/// The bytes of a file's beginning: the name of the format and its version.
pub(super) const HEADER_BYTES: usize = 12;

/// The extension of a file that has no header yet.
pub(super) const UNFINISHED: &str = "new";

/// A younger unfinished file may still get its header.
const UNFINISHED_AGE: Duration = Duration::from_secs(60);

/// A file of the spool whose lock this process holds.
#[derive(Debug)]
pub(super) struct SpoolFile {
    /// Identifies the file within this process.
    number: u64,
    file: File,
    path: PathBuf,
    resource: Arc<Resource>,
    /// The offset of the first flow.
    first: u64,
    /// The offset of the next flow to read.
    next: u64,
    end: u64,
    /// The number of flows from `next` on.
    waiting: u64,
    /// The number of flows before `next`, which wait for the next start.
    put_off: u64,
}

/// The result of an attempt to adopt a file.
#[derive(Debug, Default)]
pub(super) struct AdoptedFile {
    /// The file, if no other process holds it and it has flows.
    pub(super) file: Option<SpoolFile>,
    /// True if bytes at the end were cut off that are no flow.
    pub(super) is_torn: bool,
}

/// The position of a flow on disk.
#[derive(Debug)]
pub(crate) struct RecordPosition {
    /// The number of the file.
    file: u64,
    at: u64,
}

/// Checks that this version of omegi has written a file with this beginning.
pub(super) fn check_header(header: Option<&[u8; HEADER_BYTES]>) -> io::Result<()> {
    let is_ours = header.map(|header| header.split_at(MAGIC.len()))
        == Some((MAGIC.as_slice(), VERSION.to_le_bytes().as_slice()));
    is_ours.then_some(()).ok_or_else(|| io::Error::other("it was not written by this version of omegi"))
}

impl SpoolFile {
    /// Makes a file at `path`.
    ///
    /// # Errors
    ///
    /// The system's, also where it has no locks for files of this folder.
    pub(super) fn create(path: &Path, resource: &Arc<Resource>) -> io::Result<Self> {
        // Until it is locked and has a header, the file has a name that no process adopts.
        let unfinished = path.with_extension(UNFINISHED);
        let file = private_files::options().read(true).write(true).create_new(true).open(&unfinished)?;
        let created = Self::begin(file, path, &unfinished, resource);
        created.inspect_err(|_| drop(fs::remove_file(&unfinished)))
    }

    fn begin(mut file: File, path: &Path, unfinished: &Path, resource: &Arc<Resource>) -> io::Result<Self> {
        if !file_lock::try_lock(&file)? {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let mut bytes = [MAGIC.as_slice(), &VERSION.to_le_bytes()].concat();
        push_record(&mut bytes, &codec::encode_resource(resource));
        file.write_all(&bytes)?;
        fs::rename(unfinished, path)?;
        let first = bytes.len() as u64;
        Ok(Self::new(file, path, Arc::clone(resource), first, first, 0))
    }

    /// A file with `waiting` flows from `first` to `end`.
    fn new(file: File, path: &Path, resource: Arc<Resource>, first: u64, end: u64, waiting: u64) -> Self {
        let (number, path) = (next_number(), path.to_owned());
        Self { number, file, path, resource, first, next: first, end, waiting, put_off: 0 }
    }

    /// Adopts the file at `path`, if no other process holds it and it has flows. Removes it if it
    /// has none.
    ///
    /// # Errors
    ///
    /// The system's, and that this version of omegi has not written the file.
    pub(super) fn adopt(path: &Path) -> io::Result<AdoptedFile> {
        let file = File::options().read(true).write(true).open(path)?;
        if !file_lock::try_lock(&file)? {
            return Ok(AdoptedFile::default());
        }
        let mut reader = FrameReader { file: &file, at: 0 };
        let Some(header) = reader.bytes::<HEADER_BYTES>() else {
            // Another process has emptied the file, or was killed before it wrote the header.
            fs::remove_file(path)?;
            return Ok(AdoptedFile::default());
        };
        check_header(Some(&header))?;
        let resource = reader.frame().map(|frame| reader.record(&frame));
        let first = reader.at;
        let waiting = std::iter::from_fn(|| reader.frame()).filter(|frame| !frame.is_done).count() as u64;
        let end = reader.at;
        let is_torn = file.metadata()?.len() > end;
        let Some(resource) = resource.filter(|_| waiting > 0) else {
            fs::remove_file(path)?;
            return Ok(AdoptedFile { file: None, is_torn });
        };
        file.set_len(end)?;
        let resource = resource.and_then(|bytes| codec::decode_resource(&bytes)).unwrap_or_else(|| {
            let path = path.display();
            say_lost(format_args!(
                "cannot read the resource in {path}: it is damaged; its flows go out without one"
            ));
            Resource { attributes: Vec::new() }
        });
        let file = Self::new(file, path, Arc::new(resource), first, end, waiting);
        Ok(AdoptedFile { file: Some(file), is_torn })
    }

    /// Returns whether another process has deleted the file: no process would find flows that are
    /// written to it now.
    pub(super) fn is_deleted(&self) -> bool {
        #[cfg(unix)]
        return self.file.metadata().is_ok_and(|data| std::os::unix::fs::MetadataExt::nlink(&data) == 0);
        #[cfg(not(unix))]
        return !self.path.exists();
    }

    /// The number of flows that are still to be read.
    pub(super) fn waiting(&self) -> u64 {
        self.waiting
    }

    /// The number of flows.
    pub(super) fn flows(&self) -> u64 {
        self.waiting + self.put_off
    }

    /// The size on disk, in bytes.
    pub(super) fn bytes(&self) -> u64 {
        self.end
    }

    /// Appends flows until one does not fit into `room` bytes. Returns the positions of those that
    /// fit.
    ///
    /// # Errors
    ///
    /// The system's. The file is then unchanged.
    pub(super) fn append(&mut self, flows: &[Flow], room: u64) -> io::Result<Vec<RecordPosition>> {
        let mut bytes = Vec::new();
        let mut positions = Vec::new();
        for flow in flows {
            let before = bytes.len();
            let record = codec::encode_flow(flow);
            let end = (before + FRAME_BYTES as usize + record.len()) as u64;
            if record.len() > MAX_RECORD_BYTES as usize || end > room {
                break;
            }
            push_record(&mut bytes, &record);
            positions.push(RecordPosition { file: self.number, at: self.end + before as u64 });
        }
        self.file.seek(SeekFrom::Start(self.end))?;
        if let Err(problem) = self.file.write_all(&bytes) {
            self.file.set_len(self.end)?;
            return Err(problem);
        }
        self.end += bytes.len() as u64;
        self.waiting += positions.len() as u64;
        Ok(positions)
    }

    /// Reads about `max_export_batch` spans. Their flows stay in the file until they are [taken
    /// out](Self::take_out).
    pub(super) fn read(&self, max_export_batch: usize) -> SpooledBatch {
        let mut reader = FrameReader { file: &self.file, at: self.next };
        let mut batch = SpooledBatch { end: self.next, ..SpooledBatch::default() };
        let mut spans = 0;
        while spans < max_export_batch && reader.at < self.end {
            let Some(frame) = reader.frame() else {
                // Records that are gone now are skipped: otherwise every later read would stop
                // here.
                batch.cut_off = self.waiting.saturating_sub(batch.len());
                batch.end = self.end;
                break;
            };
            batch.end = reader.at;
            if frame.is_done {
                continue;
            }
            let bytes = reader.record(&frame);
            match bytes.and_then(|bytes| codec::decode_flow(&bytes, &self.resource)) {
                Some(flow) => {
                    spans += flow.spans.len();
                    batch.flows.push(flow);
                    batch.records.push(frame.at);
                }
                None => {
                    batch.damaged.push(frame.at);
                    // The record may have been long to read. Threads that wait for the file come
                    // first.
                    break;
                }
            }
        }
        batch
    }

    /// Takes out flows that were read. Only a kill during this call makes flows come twice.
    ///
    /// # Errors
    ///
    /// The system's.
    pub(super) fn take_out(&mut self, batch: &SpooledBatch) -> io::Result<()> {
        self.skip(batch)?;
        batch.records.iter().try_for_each(|at| mark_done(&self.file, *at))?;
        self.truncate_if_done()
    }

    /// Leaves flows that were read for the next start.
    ///
    /// # Errors
    ///
    /// The system's.
    pub(super) fn put_off(&mut self, batch: &SpooledBatch) -> io::Result<()> {
        self.put_off += batch.records.len() as u64;
        self.skip(batch)?;
        self.truncate_if_done()
    }

    /// Moves behind the flows that were read, and marks damaged records as done.
    fn skip(&mut self, batch: &SpooledBatch) -> io::Result<()> {
        self.next = batch.end;
        self.waiting = self.waiting.saturating_sub(batch.len() + batch.cut_off);
        batch.damaged.iter().try_for_each(|at| mark_done(&self.file, *at))
    }

    /// Returns whether the flow at this position is in this file.
    pub(super) fn has(&self, position: &RecordPosition) -> bool {
        position.file == self.number
    }

    /// Takes out a flow of this file that was not read yet.
    ///
    /// # Errors
    ///
    /// The system's.
    pub(super) fn take_out_at(&mut self, position: &RecordPosition) -> io::Result<()> {
        self.waiting = self.waiting.saturating_sub(1);
        mark_done(&self.file, position.at)?;
        self.truncate_if_done()
    }

    fn truncate_if_done(&mut self) -> io::Result<()> {
        if self.flows() > 0 {
            return Ok(());
        }
        (self.next, self.end) = (self.first, self.first);
        self.file.set_len(self.end)
    }

    /// Removes the file. A process that has opened it before finds it empty.
    pub(super) fn remove(self) {
        let _ = self.file.set_len(0);
        let _ = fs::remove_file(&self.path);
    }
}

fn next_number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Removes the unfinished file at `path`, unless a process holds it or may be about to lock it.
pub(super) fn remove_unfinished(path: &Path) {
    let is_old =
        |file: &File| file.metadata()?.modified().map(|at| at.elapsed().unwrap_or_default() > UNFINISHED_AGE);
    let is_abandoned = File::open(path)
        .is_ok_and(|file| is_old(&file).unwrap_or(false) && file_lock::try_lock(&file).unwrap_or(false));
    if is_abandoned {
        let _ = fs::remove_file(path);
    }
}
