//! Flows in files: the file exporter and the dump.

use std::ffi::OsStr;
use std::path::{self, PathBuf};

use super::choices::FileSync;
use super::parsed::Reason;
use super::parsing::{count, size};
use super::reader::Reader;
use super::variable::Fallback::{Rule, Text};
use super::variable::Parser::{System, Whole};
use super::variable::Variable;
use super::words::one_of;

pub(super) static FILE_PATH: Variable<PathBuf> = Variable::new(
    "OMEGI_FILE_PATH",
    Text("omegi-flows.jsonl"),
    System(absolute),
    "file of the file exporter, one OTLP/JSON `TracesData` per line",
);

pub(super) static FILE_MAX_SIZE: Variable<Option<u64>> = Variable::new(
    "OMEGI_FILE_MAX_SIZE",
    Text("64MiB"),
    Whole(|text| size(text).map(|bytes| (bytes > 0).then_some(bytes))),
    "size from which on that file is put aside as `<path>.1`; `0` is no limit",
);

pub(super) static FILE_MAX_FILES: Variable<usize> = Variable::new(
    "OMEGI_FILE_MAX_FILES",
    Text("5"),
    Whole(|text| count(text, 1)),
    "largest number of such files, with the one that is written to",
);

pub(super) static FILE_FSYNC: Variable<FileSync> = Variable::new(
    "OMEGI_FILE_FSYNC",
    Text("never"),
    Whole(|text| one_of(&[("never", Ok(FileSync::Never)), ("batch", Ok(FileSync::Batch))], text)),
    "times at which the system is asked to write the file to the disk: `never`, `batch` (after each batch of \
     flows)",
);

pub(super) static DEBUG_SPANDUMP: Variable<PathBuf> = Variable::new(
    "OMEGI_DEBUG_SPANDUMP",
    Rule("none"),
    System(absolute),
    "a path: a copy of every exported flow, one OTLP/JSON `TracesData` per line",
);

/// Settings of a [`FileExporter`](crate::FileExporter).
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::FileConfig;
///
/// // At most 3 files of about 10 MiB each.
/// let config = FileConfig { max_bytes: Some(10 << 20), max_files: 3, ..FileConfig::new("flows.jsonl") };
/// # drop(config);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileConfig {
    /// The file, to whose end flows are written. It is made if it does not exist; its folder is
    /// not.
    pub path: PathBuf,
    /// The size from which on the file is put aside as `<path>.1`, in bytes. A flow is never split.
    /// `None`: without limit.
    pub max_bytes: Option<u64>,
    /// The largest number of files, with the one that is written to. `<path>.1` becomes `<path>.2`,
    /// and the last one is removed.
    pub max_files: usize,
    /// The times at which the file is synced to the disk.
    pub sync: FileSync,
}

impl FileConfig {
    /// Returns settings for up to five files of up to 64 MiB, which the system writes to the disk
    /// when it likes.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// let config = omegi::FileConfig::new("flows.jsonl");
    /// assert_eq!((config.max_bytes, config.max_files), (Some(64 << 20), 5));
    /// ```
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), max_bytes: Some(64 << 20), max_files: 5, sync: FileSync::Never }
    }

    pub(super) fn resolve(reader: &mut Reader<'_>) -> Self {
        Self {
            path: reader.value(&FILE_PATH),
            max_bytes: reader.value(&FILE_MAX_SIZE),
            max_files: reader.value(&FILE_MAX_FILES),
            sync: reader.value(&FILE_FSYNC),
        }
    }
}

/// Reads a path and makes it absolute: the program may change its folder later.
fn absolute(raw: &OsStr) -> Result<PathBuf, Reason> {
    Ok(path::absolute(raw).unwrap_or_else(|_| raw.into()))
}
