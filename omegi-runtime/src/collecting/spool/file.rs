//! One file of the spool: a header, the resource, and a flow after the other.
//!
//! ```text
//! "omegispl"  version u32                            the header; numbers are little-endian
//! length u32  CRC-32 u32  bytes                      the resource
//! length u32  CRC-32 u32  bytes                      a flow
//! …
//! ```
//!
//! Flows are appended; of one that is done with the highest bit of its length is set. A length that passes the end is that
//! of a file whose process was killed: it and what follows is cut off, as where it is that of no record. A record whose sum is wrong
//! costs itself alone. Whoever reads or writes a file holds its lock, which the
//! system gives back when a process ends, however that is.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::vocabulary::say::say_lost;
use crate::vocabulary::{Flow, Resource};

use super::codec;
use super::crc32::crc32;

const MAGIC: &[u8; 8] = b"omegispl";
const VERSION: u32 = 2;

/// How the name of a file ends that is not begun yet.
pub(super) const UNFINISHED: &str = "new";

/// One that is younger may be begun just now.
const UNFINISHED_AGE: Duration = Duration::from_secs(60);

/// What precedes the bytes of a record.
const FRAME: u64 = 8;

/// The longest record: more than a flow within OMEGI_MEMORY takes, and little enough to be read by anybody.
const MAX_RECORD_BYTES: u32 = 1 << 28;

/// Set in the length of a record that is done with.
const DONE: u32 = 1 << 31;

/// A file of the spool that this process holds.
#[derive(Debug)]
pub(super) struct SpoolFile {
    /// Tells it from others of this process.
    number: u64,
    file: File,
    path: PathBuf,
    resource: Arc<Resource>,
    /// Where the first flow begins.
    first: u64,
    /// Where the next one to be read does.
    next: u64,
    end: u64,
    /// How many wait from there.
    waiting: u64,
    /// How many before it wait for the next start.
    put_off: u64,
}

/// What was found where a file of the spool was.
#[derive(Debug, Default)]
pub(super) struct Adopted {
    /// The file, if it is no other process's and there is something in it.
    pub(super) file: Option<SpoolFile>,
    /// Whether something was cut off of which no flow can be made.
    pub(super) is_torn: bool,
}

/// Where a flow is on disk.
#[derive(Debug)]
pub(crate) struct RecordPosition {
    /// The number of the file.
    file: u64,
    at: u64,
}

/// Flows that were read, and not taken out yet.
#[derive(Debug, Default)]
pub(super) struct SpooledBatch {
    pub(super) flows: Vec<Flow>,
    /// Where their records are.
    records: Vec<u64>,
    /// Where those are that cannot be read.
    damaged: Vec<u64>,
    /// How many more there were of which nothing is left.
    cut_off: u64,
    end: u64,
}

impl SpooledBatch {
    /// How many flows cannot be read.
    pub(super) fn lost(&self) -> u64 {
        self.damaged.len() as u64 + self.cut_off
    }

    /// How many records were there.
    fn seen(&self) -> u64 {
        (self.records.len() + self.damaged.len()) as u64
    }
}

impl SpoolFile {
    /// A new file at `path`.
    ///
    /// # Errors
    ///
    /// The system's, also where it has no locks for files of this folder.
    pub(super) fn create(path: &Path, resource: &Arc<Resource>) -> io::Result<Self> {
        // Under a name that nobody takes for finished until it is locked and has a header.
        let unfinished = path.with_extension(UNFINISHED);
        let file = private(File::options().read(true).write(true).create_new(true)).open(&unfinished)?;
        let created = Self::begin(file, path, &unfinished, resource);
        created.inspect_err(|_| drop(fs::remove_file(&unfinished)))
    }

    fn begin(mut file: File, path: &Path, unfinished: &Path, resource: &Arc<Resource>) -> io::Result<Self> {
        file.try_lock()?;
        let mut bytes = [MAGIC.as_slice(), &VERSION.to_le_bytes()].concat();
        push_record(&mut bytes, &codec::write_resource(resource));
        let first = bytes.len() as u64;
        file.write_all(&bytes)?;
        fs::rename(unfinished, path)?;
        let (number, path, resource) = (next_number(), path.to_owned(), Arc::clone(resource));
        Ok(Self { number, file, path, resource, first, next: first, end: first, waiting: 0, put_off: 0 })
    }

