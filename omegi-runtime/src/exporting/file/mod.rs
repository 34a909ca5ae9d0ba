//! Flows in a file of lines, each an OTLP/JSON `TracesData`.
//!
//! The file exporter of the OpenTelemetry collector writes this format, and its `otlpjsonfile`
//! receiver reads it.

mod log_file;

use std::fmt::Write as _;
use std::io;

use crate::settings::FileConfig;
use crate::vocabulary::Flow;

use super::delivered::Delivered;
use super::traces_data::TracesData;
use super::{ExportError, Exporter};
use log_file::LogFile;

/// Writes flows to a file, a line each, in OTLP's JSON ([`TracesData`]).
///
/// Each line is one write at the file's end, so that several processes can share a file. The file
/// is opened for each export, so that tools may rotate it. A line that a full disk or the end of a
/// process has cut off stays as it is; the next flow begins a new one.
///
/// ```
/// # use omegi_runtime as omegi;
/// # use omegi::{Exporter, FileConfig, FileExporter};
/// # let path = std::env::temp_dir().join(format!("omegi-flows-{}.jsonl", std::process::id()));
/// let mut exporter = FileExporter::new(FileConfig::new(&path))?;
/// exporter.export(&[])?;
/// # std::fs::remove_file(path).ok();
/// # Ok::<(), omegi::ExportError>(())
/// ```
///
/// [`TracesData`]: https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/
#[derive(Debug)]
pub struct FileExporter {
    config: FileConfig,
    name: &'static str,
    delivered: Delivered,
    bytes: u64,
}

impl FileExporter {
    /// An exporter to a file, which is made if it does not exist.
    ///
    /// # Errors
    ///
    /// The file cannot be opened: the message names it and the setting to change.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use omegi::{FileConfig, FileExporter};
    ///
    /// let folder = std::env::temp_dir().join("a folder that does not exist");
    /// let error = FileExporter::new(FileConfig::new(folder.join("flows.jsonl"))).unwrap_err();
    /// assert!(error.to_string().contains("flows.jsonl"));
    /// ```
    pub fn new(config: FileConfig) -> Result<Self, ExportError> {
        Self::named("file", config)
    }

    /// The same with another name in messages.
    pub(crate) fn named(name: &'static str, config: FileConfig) -> Result<Self, ExportError> {
        let exporter = Self { config, name, delivered: Delivered::default(), bytes: 0 };
        LogFile::open(&exporter.config).map_err(|error| exporter.explain(&error))?;
        Ok(exporter)
    }

    fn write(&mut self, flows: &[Flow]) -> io::Result<()> {
        let pending: Vec<_> = flows.iter().filter(|flow| self.delivered.of(flow) == 0).collect();
        let mut file = LogFile::open(&self.config)?;
        let mut line = String::new();
        for flow in pending {
            line.clear();
            let _ = writeln!(line, "{}", TracesData::of(flow));
            file.append(line.as_bytes())?;
            self.bytes += line.len() as u64;
            self.delivered.note(flow, flow.spans.len().max(1));
        }
        file.finish()
    }

    /// The indices of flows that are written.
    fn written(&self, flows: &[Flow]) -> Vec<usize> {
        (0..flows.len()).filter(|nth| self.delivered.of(&flows[*nth]) > 0).collect()
    }

    fn explain(&self, error: &io::Error) -> ExportError {
        let path = self.config.path.display();
        let remedy = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room on the disk",
            _ => {
                "set OMEGI_FILE_PATH or OMEGI_DEBUG_SPANDUMP to a file that can be written, in a folder \
                 that is there"
            }
        };
        // Disk space, the disk itself or a permission may come later.
        ExportError::for_now(format!("cannot write flows to {path}: {error}; {remedy}"), None)
    }
}

impl Exporter for FileExporter {
    fn name(&self) -> &'static str {
        self.name
    }

    fn export(&mut self, flows: &[Flow]) -> Result<(), ExportError> {
        self.write(flows).map_err(|error| self.explain(&error).after_writing(self.written(flows)))?;
        self.delivered.forget(flows);
        Ok(())
    }

    fn bytes_written(&self) -> Option<u64> {
        Some(self.bytes)
    }
}

#[cfg(test)]
mod tests;
