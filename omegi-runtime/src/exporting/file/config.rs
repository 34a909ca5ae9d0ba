//! The configuration of the file exporter.

use std::path::PathBuf;

use crate::settings::FileSync;

/// Where and how flows are written to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileConfig {
    /// The file, to whose end flows are written; it is made if it is not there, but its folder is not.
    pub path: PathBuf,
    /// How large the file becomes before it is put aside as `<path>.1`, in bytes; a flow is never split. `None`: without
    /// limit.
    pub max_bytes: Option<u64>,
    /// How many files there are at most, with the one that is written to: what was `<path>.1` becomes `<path>.2`, and the
    /// last is removed.
    pub max_files: usize,
    /// When the system is asked to write down what it has been given.
    pub sync: FileSync,
}

impl FileConfig {
    /// Up to five files of up to 64 MiB, written down when the system sees fit.
    ///
    /// ```
    /// let config = omegi_runtime::FileConfig::new("flows.jsonl");
    /// assert_eq!((config.max_bytes, config.max_files), (Some(64 << 20), 5));
    /// ```
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), max_bytes: Some(64 << 20), max_files: 5, sync: FileSync::Never }
    }
}
