//! The compiler's output: passed on at once, held back, or read.

use std::collections::BTreeSet;
use std::io::{self, BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};

use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel, DiagnosticSpan};
use serde::Deserialize;
use serde_json::json;

/// The end of a call of the compiler, and its messages about the code.
#[derive(Debug)]
pub(crate) struct CompilerOutput {
    pub(crate) status: ExitStatus,
    /// Messages about the code, each a line of JSON as cargo takes it.
    pub(crate) messages: Vec<String>,
}

/// The files that this process has announced to cargo. Cargo panics if it is told twice that a file
/// is made.
static ANNOUNCED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Runs the compiler, and holds its messages about the code back. Messages about its progress are
/// passed on at once: cargo waits for them before it compiles dependent crates.
pub(crate) fn run(mut command: Command, passes_progress: bool) -> io::Result<CompilerOutput> {
    let mut child = command.stderr(Stdio::piped()).spawn()?;
    let mut messages = Vec::new();
    if let Some(stderr) = child.stderr.take() {
        for line in BufReader::new(stderr).split(b'\n') {
            let line = String::from_utf8_lossy(&line?).into_owned();
            if is_about_code(&line) {
                messages.push(line);
            } else if passes_progress && is_news(&line) {
                eprintln!("{line}");
            }
        }
    }
    Ok(CompilerOutput { status: child.wait()?, messages })
}

/// Runs the compiler, and passes everything on at once, except what cargo knows already.
pub(crate) fn run_through(mut command: Command) -> io::Result<ExitStatus> {
    let mut child = command.stderr(Stdio::piped()).spawn()?;
    if let Some(stderr) = child.stderr.take() {
        for line in BufReader::new(stderr).split(b'\n') {
            let line = String::from_utf8_lossy(&line?).into_owned();
            if is_about_code(&line) || is_news(&line) {
                eprintln!("{line}");
            }
        }
    }
    child.wait()
}

/// Prints a warning of omegi in the form that cargo takes and keeps.
pub(crate) fn warn(message: &str, is_json: bool) {
    let rendered = format!("warning: {message}\n\n");
    if is_json {
        let message = json!({
            "$message_type": "diagnostic", "message": message, "code": null, "level": "warning",
            "spans": [], "children": [], "rendered": rendered,
        });
        eprintln!("{message}");
    } else {
        eprint!("{rendered}");
    }
}

impl CompilerOutput {
    /// Prints all messages that were held back.
    pub(crate) fn pass_on(&self) {
        self.messages.iter().for_each(|message| eprintln!("{message}"));
    }

    /// Returns the messages as text for people.
    pub(crate) fn rendered(&self) -> String {
        let rendered = |line: &String| serde_json::from_str::<Diagnostic>(line).ok()?.rendered;
        self.messages.iter().map(|line| rendered(line).unwrap_or_else(|| format!("{line}\n"))).collect()
    }

    /// Returns whether there is an error among the messages.
    pub(crate) fn has_error(&self) -> bool {
        let is_error = |line: &String| match serde_json::from_str::<Diagnostic>(line) {
            Ok(message) => matches!(message.level, DiagnosticLevel::Error | DiagnosticLevel::Ice),
            Err(_) => true,
        };
        self.messages.iter().any(is_error)
    }

    /// Prints the errors without a place in the code: those about files and the machine.
    pub(crate) fn pass_on_placeless(&self) {
        let lines = self.messages.iter().filter(|line| !line.starts_with('{')).map(String::as_str);
        lines.chain(self.placeless_errors().map(|(line, _)| line)).for_each(|line| eprintln!("{line}"));
    }

    /// Returns the errors without a place in the code, each also as text for people.
    pub(crate) fn placeless_errors(&self) -> impl Iterator<Item = (&str, String)> {
        self.messages.iter().filter_map(|line| {
            let error: Diagnostic = serde_json::from_str(line).ok()?;
            let is_placeless = error.level == DiagnosticLevel::Error && error.spans.is_empty();
            Some((line.as_str(), error.rendered.filter(|_| is_placeless)?))
        })
    }

