//! The compiler's output: passed on at once, held back, or read.

use std::collections::BTreeSet;
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel};
use serde::Deserialize;
use serde_json::json;

/// The end of a call of the compiler, and its messages about the code.
#[derive(Debug)]
pub(crate) struct CompilerOutput {
    pub(crate) status: ExitStatus,
    /// Messages about the code, each a line of JSON as cargo takes it.
    pub(crate) messages: Vec<String>,
}

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
            } else if passes_progress {
                eprintln!("{line}");
            }
        }
    }
    Ok(CompilerOutput { status: child.wait()?, messages })
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

    /// Returns the files, as `original` names them, and the lines at which the errors point. An
    /// error in the expansion of a macro points at each place that led to it.
    pub(crate) fn error_lines(&self, original: impl Fn(&Path) -> PathBuf) -> BTreeSet<(PathBuf, usize)> {
        let messages = self.messages.iter().filter_map(|line| serde_json::from_str::<Diagnostic>(line).ok());
        let errors: Vec<_> = messages.filter(|it| it.level == DiagnosticLevel::Error).collect();
        let primary = errors.iter().flat_map(|error| &error.spans).filter(|span| span.is_primary);
        let expanded_from = primary
            .flat_map(|span| std::iter::successors(Some(span), |span| Some(&span.expansion.as_ref()?.span)));
        expanded_from.map(|span| (original(Path::new(&span.file_name)), span.line_start)).collect()
    }
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
            r#"{{"file_name": "a.rs", "byte_start": 0, "byte_end": 1, "line_start": {line},
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
    fn errors_point_at_lines_and_at_those_that_were_expanded() {
        let definition = span(9, false, "null");
        let expansion = format!(
            r#"{{"span": {}, "macro_decl_name": "m!", "def_site_span": {definition}}}"#,
            span(3, false, "null")
        );
        let spans = format!("{}, {}", span(7, true, &expansion), span(8, false, "null"));
        let messages =
            vec![message("error", &spans), message("warning", &span(1, true, "null")), "note".into()];
        let output = CompilerOutput { status: ExitStatus::default(), messages };
        let lines = output.error_lines(|path| Path::new("/w").join(path));
        assert_eq!(lines, [3, 7].map(|line| (PathBuf::from("/w/a.rs"), line)).into());
        assert_eq!(output.rendered(), "error: m\nwarning: m\nnote\n");
    }

    #[test]
    fn only_messages_about_the_code_are_held_back() {
        assert!(is_about_code(&message("error", "")) && is_about_code("error: plain text"));
        assert!(!is_about_code(
            r#"{"$message_type": "artifact", "artifact": "/t/a.rmeta", "emit": "metadata"}"#
        ));
    }
}