    /// The file at `path`, if no other process holds it and there is something in it; what is empty is removed.
    ///
    /// # Errors
    ///
    /// The system's, and that it is no file of ours.
    pub(super) fn adopt(path: &Path) -> io::Result<Adopted> {
        let file = File::options().read(true).write(true).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(Adopted::default()),
            Err(TryLockError::Error(problem)) => return Err(problem),
        }
        let mut reader = FrameReader { file: &file, at: 0 };
        let Some(header) = reader.bytes::<12>() else {
            // Whoever held it before has emptied it, or was killed before there was anything in it.
            fs::remove_file(path)?;
            return Ok(Adopted::default());
        };
        let (magic, version) = header.split_at(MAGIC.len());
        if magic != MAGIC || version != VERSION.to_le_bytes() {
            return Err(io::Error::other("it was not written by this version of omegi"));
        }
        let resource = reader.frame().map(|frame| reader.record(&frame));
        let first = reader.at;
        let waiting = std::iter::from_fn(|| reader.frame()).filter(|frame| !frame.is_done).count() as u64;
        let end = reader.at;
        let is_torn = file.metadata()?.len() > end;
        let Some(resource) = resource.filter(|_| waiting > 0) else {
            fs::remove_file(path)?;
            return Ok(Adopted { file: None, is_torn });
        };
        file.set_len(end)?;
        let resource = resource.and_then(|bytes| codec::read_resource(&bytes)).unwrap_or_else(|| {
            say_lost(format_args!(
                "{} does not tell any more which program its flows are of",
                path.display()
            ));
            Resource { attributes: Vec::new() }
        });
        let (path, resource) = (path.to_owned(), Arc::new(resource));
        let file = Self {
            number: next_number(),
            file,
            path,
            resource,
            first,
            next: first,
            end,
            waiting,
            put_off: 0,
        };
        Ok(Adopted { file: Some(file), is_torn })
    }

    /// Whether somebody has deleted it: what is written to it then, nobody finds.
    pub(super) fn is_deleted(&self) -> bool {
        #[cfg(unix)]
        return self.file.metadata().is_ok_and(|data| std::os::unix::fs::MetadataExt::nlink(&data) == 0);
        #[cfg(not(unix))]
        return !self.path.exists();
    }

    /// How many flows are in it that are still to be read.
    pub(super) fn waiting(&self) -> u64 {
        self.waiting
    }

    /// How many flows are in it.
    pub(super) fn flows(&self) -> u64 {
        self.waiting + self.put_off
    }

    /// How many bytes it takes on the disk.
    pub(super) fn bytes(&self) -> u64 {
        self.end
    }

    /// Appends flows, as they come, while there is `room` for them. Returns where they are.
    ///
    /// # Errors
    ///
    /// The system's; then the file is as it was.
    pub(super) fn append(&mut self, flows: &[Flow], room: u64) -> io::Result<Vec<RecordPosition>> {
        let mut bytes = Vec::new();
        let mut positions = Vec::new();
        for flow in flows {
            let before = bytes.len();
            let record = codec::write_flow(flow);
            if record.len() > MAX_RECORD_BYTES as usize
                || (before + FRAME as usize + record.len()) as u64 > room
            {
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

    /// The next flows, until they have `max_spans` spans. They stay until they are [taken out](Self::take_out).
    pub(super) fn read(&self, max_spans: usize) -> SpooledBatch {
        let mut reader = FrameReader { file: &self.file, at: self.next };
        let mut batch = SpooledBatch { end: self.next, ..SpooledBatch::default() };
        let mut spans = 0;
        while spans < max_spans && reader.at < self.end {
            let Some(frame) = reader.frame() else {
                // What cannot be read any more, though it could be before, would be read for ever.
                batch.cut_off = self.waiting.saturating_sub(batch.seen());
                batch.end = self.end;
                break;
            };
            batch.end = reader.at;
            if frame.is_done {
                continue;
            }
            let bytes = reader.record(&frame);
            match bytes.and_then(|bytes| codec::read_flow(&bytes, &self.resource)) {
                Some(flow) => {
                    spans += flow.spans.len();
                    batch.flows.push(flow);
                    batch.records.push(frame.at);
                }
                None => {
                    batch.damaged.push(frame.at);
                    // It may have been long: whoever waits for the file comes next.
                    break;
                }
            }
        }
        batch
    }

    /// Takes out what was read. Nothing is there twice, unless the process is killed right now.
    ///
    /// # Errors
    ///
    /// The system's.
    pub(super) fn take_out(&mut self, batch: &SpooledBatch) -> io::Result<()> {
        self.pass(batch)?;
        batch.records.iter().try_for_each(|at| self.mark_done(*at))?;
        self.empty_if_done()
    }

    /// Whether this flow is here.
    pub(super) fn has(&self, position: &RecordPosition) -> bool {
        position.file == self.number
    }

    /// Takes out a flow that is here and was not read yet.
    ///
    /// # Errors
    ///
    /// The system's.
    pub(super) fn take_out_at(&mut self, position: &RecordPosition) -> io::Result<()> {
        self.waiting = self.waiting.saturating_sub(1);
        self.mark_done(position.at)?;
        self.empty_if_done()
    }

    fn empty_if_done(&mut self) -> io::Result<()> {
        if self.flows() > 0 {
            return Ok(());
        }
        (self.next, self.end) = (self.first, self.first);
        self.file.set_len(self.end)
    }

    /// Leaves what was read to the next start.
    ///
    /// # Errors
    ///
    /// The system's.
    pub(super) fn put_off(&mut self, batch: &SpooledBatch) -> io::Result<()> {
        self.put_off += batch.records.len() as u64;
        self.pass(batch)?;
        self.empty_if_done()
    }

    /// Goes on behind what was read. What of it cannot be read is done with.
    fn pass(&mut self, batch: &SpooledBatch) -> io::Result<()> {
        self.next = batch.end;
        self.waiting = self.waiting.saturating_sub(batch.seen() + batch.cut_off);
        batch.damaged.iter().try_for_each(|at| self.mark_done(*at))
    }

    fn mark_done(&mut self, at: u64) -> io::Result<()> {
        let Some(frame) = (FrameReader { file: &self.file, at }).frame() else { return Ok(()) };
        self.file.seek(SeekFrom::Start(at))?;
        self.file.write_all(&(frame.length | DONE).to_le_bytes())
    }

    /// Removes the file. Another process that has opened it meanwhile will find it empty.
    pub(super) fn remove(self) {
        let _ = self.file.set_len(0);
        let _ = fs::remove_file(&self.path);
    }
}

fn next_number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// What precedes the bytes of a record.
struct Frame {
    at: u64,
    length: u32,
    sum: u32,
    is_done: bool,
}

/// Reads records one after the other.
struct FrameReader<'a> {
    file: &'a File,
    at: u64,
}

impl FrameReader<'_> {
    /// The next bytes, if there are as many.
    fn bytes<const N: usize>(&mut self) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Some(bytes)
    }

    /// What is said of the next record, if there is all of it. If not, the place stays what it is.
    fn frame(&mut self) -> Option<Frame> {
        let at = self.at;
        let frame = self.try_frame();
        self.at = frame.as_ref().map_or(at, |frame| at + FRAME + u64::from(frame.length));
        frame
    }

    fn try_frame(&mut self) -> Option<Frame> {
        let at = self.at;
        let word = u32::from_le_bytes(self.bytes()?);
        let sum = u32::from_le_bytes(self.bytes()?);
        let (length, is_done) = (word & !DONE, word & DONE != 0);
        let left = self.file.metadata().ok()?.len().checked_sub(self.at)?;
        let is_record = (1..=MAX_RECORD_BYTES).contains(&length) && u64::from(length) <= left;
        is_record.then_some(Frame { at, length, sum, is_done })
    }

    /// The bytes of this record, if they are what was written.
    fn record(&self, frame: &Frame) -> Option<Vec<u8>> {
        let mut bytes = vec![0; frame.length as usize];
        FrameReader { file: self.file, at: frame.at + FRAME }.fill(&mut bytes)?;
        (crc32(&bytes) == frame.sum).then_some(bytes)
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Option<()> {
        self.file.seek(SeekFrom::Start(self.at)).ok()?;
        self.file.read_exact(bytes).ok()?;
        self.at += bytes.len() as u64;
        Some(())
    }
}

fn push_record(out: &mut Vec<u8>, bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).unwrap_or(MAX_RECORD_BYTES);
    out.reserve(bytes.len() + FRAME as usize);
    out.extend(length.to_le_bytes());
    out.extend(crc32(bytes).to_le_bytes());
    out.extend(bytes);
}

/// Removes the unfinished file at `path`, if no process holds it, nor is about to.
pub(super) fn remove_unfinished(path: &Path) {
    let is_old =
        |file: &File| file.metadata()?.modified().map(|at| at.elapsed().unwrap_or_default() > UNFINISHED_AGE);
    let is_left =
        File::open(path).is_ok_and(|file| is_old(&file).unwrap_or(false) && file.try_lock().is_ok());
    if is_left {
        let _ = fs::remove_file(path);
    }
}

/// Of what a program did, others on the machine need not know.
fn private(options: &mut fs::OpenOptions) -> &mut fs::OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}
