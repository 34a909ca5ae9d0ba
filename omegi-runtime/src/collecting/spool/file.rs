//! One file of the spool: a header, the resource, and a flow after the other.
//!
//! ```text
//! "omegispl"  version u32                            the header; numbers are little-endian
//! length u32  CRC-32 u32  bytes                      the resource
//! length u32  CRC-32 u32  bytes                      a flow
//! …
//! ```
//!
//! Flows are appended; of one that has been exported the highest bit of its length is set. A length that passes the end is that
//! of a file whose process was killed: it and what follows is cut off. Whoever reads or writes a file holds its lock, which the
//! system gives back when a process ends, however that is.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::vocabulary::{Flow, Resource};

use super::codec;
use super::crc32::crc32;

const MAGIC: &[u8; 8] = b"omegispl";
const VERSION: u32 = 2;

/// What precedes the bytes of a record.
const FRAME: u64 = 8;

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

/// Where a flow is on disk.
#[derive(Debug)]
pub(crate) struct Place {
    /// The number of the file.
    file: u64,
    at: u64,
}

/// Flows that were read, and not taken out yet.
#[derive(Debug)]
pub(super) struct Chunk {
    pub(super) flows: Vec<Flow>,
    /// Where their records are, and those that are none of ours: they are passed over.
    records: Vec<u64>,
    end: u64,
}

impl Chunk {
    /// Of a spool in which there is nothing.
    pub(super) const fn empty() -> Self {
        Self { flows: Vec::new(), records: Vec::new(), end: 0 }
    }
}

impl SpoolFile {
    /// A new file at `path`.
    ///
    /// # Errors
    ///
    /// The system's, also where it has no locks for files of this folder.
    pub(super) fn create(path: &Path, resource: &Arc<Resource>) -> io::Result<Self> {
        // Under a name that nobody looks for until it is locked and has a header.
        let unfinished = path.with_extension("new");
        let mut file = private(File::options().read(true).write(true).create_new(true)).open(&unfinished)?;
        file.try_lock()?;
        let mut bytes = [MAGIC.as_slice(), &VERSION.to_le_bytes()].concat();
        push_record(&mut bytes, &codec::write_resource(resource));
        let first = bytes.len() as u64;
        file.write_all(&bytes)?;
        fs::rename(&unfinished, path)?;
        let (path, resource) = (path.to_owned(), Arc::clone(resource));
        Ok(Self {
            number: next_number(),
            file,
            path,
            resource,
            first,
            next: first,
            end: first,
            waiting: 0,
            put_off: 0,
        })
    }

