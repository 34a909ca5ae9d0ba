//! A file that several processes append lines to, and that is rotated when it is full.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::mem;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::settings::{FileConfig, FileSync};
use crate::vocabulary::{file_lock, private_files};

/// The interval after which a line that another process is writing has grown.
const GROWTH_INTERVAL: Duration = Duration::from_millis(5);

/// The open file.
pub(super) struct LogFile<'c> {
    config: &'c FileConfig,
    file: File,
    /// The size, as known to this process.
    size: u64,
    /// True if the last line has no end.
    torn: bool,
}

impl<'c> LogFile<'c> {
    /// Opens the file, or makes it.
    pub(super) fn open(config: &'c FileConfig) -> io::Result<Self> {
        Self::open_with(private_files::options(), config)
    }

    /// Opens the file, or makes it with these options.
    fn open_with(mut options: OpenOptions, config: &'c FileConfig) -> io::Result<Self> {
        let mut file = options.read(true).append(true).create(true).open(&config.path)?;
        let metadata = file.metadata()?;
        // A pipe or a terminal has no end to read, and cannot be renamed.
        let size = if metadata.is_file() { metadata.len() } else { 0 };
        let torn = size > 0 && is_torn(&mut file, || thread::sleep(GROWTH_INTERVAL))?;
        Ok(Self { config, file, size, torn })
    }

    /// Appends a line, line break included, in one piece.
    pub(super) fn append(&mut self, line: &[u8]) -> io::Result<()> {
        let length = line.len() as u64;
        if self.config.max_bytes.is_some_and(|max| self.size > 0 && self.size.saturating_add(length) > max) {
            self.rotate(length)?;
        }
        if self.torn {
            self.file.write_all(b"\n")?;
            self.torn = false;
        }
        self.file.write_all(line)?;
        self.size += length;
        Ok(())
    }

    /// Syncs the file, if the configuration asks for it.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        match self.config.sync {
            FileSync::Never => Ok(()),
            FileSync::Batch => self.file.sync_data(),
        }
    }

    /// Renames the file and continues in an empty one with its rights, unless another process has
    /// done so.
    fn rotate(&mut self, room: u64) -> io::Result<()> {
        self.finish()?;
        // Only one process rotates at a time. The lock is on a file of its own, because the others
        // are renamed. Where the system has no locks, a process that is alone needs none.
        let options = private_files::options_like(&self.file)?;
        let lock = options.clone().append(true).create(true).open(with_ending(&self.config.path, "lock"))?;
        let _ = file_lock::lock(&lock);
        let size = fs::metadata(&self.config.path).map_or(0, |metadata| metadata.len());
        let is_full = size > 0 && size.saturating_add(room) > self.config.max_bytes.unwrap_or(u64::MAX);
        let shifted = if is_full { shift(self.config) } else { Ok(()) };
        // A process that was forked off meanwhile has the file open too, and would keep the lock.
        let _ = file_lock::unlock(&lock);
        shifted?;
        *self = Self::open_with(options, self.config)?;
        Ok(())
    }
}

/// Renames `a.2` to `a.3`, `a.1` to `a.2`, and `a` to `a.1`. Removes the last file beyond the
/// limit.
fn shift(config: &FileConfig) -> io::Result<()> {
    let aside = config.max_files.max(1) - 1;
    if aside == 0 {
        return fs::remove_file(&config.path);
    }
    for nth in (1..aside).rev() {
        move_away(&numbered(&config.path, nth), &numbered(&config.path, nth + 1))?;
    }
    move_away(&config.path, &numbered(&config.path, 1))
}

/// Renames a file over another. Succeeds if the file does not exist.
fn move_away(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// `flows.jsonl.1`.
fn numbered(path: &Path, number: usize) -> PathBuf {
    with_ending(path, &number.to_string())
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

/// Returns whether the last line has no end.
///
/// Another process may be writing it. The file is examined again until it has
/// not grown during `wait`.
fn is_torn(file: &mut File, mut wait: impl FnMut()) -> io::Result<bool> {
    let mut size = file.metadata()?.len();
    while last_byte(file)? != b'\n' {
        wait();
        let before = mem::replace(&mut size, file.metadata()?.len());
        if size == before {
            return Ok(true);
        }
    }
    Ok(false)
}

fn last_byte(file: &mut File) -> io::Result<u8> {
    let mut byte = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut byte)?;
    Ok(byte[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_another_process_is_writing_is_not_torn() {
        let path = std::env::temp_dir().join(format!("omegi-half-a-line-{}", std::process::id()));
        let _ = fs::remove_file(&path);
        let mut other = File::options().append(true).create(true).open(&path).unwrap();
        let mut file = File::open(&path).unwrap();
        other.write_all(b"{").unwrap();
        let mut rest = [b'a', b'b', b'}', b'\n'].iter();
        let write_on = || rest.next().into_iter().for_each(|byte| other.write_all(&[*byte]).unwrap());
        assert!(!is_torn(&mut file, write_on).unwrap());
        other.write_all(b"{").unwrap();
        assert!(is_torn(&mut file, || ()).unwrap());
        fs::remove_file(&path).unwrap();
    }
}
