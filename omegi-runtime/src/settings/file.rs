//! Flows in files: the file exporter's, and the dump.

use std::path::{self, PathBuf};

use super::choices::FileSync;
use super::parsing::{count, one_of, size};
use super::problem::Complaint;
use super::reader::Reader;
use super::variables::{DEBUG_SPANDUMP, FILE_FSYNC, FILE_MAX_FILES, FILE_MAX_SIZE, FILE_PATH};

/// Where and how flows are written to files. Paths are absolute: the program may go elsewhere.
#[derive(Clone, Debug)]
pub(crate) struct FileSettings {
    /// Where the file exporter writes.
    pub(crate) path: PathBuf,
    /// How large a file becomes before it is put aside, in bytes; `None`: without limit.
    pub(crate) max_bytes: Option<u64>,
    /// How many files there are at most.
    pub(crate) max_files: usize,
    /// When the system is asked to write down what it has been given.
    pub(crate) sync: FileSync,
    /// Where a copy of every exported flow is written.
    pub(crate) dump: Option<PathBuf>,
}

impl FileSettings {
    pub(super) fn resolve(reader: &mut Reader<'_>) -> Self {
        Self {
            path: absolute(reader.value(&FILE_PATH, |text| Ok(PathBuf::from(text)))),
            max_bytes: reader.value(&FILE_MAX_SIZE, max_bytes),
            max_files: reader.value(&FILE_MAX_FILES, |text| count(text, 1)),
            sync: reader.value(&FILE_FSYNC, parse_sync),
            dump: reader.raw(&DEBUG_SPANDUMP).map(PathBuf::from).map(absolute),
        }
    }
}

fn absolute(path: PathBuf) -> PathBuf {
    path::absolute(&path).unwrap_or(path)
}

fn max_bytes(text: &str) -> Result<Option<u64>, Complaint> {
    size(text).map(|bytes| (bytes > 0).then_some(bytes))
}

fn parse_sync(text: &str) -> Result<FileSync, Complaint> {
    one_of(&[("never", Ok(FileSync::Never)), ("batch", Ok(FileSync::Batch))], text)
}