    /// The file at `path`, if no other process holds it and there is something in it; what is empty is removed.
    ///
    /// # Errors
    ///
    /// The system's, and that it is no file of ours.
    pub(super) fn adopt(path: &Path) -> io::Result<Option<Self>> {
        let file = File::options().read(true).write(true).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(problem)) => return Err(problem),
        }
        let mut reader = Frames { file: &file, at: 0 };
        let Some(header) = reader.bytes::<12>() else {
            // Whoever held it before has emptied it, or was killed before there was anything in it.
            fs::remove_file(path)?;
            return Ok(None);
        };
        let (magic, version) = header.split_at(MAGIC.len());
        if magic != MAGIC || version != VERSION.to_le_bytes() {
            return Err(io::Error::other("it was not written by this version of omegi"));
        }
        let resource = reader.frame().and_then(|frame| codec::read_resource(&reader.record(&frame)?));
        let first = reader.at;
        let waiting = std::iter::from_fn(|| reader.frame()).filter(|frame| !frame.is_done).count() as u64;
        let end = reader.at;
        let Some(resource) = resource.filter(|_| waiting > 0) else {
            fs::remove_file(path)?;
            return Ok(None);
        };
        file.set_len(end)?;
        let (path, resource) = (path.to_owned(), Arc::new(resource));
        Ok(Some(Self {
            number: next_number(),
            file,
            path,
            resource,
            first,
            next: first,
            end,
            waiting,
            put_off: 0,
        }))
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
    pub(super) fn append(&mut self, flows: &[Flow], room: u64) -> io::Result<Vec<Place>> {
        let mut bytes = Vec::new();
        let mut places = Vec::new();
        for flow in flows {
            let before = bytes.len();
            push_record(&mut bytes, &codec::write_flow(flow));
            if bytes.len() as u64 > room {
                bytes.truncate(before);
                break;
            }
            places.push(Place { file: self.number, at: self.end + before as u64 });
        }
        self.file.seek(SeekFrom::Start(self.end))?;
        if let Err(problem) = self.file.write_all(&bytes) {
            self.file.set_len(self.end)?;
            return Err(problem);
        }
        self.end += bytes.len() as u64;
        self.waiting += places.len() as u64;
        Ok(places)
    }

    /// The next flows, until they have `max_spans` spans. They stay until they are [taken out](Self::take_out).
    pub(super) fn read(&self, max_spans: usize) -> Chunk {
        let mut reader = Frames { file: &self.file, at: self.next };
        let mut chunk = Chunk { flows: Vec::new(), records: Vec::new(), end: self.end };
        let mut spans = 0;
        while spans < max_spans
            && reader.at < self.end
            && let Some(frame) = reader.frame()
        {
            chunk.end = reader.at;
            if frame.is_done {
                continue;
            }
            chunk.records.push(frame.at);
            if let Some(flow) =
                reader.record(&frame).and_then(|bytes| codec::read_flow(&bytes, &self.resource))
            {
                spans += flow.spans.len();
                chunk.flows.push(flow);
            }
        }
        chunk
    }

    /// Takes out what was read. Nothing is there twice, unless the process is killed right now.
    ///
    /// # Errors
    ///
    /// The system's.
    pub(super) fn take_out(&mut self, chunk: &Chunk) -> io::Result<()> {
        self.pass(chunk);
        chunk.records.iter().try_for_each(|at| self.mark_done(*at))?;
        self.empty_if_done()
    }

    /// Whether this flow is here.
    pub(super) fn has(&self, place: &Place) -> bool {
        place.file == self.number
    }

    /// Takes out a flow that is here and was not read yet.
    ///
    /// # Errors
    ///
    /// The system's.
    pub(super) fn take_out_at(&mut self, place: &Place) -> io::Result<()> {
        self.waiting = self.waiting.saturating_sub(1);
        self.mark_done(place.at)?;
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
    pub(super) fn put_off(&mut self, chunk: &Chunk) {
        self.pass(chunk);
        self.put_off += chunk.records.len() as u64;
    }

    fn pass(&mut self, chunk: &Chunk) {
        self.next = chunk.end;
        self.waiting = self.waiting.saturating_sub(chunk.records.len() as u64);
        if self.next == self.end {
            self.waiting = 0;
        }
    }

    fn mark_done(&mut self, at: u64) -> io::Result<()> {
        let Some(frame) = (Frames { file: &self.file, at }).frame() else { return Ok(()) };
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
struct Frames<'a> {
    file: &'a File,
    at: u64,
}

impl Frames<'_> {
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
        (u64::from(length) <= left).then_some(Frame { at, length, sum, is_done })
    }

    /// The bytes of this record, if they are what was written.
    fn record(&self, frame: &Frame) -> Option<Vec<u8>> {
        let mut bytes = vec![0; frame.length as usize];
        Frames { file: self.file, at: frame.at + FRAME }.fill(&mut bytes)?;
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
    // A flow has fewer than 2^31 bytes: that is more than OMEGI_MEMORY can sensibly be.
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX) & !DONE;
    out.reserve(bytes.len() + FRAME as usize);
    out.extend(length.to_le_bytes());
    out.extend(crc32(bytes).to_le_bytes());
    out.extend(bytes);
}

/// Of what a program did, others on the machine need not know.
fn private(options: &mut fs::OpenOptions) -> &mut fs::OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}
