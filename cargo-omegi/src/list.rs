//! `cargo omegi list`: every function, woven or skipped. It tells how they were built, and of those
//! that are not built how they would be.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use omegi_weave::SourceFile;
use serde::Serialize;

use crate::build_report::{BuiltFunction, UnitReport, mode_of_next_build};
use crate::command_error::{CommandError, CommandErrorKind};
use crate::exclusions;
use crate::profile;
use crate::project::{Project, below};

/// The document of `--json`.
#[derive(Debug, Serialize)]
struct Listing {
    functions: Vec<ListedFunction>,
    /// The crates that are built.
    units: Vec<ListedUnit>,
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
    /// True if its calls or its errors are recorded wherever it is built; if it is not built, true
    /// if they would be.
    woven: bool,
    /// True if it is built as it stands in the source.
    built: bool,
    /// Its detail, if it is not skipped: `span`, `errors` or `none`.
    detail: Option<String>,
    /// The part of the weave that it has, if not all: `errors` or `span`.
    restriction: Option<String>,
    /// The reason for which it is skipped, in one word.
    reason: Option<String>,
    /// That reason, or the one for its detail, as a clause.
    because: Option<String>,
}

/// A crate that is built: a library, a program, a test.
#[derive(Debug, Serialize)]
struct ListedUnit {
    package: String,
    #[serde(rename = "crate")]
    crate_name: String,
    /// The root file's path below the workspace's root.
    root: String,
    /// True if it is compiled with its tests.
    test: bool,
    /// The default detail of its functions: `auto`, `spans` or `errors`.
    detail: String,
    /// True if it is compiled from woven sources.
    woven: bool,
    /// The reason for which it is compiled as it is, as a sentence.
    because: Option<String>,
    /// The number of its functions.
    functions: usize,
    /// The number of those that no rule of the language excludes, and that call something.
    eligible: usize,
    /// The number of those that are woven.
    woven_functions: usize,
}

#[derive(Debug, Serialize)]
struct UnreadFile {
    file: String,
    line: usize,
    error: String,
}

