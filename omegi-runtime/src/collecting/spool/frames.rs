//! The records of a file: length, checksum and bytes.
//!
//! ```text
//! length u32  CRC-32 u32  bytes
//! ```
//!
//! Numbers are little-endian. The highest bit of the length marks a record that is done.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};

use super::crc32::crc32;

/// The bytes of a record's length and checksum.
pub(super) const FRAME_BYTES: u64 = 8;

/// The most bytes of a record: more than a flow within OMEGI_MEMORY takes, and few enough to read
/// at once.
pub(super) const MAX_RECORD_BYTES: u32 = 1 << 28;

/// The bit in a record's length that marks it as done.
const DONE: u32 = 1 << 31;

/// The length, checksum and mark of a record.
pub(super) struct Frame {
    /// The offset of the record in its file.
    pub(super) at: u64,
    length: u32,
    checksum: u32,
    pub(super) is_done: bool,
}

/// Reads records one after the other.
pub(super) struct FrameReader<'a> {
    pub(super) file: &'a File,
    /// The offset of the next record.
    pub(super) at: u64,
}

impl FrameReader<'_> {
    /// The next bytes, if there are as many.
    pub(super) fn bytes<const N: usize>(&mut self) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Some(bytes)
    }

    /// The next frame, if all of its record is there. Otherwise the reader does not move.
    pub(super) fn frame(&mut self) -> Option<Frame> {
        let at = self.at;
        let frame = self.try_frame();
        self.at = frame.as_ref().map_or(at, |frame| at + FRAME_BYTES + u64::from(frame.length));
        frame
    }

    fn try_frame(&mut self) -> Option<Frame> {
        let at = self.at;
        let word = u32::from_le_bytes(self.bytes()?);
        let checksum = u32::from_le_bytes(self.bytes()?);
        let (length, is_done) = (word & !DONE, word & DONE != 0);
        let rest = self.file.metadata().ok()?.len().checked_sub(self.at)?;
        let is_record = (1..=MAX_RECORD_BYTES).contains(&length) && u64::from(length) <= rest;
        is_record.then_some(Frame { at, length, checksum, is_done })
    }

    /// The bytes of this record, if their checksum is right.
    pub(super) fn record(&self, frame: &Frame) -> Option<Vec<u8>> {
        let mut bytes = vec![0; frame.length as usize];
        FrameReader { file: self.file, at: frame.at + FRAME_BYTES }.fill(&mut bytes)?;
        (crc32(&bytes) == frame.checksum).then_some(bytes)
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Option<()> {
        self.file.seek(SeekFrom::Start(self.at)).ok()?;
        self.file.read_exact(bytes).ok()?;
        self.at += bytes.len() as u64;
        Some(())
    }
}

/// Appends a record of these bytes to `out`.
pub(super) fn push_record(out: &mut Vec<u8>, bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).unwrap_or(MAX_RECORD_BYTES);
    out.reserve(bytes.len() + FRAME_BYTES as usize);
    out.extend(length.to_le_bytes());
    out.extend(crc32(bytes).to_le_bytes());
    out.extend(bytes);
}

/// Marks the record at this offset as done, if it is there.
///
/// # Errors
///
/// The system's.
pub(super) fn mark_done(mut file: &File, at: u64) -> io::Result<()> {
    let Some(frame) = (FrameReader { file, at }).frame() else { return Ok(()) };
    file.seek(SeekFrom::Start(at))?;
    file.write_all(&(frame.length | DONE).to_le_bytes())
}
