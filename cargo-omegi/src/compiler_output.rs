//! What the compiler says: passed on at once, held back, or read.

use std::collections::BTreeSet;
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use serde::Deserialize;
use serde_json::{Value, json};

/// How a call of the compiler ended, and what it said about the code.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: ExitStatus,
    /// Messages about the code, each a line of JSON as cargo takes it.
    pub(crate) messages: Vec<String>,
}

/// Calls the compiler, and holds its messages about the code back. What it says of its progress goes on at once: cargo waits
/// for that, to begin with what depends on this crate.
pub(crate) fn listen(mut command: Command, passes_progress: bool) -> io::Result<Said> {
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
    Ok(Said { status: child.wait()?, messages })
}

/// Whether a line is a message about the code, and none that announces a file.
fn is_about_code(line: &str) -> bool {
    #[derive(Deserialize)]
    struct Kind<'a> {
        #[serde(rename = "$message_type")]
        kind: Option<&'a str>,
    }
    serde_json::from_str::<Kind<'_>>(line).is_ok_and(|message| message.kind == Some("diagnostic"))
        || !line.starts_with('{')
}

impl Said {
    /// Says all that was held back.
    pub(crate) fn pass_on(&self) {
        self.messages.iter().for_each(|message| eprintln!("{message}"));
    }

    /// What was held back, as people read it.
    pub(crate) fn rendered(&self) -> String {
        let rendered = |line: &String| {
            let message = serde_json::from_str::<Value>(line).ok()?;
            message["rendered"].as_str().map(str::to_owned)
        };
        self.messages.iter().map(|line| rendered(line).unwrap_or_else(|| format!("{line}\n"))).collect()
    }

    /// Where the errors are: in the files that `original` names, by the lines of the places that they point at first.
    pub(crate) fn places(&self, original: impl Fn(&Path) -> PathBuf) -> BTreeSet<(PathBuf, usize)> {
        let errors = self.messages.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let errors: Vec<_> = errors.filter(|message| message["level"] == "error").collect();
        let spans = errors.iter().filter_map(|message| message["spans"].as_array()).flatten();
        let primary = spans.filter(|span| span["is_primary"] == true);
        let mut places = BTreeSet::new();
        for span in primary {
            let mut span = Some(span);
            while let Some(place) = span.filter(|span| span.is_object()) {
                if let (Some(file), Some(line)) = (place["file_name"].as_str(), place["line_start"].as_u64())
                {
                    places.insert((original(Path::new(file)), usize::try_from(line).unwrap_or(usize::MAX)));
                }
                span = place.pointer("/expansion/span");
            }
        }
        places
    }
}

/// Says a warning of our own, as cargo takes and keeps it.
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
