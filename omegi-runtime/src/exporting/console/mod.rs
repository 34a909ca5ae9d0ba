//! Flows as a tree on the terminal, or as JSON lines in a pipe.

mod json;
mod tree;

use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use crate::settings::{ConsoleFormat, ConsoleStream};
use crate::vocabulary::{Flow, per_process, unlocked};

use super::{ExportError, Exporter};
use json::JsonLines;
use tree::FlowTree;

/// Writes flows to a stream.
///
/// All flows of one export are one `write_all`. The standard streams lock around it, and the system
/// appends each write to a file in one piece. No flow mixes with another, with a line of the
/// program, or with flows of another process in the same file.
pub struct ConsoleExporter {
    format: ConsoleFormat,
    colour: bool,
    stream: Box<dyn Write + Send>,
    stream_name: Cow<'static, str>,
}

impl ConsoleExporter {
    /// An exporter to one of the standard streams. `colour` paints trees with ANSI escape
    /// sequences.
    #[must_use]
    pub fn new(format: ConsoleFormat, stream: ConsoleStream, colour: bool) -> Self {
        // In a forked process a thread that does not exist may hold the lock of the stream.
        let is_forked = per_process::generation() > 0;
        let child = |file: fn() -> io::Result<File>| if is_forked { file().ok() } else { None };
        let (own, standard, name): (_, Box<dyn Write + Send>, _) = match stream {
            ConsoleStream::Stdout => (child(unlocked::stdout), Box::new(io::stdout()), "stdout"),
            ConsoleStream::Stderr => (child(unlocked::stderr), Box::new(io::stderr()), "stderr"),
        };
        let stream = own.map_or(standard, |file| Box::new(file));
        Self { format, colour, stream, stream_name: name.into() }
    }

    /// An exporter to any writer. Messages call it `stream_name`.
    pub fn to_writer(
        format: ConsoleFormat,
        writer: impl Write + Send + 'static,
        stream_name: impl Into<Cow<'static, str>>,
        colour: bool,
    ) -> Self {
        Self { format, colour, stream: Box::new(writer), stream_name: stream_name.into() }
    }

    fn text(&self, flow: &Flow) -> String {
        match self.format {
            ConsoleFormat::Tree => FlowTree::of(flow, self.colour).to_string(),
            ConsoleFormat::Json => JsonLines(flow).to_string(),
        }
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        self.stream.write_all(text.as_bytes())?;
        self.stream.flush()
    }

    fn explain(&self, error: &io::Error) -> ExportError {
        let stream = &self.stream_name;
        let remedy = match error.kind() {
            io::ErrorKind::BrokenPipe => "its reader is gone",
            io::ErrorKind::StorageFull => "make room on the disk, or choose another stream",
            _ => "set OMEGI_CONSOLE_STREAM or OMEGI_EXPORTER_KIND to write elsewhere",
        };
        ExportError::new(format!("cannot write flows to {stream}: {error}; {remedy}"))
    }
}

impl Exporter for ConsoleExporter {
    fn name(&self) -> &'static str {
        "console"
    }

    fn export(&mut self, flows: &[Flow]) -> Result<(), ExportError> {
        let text: String = flows.iter().map(|flow| self.text(flow)).collect();
        self.write(&text).map_err(|error| self.explain(&error))
    }
}

/// Opens a file to append flows; makes it if it does not exist.
///
/// # Errors
///
/// The file cannot be opened: the message names the setting to change.
pub(crate) fn open_to_append(path: &Path) -> Result<File, ExportError> {
    File::options().append(true).create(true).open(path).map_err(|error| {
        ExportError::new(format!(
            "cannot append to {}: {error}; set OMEGI_CONSOLE_STREAM to a file that can be written, in a \
             folder that is \
             there, or to stdout or stderr",
            path.display()
        ))
    })
}

impl fmt::Debug for ConsoleExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsoleExporter")
            .field("format", &self.format)
            .field("colour", &self.colour)
            .field("stream", &self.stream_name)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::exporting::fixtures::{failing_order, flow, span};

    /// Remembers all writes and flushes.
    #[derive(Clone, Default)]
    struct Recorder(Arc<Mutex<Vec<String>>>);

    impl Write for Recorder {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().push(String::from_utf8(bytes.to_vec()).unwrap());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            self.0.lock().unwrap().push("flush".to_owned());
            Ok(())
        }
    }

    struct FailingWriter(io::ErrorKind);

    impl Write for FailingWriter {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_batch_is_one_write_and_one_flush() {
        for format in [ConsoleFormat::Json, ConsoleFormat::Tree] {
            let recorder = Recorder::default();
            let mut exporter = ConsoleExporter::to_writer(format, recorder.clone(), "the test", true);
            exporter.export(&[failing_order(), flow([span("f", None)])]).unwrap();
            let calls = recorder.0.lock().unwrap();
            assert_eq!((calls.len(), &*calls[1]), (2, "flush"));
            assert!(calls[0].contains("find") && calls[0].ends_with('\n'), "{}", calls[0]);
        }
    }

    #[test]
    fn a_failed_stream_is_one_clear_line() {
        let explained = |kind| {
            let mut exporter =
                ConsoleExporter::to_writer(ConsoleFormat::Json, FailingWriter(kind), "stdout", false);
            exporter.export(&[failing_order()]).unwrap_err().to_string()
        };
        assert_eq!(
            explained(io::ErrorKind::BrokenPipe),
            "cannot write flows to stdout: broken pipe; its reader is gone"
        );
        assert!(explained(io::ErrorKind::PermissionDenied).contains("OMEGI_CONSOLE_STREAM"));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_full_disk_is_an_error_and_no_panic() {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let mut exporter = ConsoleExporter::to_writer(ConsoleFormat::Json, full, "stdout", false);
        let message = exporter.export(&[failing_order()]).unwrap_err().to_string();
        assert!(message.starts_with("cannot write flows to stdout: No space left on device"), "{message}");
        assert!(message.ends_with("make room on the disk, or choose another stream"), "{message}");
    }
}
