//! Flows as a tree on the terminal, or as JSON lines in a pipe or a file.

mod compact;
mod json;
mod output;
mod tree;

use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use crate::settings::{ConsoleFormat, ConsoleStream};
use crate::vocabulary::{Flow, per_process, private_files, unlocked};

use super::{ExportError, Exporter, Refusal};
use compact::CompactLines;
use json::JsonLines;
use output::LimitedOutput;
use tree::FlowTree;

/// Writes flows to a stream.
///
/// All flows of one export are one `write_all`. The standard streams lock around it, and the system
/// appends each write to a file in one piece. No flow mixes with another, with a line of the
/// program, or with flows of another process in the same file.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::{ConsoleExporter, ConsoleFormat, ConsoleStream};
///
/// let trees = ConsoleExporter::new(ConsoleFormat::Tree, ConsoleStream::Stderr, false);
/// let _omegi = omegi::builder().exporter(trees).init();
/// ```
pub struct ConsoleExporter {
    format: ConsoleFormat,
    colour: bool,
    compact: CompactLines,
    output: LimitedOutput,
    /// True if a flow found no room.
    is_full: bool,
    stream_name: Cow<'static, str>,
}

impl ConsoleExporter {
    /// An exporter to one of the standard streams. `colour` paints trees with ANSI escape
    /// sequences.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use std::io::IsTerminal as _;
    ///
    /// use omegi::{ConsoleExporter, ConsoleFormat, ConsoleStream};
    ///
    /// let colour = std::io::stdout().is_terminal();
    /// let console = ConsoleExporter::new(ConsoleFormat::Tree, ConsoleStream::Stdout, colour);
    /// # drop(console);
    /// ```
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
        Self::to(format, LimitedOutput::to(stream), name.into(), colour)
    }

    /// An exporter to any writer. Messages call it `stream_name`.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use std::net::TcpStream;
    ///
    /// use omegi::{ConsoleExporter, ConsoleFormat};
    ///
    /// /// Sends each span as a line of JSON to a log collector.
    /// fn to_collector(collector: TcpStream) -> ConsoleExporter {
    ///     ConsoleExporter::to_writer(ConsoleFormat::Json, collector, "the log collector", false)
    /// }
    /// ```
    pub fn to_writer(
        format: ConsoleFormat,
        writer: impl Write + Send + 'static,
        stream_name: impl Into<Cow<'static, str>>,
        colour: bool,
    ) -> Self {
        Self::to(format, LimitedOutput::to(Box::new(writer)), stream_name.into(), colour)
    }

    /// An exporter to the end of the file at `path`.
    pub(crate) fn to_file(format: ConsoleFormat, file: File, path: &Path, colour: bool) -> Self {
        Self::to(format, LimitedOutput::to_file(file, path), path.display().to_string().into(), colour)
    }

    fn to(
        format: ConsoleFormat,
        output: LimitedOutput,
        stream_name: Cow<'static, str>,
        colour: bool,
    ) -> Self {
        Self { format, colour, compact: CompactLines::new(), output, is_full: false, stream_name }
    }

    /// Bounds the bytes that are written: to a file by all processes together, to a stream by this
    /// one.
    pub(crate) fn limited(mut self, bytes: Option<u64>) -> Self {
        self.output.limit = bytes;
        self
    }

    fn text(&mut self, flow: &Flow) -> String {
        match self.format {
            ConsoleFormat::Tree => FlowTree::of(flow, self.colour).to_string(),
            ConsoleFormat::Json => JsonLines(flow).to_string(),
            ConsoleFormat::Compact => self.compact.of(flow),
        }
    }

    /// Writes flows in one piece. Returns whether there was room for them.
    fn write(&mut self, flows: &[Flow]) -> io::Result<bool> {
        let text: String = flows.iter().map(|flow| self.text(flow)).collect();
        let written = self.output.write(&text);
        if !matches!(written, Ok(true)) {
            // Later lines must not refer to lines that are not there.
            self.compact = CompactLines::new();
        }
        written
    }

    /// Writes the flows for which there is room, one by one.
    fn write_fitting(&mut self, flows: &[Flow], limit: u64) -> Result<(), ExportError> {
        let mut refusal = Refusal::default();
        for (nth, flow) in flows.iter().enumerate() {
            let is_written = self.write(std::slice::from_ref(flow)).map_err(|error| self.explain(&error))?;
            if !is_written {
                refusal.flows.push(nth);
                refusal.spans += flow.spans.len() as u64;
            }
        }
        if refusal.flows.is_empty() {
            return Ok(());
        }
        if !std::mem::replace(&mut self.is_full, true) && self.format == ConsoleFormat::Compact {
            let _ = self.output.write_once(&compact::full(limit));
        }
        let stream = &self.stream_name;
        let message = format!(
            "cannot write some flows to {stream}: with them it has more than {limit} bytes; \
             OMEGI_RUN_MAX_SIZE sets another bound, and 0 none"
        );
        Err(ExportError::in_part(message, refusal))
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
        match (self.write(flows), self.output.limit) {
            (Ok(false), Some(limit)) => self.write_fitting(flows, limit),
            (Ok(_), _) => Ok(()),
            (Err(error), _) => Err(self.explain(&error)),
        }
    }
}

