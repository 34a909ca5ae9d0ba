//! A file that lines are written to the end of, by several processes at once, and that is put aside when it is full.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::mem;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::settings::{FileConfig, FileSync};

/// A line that is being written grows in less.
const A_WHILE: Duration = Duration::from_millis(5);

/// The file, open.
pub(super) struct LogFile<'c> {
    config: &'c FileConfig,
    file: File,
    /// How large it is, as far as this process knows.
    size: u64,
    /// Whether its last line has no end.
    torn: bool,
}

impl<'c> LogFile<'c> {
    /// Opens the file, or makes it.
    pub(super) fn open(config: &'c FileConfig) -> io::Result<Self> {
        let mut file = File::options().read(true).append(true).create(true).open(&config.path)?;
        let metadata = file.metadata()?;
        // What is no file has no end to look at, and cannot be put aside: a pipe, a terminal.
        let size = if metadata.is_file() { metadata.len() } else { 0 };
        let torn = size > 0 && is_torn(&mut file, || thread::sleep(A_WHILE))?;
        Ok(Self { config, file, size, torn })
    }

    /// Writes a line, which ends with a line break, as one piece.
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

    /// Has the system write down what it was given, if that is wanted.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        match self.config.sync {
            FileSync::Never => Ok(()),
            FileSync::Batch => self.file.sync_data(),
        }
    }

    /// Puts the file aside and goes on in an empty one, unless another process has done so by now.
    fn rotate(&mut self, room: u64) -> io::Result<()> {
        self.finish()?;
        // Of those that share the file one at a time. A file of its own is locked, because the others move; where the system
        // has no locks, who is alone needs none.
        let lock = File::options().append(true).create(true).open(with_ending(&self.config.path, "lock"))?;
        let _ = lock.lock();
        let size = fs::metadata(&self.config.path).map_or(0, |metadata| metadata.len());
        if size > 0 && size.saturating_add(room) > self.config.max_bytes.unwrap_or(u64::MAX) {
            shift(self.config)?;
        }
        *self = Self::open(self.config)?;
        Ok(())
    }
}

/// `a.2` becomes `a.3`, `a.1` becomes `a.2`, `a` becomes `a.1`; what would be one too many is removed.
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

/// Renames a file over another; that it is not there is all right.
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

/// Whether its last line has no end. While another process writes one that is so as well: it is looked at again until it has
/// not grown while `wait` waited.
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
    fn what_another_process_is_writing_is_no_torn_line() {
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
