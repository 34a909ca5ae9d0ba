//! `cargo omegi list`: every function, woven or not.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use omegi_weave::{Left, Reason, SourceFile, SourceFunction};
use serde::Serialize;

use crate::command::Options;
use crate::failure::{Cause, Failure};
use crate::project::Project;
use crate::wish;

/// The document of `--json`.
#[derive(Debug, Serialize)]
struct Listing {
    functions: Vec<Row>,
    /// Files that are no Rust, as far as is understood here.
    unread: Vec<Unread>,
}

#[derive(Debug, Serialize)]
struct Row {
    package: String,
    /// The function's path: of the crate, its modules, its type, itself.
    function: String,
    /// Below the workspace's root.
    file: String,
    line: usize,
    woven: bool,
    /// Why not, in one word.
    reason: Option<String>,
    /// Why not, as the second half of a sentence: "it is left as it is because …".
    because: Option<String>,
}

#[derive(Debug, Serialize)]
struct Unread {
    file: String,
    line: usize,
    error: String,
}

/// Lists the functions of the project.
pub(crate) fn run(project: &Project, options: &Options) -> Result<ExitCode, Failure> {
    let listing = list(project);
    let text = if options.json {
        serde_json::to_string_pretty(&listing).map(|text| text + "\n").unwrap_or_default()
    } else {
        table(&listing)
    };
    // Whoever closes the pipe has read enough.
    let _ = io::stdout().write_all(text.as_bytes());
    match listing.unread.as_slice() {
        [] => Ok(ExitCode::SUCCESS),
        unread => Err(not_rust(unread)),
    }
}

fn not_rust(unread: &[Unread]) -> Failure {
    let places: Vec<_> = unread.iter().map(|it| format!("{}:{}: {}", it.file, it.line, it.error)).collect();
    Failure::new(
        Cause::Source,
        format!("not understood as Rust: {}", places.join("; ")),
        "Such a file is compiled as it is, and nothing in it is woven",
    )
}

fn list(project: &Project) -> Listing {
    let mut listing = Listing { functions: Vec::new(), unread: Vec::new() };
    let mut seen = BTreeSet::new();
    for package in &project.packages {
        for target in &package.targets {
            let krate = target.krate();
            for file in wish::read_crate(&krate, &target.root, None, &Left::new()) {
                if seen.insert(file.path.clone()) {
                    listing.add(project, &package.name, &krate, &file);
                }
            }
        }
    }
    listing
}

impl Listing {
    fn add(&mut self, project: &Project, package: &str, krate: &str, file: &SourceFile) {
        let name = below(&project.root, &file.path);
        if let Some(error) = &file.error {
            self.unread.push(Unread { file: name.clone(), line: error.line, error: error.message.clone() });
        }
        for SourceFunction { path, line, left, .. } in &file.functions {
            self.functions.push(Row {
                package: package.to_owned(),
                function: wish::path(krate, file, path),
                file: name.clone(),
                line: *line,
                woven: left.is_none(),
                reason: left.map(word),
                because: left.map(|reason| reason.to_string()),
            });
        }
    }
}

/// A file's name for people: below the workspace's root, if it is there.
pub(crate) fn below(root: &Path, file: &Path) -> String {
    file.strip_prefix(root).unwrap_or(file).display().to_string()
}

/// A reason in one word: `StandardImpl` is `standard-impl`.
fn word(reason: Reason) -> String {
    let mut word = String::new();
    for letter in format!("{reason:?}").chars() {
        if letter.is_uppercase() && !word.is_empty() {
            word.push('-');
        }
        word.extend(letter.to_lowercase());
    }
    word
}

fn table(listing: &Listing) -> String {
    let place = |row: &Row| format!("{}:{}", row.file, row.line);
    let functions = width(listing, |row| row.function.len());
    let places = width(listing, |row| place(row).len());
    let mut text = String::new();
    let mut reasons = BTreeMap::<&str, (usize, &str)>::new();
    for row in &listing.functions {
        let state = row.reason.as_deref().unwrap_or("woven");
        let line = format!("{:functions$}  {:places$}  {state}", row.function, place(row));
        let _ = writeln!(text, "{}", line.trim_end());
        let because = row.because.as_deref().unwrap_or_default();
        reasons.entry(state).or_insert((0, because)).0 += 1;
    }
    let woven = reasons.remove("woven").map_or(0, |(count, _)| count);
    let _ = writeln!(text, "\n{} functions, {woven} woven", listing.functions.len());
    for (reason, (count, because)) in reasons {
        let _ = writeln!(text, "{count:6}  {reason}: {because}");
    }
    text
}

fn width(listing: &Listing, of: impl Fn(&Row) -> usize) -> usize {
    // One very long name is not to push all others out of sight.
    listing.functions.iter().map(of).max().unwrap_or(0).min(60)
}