/// Opens a file to append flows; makes it if it does not exist.
///
/// # Errors
///
/// The file cannot be opened: the message names the setting to change.
pub(crate) fn open_to_append(path: &Path) -> Result<File, ExportError> {
    private_files::options().append(true).create(true).open(path).map_err(|error| {
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

    #[test]
    fn a_full_file_takes_no_more_of_any_process_and_each_line_is_whole() {
        let path = std::env::temp_dir().join(format!("omegi-full-{}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        let exporter = || {
            let file = open_to_append(&path).unwrap();
            ConsoleExporter::to_file(ConsoleFormat::Compact, file, &path, false).limited(Some(8_000))
        };
        let mut exporters = [exporter(), exporter()];
        // A process was killed while it wrote.
        std::fs::write(&path, "{\"flow\":\"12").unwrap();
        let mut errors = Vec::new();
        for nth in 0..200 {
            errors.extend(exporters[nth % 2].export(&[failing_order()]).err());
        }
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert!(text.len() < 8_100, "{}", text.len());
        let lines: Vec<_> = text.lines().collect();
        assert!(lines[1..].iter().all(|line| line.ends_with('}')), "{text}");
        assert_eq!(lines.iter().filter(|line| **line == "{\"full\":8000}").count(), 1, "{text}");
        assert!(errors[0].to_string().contains("OMEGI_RUN_MAX_SIZE"), "{errors:?}");
    }

    #[test]
    fn a_stream_is_bounded_by_what_this_process_writes() {
        let recorder = Recorder::default();
        let exporter = ConsoleExporter::to_writer(ConsoleFormat::Json, recorder.clone(), "stderr", false);
        let mut exporter = exporter.limited(Some(4_000));
        let failed = (0..50).filter(|_| exporter.export(&[failing_order()]).is_err()).count();
        let written: usize = recorder.0.lock().unwrap().iter().map(String::len).sum();
        assert!(failed > 40 && (1_000..4_000).contains(&written), "{failed} {written}");
        // The first flows are written where all together do not fit.
        let recorder = Recorder::default();
        let exporter = ConsoleExporter::to_writer(ConsoleFormat::Json, recorder.clone(), "stderr", false);
        let large = Flow { spans: vec![span("large", None); 100], ..failing_order() };
        let flows = [large, flow([span("small", None)])];
        let error = exporter.limited(Some(4_000)).export(&flows).unwrap_err();
        assert_eq!(error.refusal().unwrap().flows, [0]);
        assert!(recorder.0.lock().unwrap()[0].contains("small"));
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