    /// Returns the errors, without the compiler's count of them.
    pub(crate) fn errors(&self) -> Vec<CompilerError> {
        let messages = self.messages.iter().filter_map(|line| serde_json::from_str::<Diagnostic>(line).ok());
        let is_error = |it: &Diagnostic| {
            matches!(it.level, DiagnosticLevel::Error | DiagnosticLevel::Ice)
                && !it.message.starts_with("aborting due to ")
        };
        messages.filter(is_error).map(|error| CompilerError::of(&error)).collect()
    }
}

/// An error of the compiler: the places at which it points, the most important first. A tier holds
/// the places of one importance.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CompilerError {
    pub(crate) tiers: [Vec<ErrorPlace>; 3],
}

/// A place in a file as the compiler has read it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ErrorPlace {
    pub(crate) file: PathBuf,
    pub(crate) byte: usize,
}

impl CompilerError {
    fn of(error: &Diagnostic) -> Self {
        let (primary, secondary): (Vec<_>, Vec<_>) = error.spans.iter().partition(|span| span.is_primary);
        let notes = error.children.iter().flat_map(|note| &note.spans).collect();
        Self { tiers: [primary, secondary, notes].map(|spans| spans.into_iter().flat_map(places).collect()) }
    }
}

/// Returns a place, and in the expansion of a macro each place that led to it.
fn places(span: &DiagnosticSpan) -> impl Iterator<Item = ErrorPlace> {
    let expanded_from = std::iter::successors(Some(span), |span| Some(&span.expansion.as_ref()?.span));
    expanded_from.map(|span| ErrorPlace { file: (&span.file_name).into(), byte: span.byte_start as usize })
}

/// Returns whether a message about progress is the first of its words, and notes it.
fn is_news(line: &str) -> bool {
    ANNOUNCED.lock().unwrap_or_else(PoisonError::into_inner).insert(line.to_owned())
}

/// Returns whether a line is a message about the code. The others announce files.
fn is_about_code(line: &str) -> bool {
    #[derive(Deserialize)]
    struct CompilerMessage<'a> {
        #[serde(rename = "$message_type")]
        kind: Option<&'a str>,
    }
    serde_json::from_str::<CompilerMessage<'_>>(line).is_ok_and(|message| message.kind == Some("diagnostic"))
        || !line.starts_with('{')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(line: usize, is_primary: bool, expansion: &str) -> String {
        format!(
            r#"{{"file_name": "a.rs", "byte_start": {line}, "byte_end": 99, "line_start": {line},
                "line_end": {line}, "column_start": 1, "column_end": 2, "is_primary": {is_primary},
                "text": [], "label": null,
                "suggested_replacement": null, "suggestion_applicability": null, "expansion": {expansion}}}"#
        )
    }

    fn message(level: &str, spans: &str) -> String {
        format!(
            r#"{{"$message_type": "diagnostic", "message": "m", "code": null, "level": "{level}",
                "spans": [{spans}], "children": [], "rendered": "{level}: m\n"}}"#
        )
    }

    #[test]
    fn errors_point_at_places_and_at_those_that_were_expanded() {
        let definition = span(9, false, "null");
        let expansion = format!(
            r#"{{"span": {}, "macro_decl_name": "m!", "def_site_span": {definition}}}"#,
            span(3, false, "null")
        );
        let spans = format!("{}, {}", span(7, true, &expansion), span(8, false, "null"));
        let note = message("note", &span(5, true, "null"));
        let with_note =
            message("error", &spans).replace("\"children\": []", &format!("\"children\": [{note}]"));
        let count =
            message("error", "").replace("\"message\": \"m\"", "\"message\": \"aborting due to 1 error\"");
        let messages = vec![with_note, message("warning", &span(1, true, "null")), count, "note".into()];
        let output = CompilerOutput { status: ExitStatus::default(), messages };
        let errors = output.errors();
        let bytes = errors.iter().map(|error| {
            error.tiers.each_ref().map(|places| places.iter().map(|place| place.byte).collect::<Vec<_>>())
        });
        assert_eq!(bytes.collect::<Vec<_>>(), [[vec![7, 3], vec![8], vec![5]]]);
        assert_eq!(output.rendered(), "error: m\nwarning: m\nerror: m\nnote\n");
    }

    #[test]
    fn only_messages_about_the_code_are_held_back() {
        assert!(is_about_code(&message("error", "")) && is_about_code("error: plain text"));
        assert!(!is_about_code(
            r#"{"$message_type": "artifact", "artifact": "/t/a.rmeta", "emit": "metadata"}"#
        ));
    }
}