/// Prints the functions of the project, as a table or as JSON.
pub(crate) fn run(project: &Project, as_json: bool) -> Result<ExitCode, CommandError> {
    let listing = list(project)?;
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

fn list(project: &Project) -> Result<Listing, CommandError> {
    let built = BuiltProject::read(project);
    let mode = mode_of_next_build(built.units.first())?;
    let profile = profile::choices_or_warn(&project.root);
    let units = built.units.iter().map(|unit| listed_unit(project, unit)).collect();
    let mut listing = Listing { functions: Vec::new(), units, unread: Vec::new() };
    let mut seen = BTreeSet::new();
    for package in &project.packages {
        for target in &package.targets {
            let crate_name = target.crate_name();
            for file in exclusions::read_whole_crate(&crate_name, &target.root, mode, &profile) {
                if seen.insert(file.path.clone()) {
                    listing.add(project, &built, &package.name, &crate_name, &file);
                }
            }
        }
    }
    Ok(listing)
}

impl Listing {
    fn add(
        &mut self,
        project: &Project,
        built: &BuiltProject,
        package: &str,
        crate_name: &str,
        file: &SourceFile,
    ) {
        let name = below(&project.root, &file.path);
        if let Some(error) = &file.error {
            self.unread.push(UnreadFile {
                file: name.clone(),
                line: error.line,
                error: error.message.clone(),
            });
        }
        let path = real(&file.path);
        for function in &file.functions {
            let wanted = BuiltFunction::new(crate_name, file, function);
            // The next build skips a function that this environment excludes.
            let is_kept = |known: &&BuiltFunction| !(known.woven && wanted.is_unwanted());
            let known = built.function(&path, &wanted).filter(is_kept);
            let BuiltFunction { function, line, woven, detail, restriction, reason, because, .. } =
                known.cloned().unwrap_or(wanted);
            let (package, file, built) = (package.to_owned(), name.clone(), known.is_some());
            self.functions.push(ListedFunction {
                package,
                function,
                file,
                line,
                woven,
                built,
                detail,
                restriction,
                reason,
                because,
            });
        }
    }
}

/// The crates of a project that are built.
struct BuiltProject {
    units: Vec<UnitReport>,
    /// The functions by their files and the numbers of their sources, the skipped ones first.
    functions: HashMap<(PathBuf, u64), Vec<BuiltFunction>>,
}

impl BuiltProject {
    fn read(project: &Project) -> Self {
        let targets = project.packages.iter().flat_map(|package| &package.targets);
        let roots: BTreeSet<_> = targets.map(|target| real(&target.root)).collect();
        let mut seen = BTreeSet::new();
        let mut units = UnitReport::read_all(&project.output_folder);
        // The newer of two builds of a crate counts, such as for debugging and for release.
        units.retain(|unit| {
            roots.contains(&real(&unit.root))
                && seen.insert((unit.crate_name.clone(), real(&unit.root), unit.test))
        });
        let mut functions = HashMap::<_, Vec<_>>::new();
        for function in units.iter().flat_map(|unit| &unit.functions) {
            functions.entry((real(&function.file), function.content)).or_default().push(function.clone());
        }
        functions.values_mut().for_each(|built| built.sort_by_key(|function| function.woven));
        Self { units, functions }
    }

    /// Returns the function `wanted` of the file at `path` as it was built; skipped, if it was
    /// skipped in one crate of several.
    fn function(&self, path: &Path, wanted: &BuiltFunction) -> Option<&BuiltFunction> {
        // A file may be a module of several crates.
        let below_crate = |path: &str| path.split_once("::").map(|(_, path)| path.to_owned());
        let known = self.functions.get(&(path.to_owned(), wanted.content))?;
        let name = below_crate(&wanted.function);
        known.iter().find(|function| below_crate(&function.function) == name)
    }
}

fn listed_unit(project: &Project, unit: &UnitReport) -> ListedUnit {
    ListedUnit {
        package: unit.package.clone(),
        crate_name: unit.crate_name.clone(),
        root: below(&project.root, &unit.root),
        test: unit.test,
        detail: unit.detail.clone(),
        woven: unit.woven,
        because: unit.because.clone(),
        functions: unit.functions.len(),
        eligible: unit.functions.iter().filter(|function| function.is_eligible()).count(),
        woven_functions: unit.functions.iter().filter(|function| function.woven).count(),
    }
}

/// Returns a path without links, or the path itself if that fails.
fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

fn table(listing: &Listing) -> String {
    let place = |row: &ListedFunction| format!("{}:{}", row.file, row.line);
    let functions = width(listing, |row| row.function.len());
    let places = width(listing, |row| place(row).len());
    let mut text = String::new();
    let is_unbuilt = listing.functions.iter().all(|row| !row.built);
    let mut reasons = BTreeMap::<&str, (usize, &str)>::new();
    for row in &listing.functions {
        let unbuilt = if row.built || is_unbuilt { "" } else { ", not built" };
        let line = format!("{:functions$}  {:places$}  {}{unbuilt}", row.function, place(row), state(row));
        let _ = writeln!(text, "{}", line.trim_end());
        if let Some(reason) = row.reason.as_deref() {
            reasons.entry(reason).or_insert((0, row.because.as_deref().unwrap_or_default())).0 += 1;
        }
    }
    let details = [("span", "with spans"), ("errors", "with errors only"), ("none", "left")];
    let count =
        |word: &str| listing.functions.iter().filter(|row| row.detail.as_deref() == Some(word)).count();
    let details: Vec<_> = details
        .iter()
        .filter_map(|(word, shown)| {
            Some(count(word)).filter(|it| *it > 0).map(|it| format!(", {it} {shown}"))
        })
        .collect();
    let _ = writeln!(text, "\n{} functions{}", listing.functions.len(), details.concat());
    for (reason, (count, because)) in reasons {
        let _ = writeln!(text, "{count:6}  {reason}: {because}");
    }
    if is_unbuilt && !listing.functions.is_empty() {
        let _ = writeln!(text, "not built yet: this is what `cargo omegi build` would weave");
    }
    for unit in listing.units.iter().filter(|unit| !unit.woven && unit.eligible > 0) {
        let because = unit.because.as_deref().unwrap_or_default();
        let _ = writeln!(text, "{} ({}) is built as it is: {because}", unit.crate_name, unit.root);
    }
    text
}

/// Returns the reason for which a function is skipped, or its detail and the reason for that.
fn state(row: &ListedFunction) -> String {
    let Some(detail) = row.detail.as_deref().filter(|_| row.reason.is_none()) else {
        return row.reason.clone().unwrap_or_default();
    };
    let because = row.because.as_ref().map(|because| format!(": {because}")).unwrap_or_default();
    let restriction = row.restriction.as_ref().map(|it| format!(", restricted to {it}")).unwrap_or_default();
    format!("{detail}{because}{restriction}")
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
