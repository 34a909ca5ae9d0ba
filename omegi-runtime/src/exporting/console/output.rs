//! A stream or a file that takes a bounded number of bytes.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write};
use std::path::Path;

/// The output of the console exporter.
pub(super) struct LimitedOutput {
    stream: Box<dyn Write + Send>,
    /// The same file, to read its end and its size: other processes write to it too.
    shared: Option<File>,
    /// The largest number of bytes; `None` is no limit.
    pub(super) limit: Option<u64>,
    /// The bytes that this process has written.
    bytes: u64,
}

impl LimitedOutput {
    pub(super) fn to(stream: Box<dyn Write + Send>) -> Self {
        Self { stream, shared: None, limit: None, bytes: 0 }
    }

    /// Returns the output to the end of the file at `path`.
    pub(super) fn to_file(file: File, path: &Path) -> Self {
        // A pipe or a terminal has no size, and opening it may block.
        let is_file = file.metadata().is_ok_and(|metadata| metadata.is_file());
        let shared = if is_file { File::open(path).ok() } else { None };
        Self { shared, ..Self::to(Box::new(file)) }
    }

    /// Writes a text in one piece, if there is room for it. Returns whether there was.
    pub(super) fn write(&mut self, text: &str) -> io::Result<bool> {
        let size = match &self.shared {
            Some(shared) => shared.metadata()?.len(),
            None => self.bytes,
        };
        let has_room = self.limit.is_none_or(|limit| size.saturating_add(text.len() as u64) <= limit);
        if has_room {
            self.write_anyway(text)?;
        }
        Ok(has_room)
    }

    /// Writes a line in one piece, unless another process has written it at the end of the file.
    pub(super) fn write_once(&mut self, line: &str) -> io::Result<()> {
        let is_there = self.shared.as_mut().is_some_and(|file| ends_with(file, line).unwrap_or(false));
        if is_there { Ok(()) } else { self.write_anyway(line) }
    }

    /// Writes a text in one piece.
    fn write_anyway(&mut self, text: &str) -> io::Result<()> {
        // A process that was killed, or a full disk, may have left a line without an end.
        let is_torn = self.shared.as_mut().is_some_and(|file| !ends_with_a_line(file).unwrap_or(true));
        let whole = if is_torn { format!("\n{text}") } else { String::new() };
        self.stream.write_all(if is_torn { whole.as_bytes() } else { text.as_bytes() })?;
        self.bytes += text.len() as u64;
        self.stream.flush()
    }
}

/// Returns whether the file is empty, or its last line has an end.
fn ends_with_a_line(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    ends_with(file, "\n")
}

fn ends_with(file: &mut File, text: &str) -> io::Result<bool> {
    let Some(start) = file.metadata()?.len().checked_sub(text.len() as u64) else { return Ok(false) };
    file.seek(SeekFrom::Start(start))?;
    let mut end = vec![0; text.len()];
    file.read_exact(&mut end)?;
    Ok(end == text.as_bytes())
}
