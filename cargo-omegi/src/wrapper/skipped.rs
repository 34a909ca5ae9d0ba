//! The functions of a crate that do not compile woven: remembered, so that later builds skip them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use omegi_weave::SkippedFunctions;

/// The files about one crate's skipped functions.
pub(super) struct SkippedFiles {
    folder: PathBuf,
    id: String,
}

impl SkippedFiles {
    /// Returns the files of the crate `id` below `output_folder`.
    pub(super) fn new(output_folder: &Path, id: String) -> Self {
        Self { folder: output_folder.join("skipped"), id }
    }

    /// Returns the functions that this version of omegi has to skip, as far as is known.
    pub(super) fn read(&self) -> SkippedFunctions {
        let text = fs::read(self.file("json")).unwrap_or_default();
        let mut known: BTreeMap<String, SkippedFunctions> = serde_json::from_slice(&text).unwrap_or_default();
        known.remove(env!("CARGO_PKG_VERSION")).unwrap_or_default()
    }

    /// Remembers these functions. If the file cannot be written, the next build finds them again.
    pub(super) fn write(&self, skipped: &SkippedFunctions) {
        let known = BTreeMap::from([(env!("CARGO_PKG_VERSION"), skipped)]);
        self.write_file("json", &serde_json::to_vec_pretty(&known).unwrap_or_default());
    }

    /// Keeps a call of the compiler and its messages about woven sources, for a report of a fault.
    pub(super) fn write_report(&self, command: &str, messages: &str) {
        self.write_file("txt", format!("{command}\n\n{messages}").as_bytes());
    }

    /// Returns the sentence that asks for a report.
    pub(super) fn please_report(&self) -> String {
        format!("please report it, with {}", self.file("txt").display())
    }

    fn write_file(&self, extension: &str, bytes: &[u8]) {
        let _ = fs::create_dir_all(&self.folder);
        let _ = fs::write(self.file(extension), bytes);
    }

    fn file(&self, extension: &str) -> PathBuf {
        self.folder.join(format!("{}.{extension}", self.id))
    }
}
