//! `cargo omegi list`: every function, woven or skipped.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::ExitCode;

use omegi_weave::{RootStatements, SkipReason, SkippedFunctions, SourceFile, SourceFunction};
use serde::Serialize;

use crate::command_error::{CommandError, CommandErrorKind};
use crate::exclusions;
use crate::project::{Project, below};

/// The document of `--json`.
#[derive(Debug, Serialize)]
struct Listing {
    functions: Vec<ListedFunction>,
    /// The files that the parser does not understand as Rust.
    unread: Vec<UnreadFile>,
}

#[derive(Debug, Serialize)]
struct ListedFunction {
    package: String,
    /// The function's path: of the crate, its modules, its type, itself.
    function: String,
    /// The file's path below the workspace's root.
    file: String,
    line: usize,
    woven: bool,
    /// The reason for which it is skipped, in one word.
    reason: Option<String>,
    /// The reason as a sentence.
    because: Option<String>,
}

#[derive(Debug, Serialize)]
struct UnreadFile {
    file: String,
    line: usize,
    error: String,
}

/// Prints the functions of the project, as a table or as JSON.
pub(crate) fn run(project: &Project, as_json: bool) -> Result<ExitCode, CommandError> {
    let listing = list(project);
    let text = if as_json {
        serde_json::to_string_pretty(&listing).map(|text| text + "\n").unwrap_or_default()
    } else {
        table(&listing)
    };
    // A reader that closes the pipe needs no more output.
    let _ = io::stdout().write_all(text.as_bytes());
    match listing.unread.as_slice() {
        [] => Ok(ExitCode::SUCCESS),
        unread => Err(not_rust(unread)),
    }
}

fn list(project: &Project) -> Listing {
    let mut listing = Listing { functions: Vec::new(), unread: Vec::new() };
    let mut seen = BTreeSet::new();
    for package in &project.packages {
        for target in &package.targets {
            let crate_name = target.crate_name();
            for file in exclusions::read_crate(
                &crate_name,
                &target.root,
                RootStatements::default(),
                &SkippedFunctions::new(),
            ) {
                if seen.insert(file.path.clone()) {
                    listing.add(project, &package.name, &crate_name, &file);
                }
            }
        }
    }
    listing
}

impl Listing {
    fn add(&mut self, project: &Project, package: &str, crate_name: &str, file: &SourceFile) {
        let name = below(&project.root, &file.path);
        if let Some(error) = &file.error {
            self.unread.push(UnreadFile {
                file: name.clone(),
                line: error.line,
                error: error.message.clone(),
            });
        }
        for SourceFunction { path, line, skipped, .. } in &file.functions {
            self.functions.push(ListedFunction {
                package: package.to_owned(),
                function: exclusions::path(crate_name, file, path),
                file: name.clone(),
                line: *line,
                woven: skipped.is_none(),
                reason: skipped.map(reason_word),
                because: skipped.map(|reason| reason.to_string()),
            });
        }
    }
}

/// Returns a reason in one word: `StandardImpl` becomes `standard-impl`.
fn reason_word(reason: SkipReason) -> String {
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
    let place = |row: &ListedFunction| format!("{}:{}", row.file, row.line);
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

fn width(listing: &Listing, of: impl Fn(&ListedFunction) -> usize) -> usize {
    // The limit keeps one very long name from pushing all other columns off the screen.
    listing.functions.iter().map(of).max().unwrap_or(0).min(60)
}

fn not_rust(unread: &[UnreadFile]) -> CommandError {
    let places: Vec<_> = unread.iter().map(|it| format!("{}:{}: {}", it.file, it.line, it.error)).collect();
    CommandError::new(
        CommandErrorKind::Source,
        format!("cannot read as Rust: {}", places.join("; ")),
        "such a file is compiled unchanged, and nothing in it is woven",
    )
}
