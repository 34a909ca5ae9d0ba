//! One file of the spool: a header, the resource, and a flow after the other.
//!
//! ```text
//! "omegispl"  version u32  0 u32  read-up-to u64     the header; numbers are little-endian
//! length u32  CRC-32 u32  bytes                      the resource
//! length u32  CRC-32 u32  bytes                      a flow
//! …
//! ```
//!
//! Flows are appended, and what has been exported is noted in the header. A record whose length or sum is wrong is the torn
//! end of a file whose process was killed: it and what follows is cut off. Whoever reads or writes a file holds its lock,
//! which the system gives back when a process ends, however that is.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::vocabulary::{Flow, Resource};

use super::codec;
use super::crc32::crc32;

const MAGIC: &[u8; 8] = b"omegispl";
const VERSION: u32 = 1;

/// Where the header says up to where has been read.
const CURSOR: u64 = 16;

/// How long the header is.
const HEADER: u64 = 24;

/// What precedes the bytes of a record.
const FRAME: u64 = 8;

/// A file of the spool that this process holds.
#[derive(Debug)]
pub(super) struct SpoolFile {
    file: File,
    path: PathBuf,
    resource: Arc<Resource>,
    /// Where the first flow begins.
    first: u64,
    /// Where the next one to be read does.
    cursor: u64,
    end: u64,
    /// How many there are from there.
    flows: u64,
}

/// Flows that were read, and not taken out yet.
#[derive(Debug)]
pub(super) struct Chunk {
    pub(super) flows: Vec<Flow>,
    /// How many records they were: one that is none of ours is passed over.
    records: u64,
    end: u64,
}

impl Chunk {
    /// Of a spool in which there is nothing.
    pub(super) const fn empty() -> Self {
        Self { flows: Vec::new(), records: 0, end: 0 }
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
        let mut bytes = [MAGIC.as_slice(), &VERSION.to_le_bytes(), &[0; 12]].concat();
        push_record(&mut bytes, &codec::write_resource(resource));
        let first = bytes.len() as u64;
        bytes[CURSOR as usize..HEADER as usize].copy_from_slice(&first.to_le_bytes());
        file.write_all(&bytes)?;
        fs::rename(&unfinished, path)?;
        let (path, resource) = (path.to_owned(), Arc::clone(resource));
        Ok(Self { file, path, resource, first, cursor: first, end: first, flows: 0 })
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
        let Some(header) = reader.bytes::<{ HEADER as usize }>() else {
            // Whoever held it before has emptied it, or was killed before there was anything in it.
            fs::remove_file(path)?;
            return Ok(None);
        };
        let (magic, version, cursor) = (&header[..8], &header[8..12], &header[CURSOR as usize..]);
        if magic != MAGIC || version != VERSION.to_le_bytes() {
            return Err(io::Error::other("it was not written by this version of omegi"));
        }
        let cursor = u64::from_le_bytes(cursor.try_into().unwrap_or_default());
        let Some(resource) = reader.record().and_then(|bytes| codec::read_resource(&bytes)) else {
            fs::remove_file(path)?;
            return Ok(None);
        };
        let first = reader.at;
        let begins: Vec<u64> = std::iter::from_fn(|| {
            let at = reader.at;
            reader.record().map(|_| at)
        })
        .collect();
        let end = reader.at;
        file.set_len(end)?;
        let is_place = cursor == end || begins.contains(&cursor);
        let cursor = if is_place { cursor } else { first };
        let flows = begins.iter().filter(|begin| **begin >= cursor).count() as u64;
        if flows == 0 {
            fs::remove_file(path)?;
            return Ok(None);
        }
        let resource = Arc::new(resource);
        Ok(Some(Self { file, path: path.to_owned(), resource, first, cursor, end, flows }))
    }

    /// How many flows are in it.
    pub(super) fn flows(&self) -> u64 {
        self.flows
    }

    /// How many bytes it takes on the disk.
    pub(super) fn bytes(&self) -> u64 {
        self.end
    }

    /// Appends flows, as they come, while there is `room` for them. Returns how many.
    ///
    /// # Errors
    ///
    /// The system's; then the file is as it was.
    pub(super) fn append(&mut self, flows: &[Flow], room: u64) -> io::Result<usize> {
        let mut bytes = Vec::new();
        let mut fitting = 0;
        for flow in flows {
            let before = bytes.len();
            push_record(&mut bytes, &codec::write_flow(flow));
            if bytes.len() as u64 > room {
                bytes.truncate(before);
                break;
            }
            fitting += 1;
        }
        self.file.seek(SeekFrom::Start(self.end))?;
        if let Err(problem) = self.file.write_all(&bytes) {
            self.file.set_len(self.end)?;
            return Err(problem);
        }
        self.end += bytes.len() as u64;
        self.flows += fitting as u64;
        Ok(fitting)
    }

    /// The next flows, until they have `max_spans` spans. They stay until they are [taken out](Self::take_out).
    pub(super) fn read(&self, max_spans: usize) -> Chunk {
        let mut reader = Frames { file: &self.file, at: self.cursor };
        let mut chunk = Chunk { flows: Vec::new(), records: 0, end: self.cursor };
        let mut spans = 0;
        while spans < max_spans && reader.at < self.end {
            let Some(bytes) = reader.record() else { break };
            if let Some(flow) = codec::read_flow(&bytes, &self.resource) {
                spans += flow.spans.len();
                chunk.flows.push(flow);
            }
            chunk.records += 1;
        }
        // What cannot be read any more, though it could be before, would be read for ever.
        chunk.end = if chunk.records == 0 { self.end } else { reader.at };
        chunk
    }

    /// Takes out what was read. Nothing is there twice, unless the process is killed right now.
    ///
    /// # Errors
    ///
    /// The system's.
    pub(super) fn take_out(&mut self, chunk: &Chunk) -> io::Result<()> {
        self.cursor = chunk.end;
        self.flows -= chunk.records;
        if self.cursor == self.end {
            self.flows = 0;
            self.cursor = self.first;
            self.end = self.first;
        }
        self.file.seek(SeekFrom::Start(CURSOR))?;
        self.file.write_all(&self.cursor.to_le_bytes())?;
        self.file.set_len(self.end)
    }

    /// Removes the file. Another process that has opened it meanwhile will find it empty.
    pub(super) fn remove(self) {
        let _ = self.file.set_len(0);
        let _ = fs::remove_file(&self.path);
    }
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

    /// The bytes of the next record, if it is whole. If not, the place stays what it is.
    fn record(&mut self) -> Option<Vec<u8>> {
        let begin = self.at;
        let record = self.try_record();
        if record.is_none() {
            self.at = begin;
        }
        record
    }

    fn try_record(&mut self) -> Option<Vec<u8>> {
        let length = u32::from_le_bytes(self.bytes()?);
        let sum = u32::from_le_bytes(self.bytes()?);
        let left = self.file.metadata().ok()?.len().checked_sub(self.at)?;
        if u64::from(length) > left {
            return None;
        }
        let mut bytes = vec![0; length as usize];
        self.fill(&mut bytes)?;
        (crc32(&bytes) == sum).then_some(bytes)
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
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
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
