//! The order of the house: which crate, which folder and which file may use which. CONTRIBUTING
//! draws it; this holds it.

mod imports;
mod modules;
mod planted;

use std::fs;
use std::path::PathBuf;

use imports::{Import, circles, imports};
use modules::Sources;
use omegi_tests::sources::{self, root};

/// The groups of `omegi-runtime`, each of which uses only itself and those before it.
const GROUPS: &[&[&str]] = &[
    &["secret.rs"],
    &["vocabulary"],
    &["settings"],
    &["recording"],
    &["deciding"],
    &["exporting"],
    &["collecting"],
    &["interop"],
    &["starting"],
    &["lib.rs", "off.rs", "private.rs", "propagation.rs"],
];

/// The crates of the workspace, and what each may depend on of ours.
const CRATES: &[(&str, &[&str])] = &[
    ("omegi-config", &[]),
    ("omegi-kafka", &["omegi-config"]),
    ("omegi-otlp", &["omegi-config"]),
    ("omegi-weave", &[]),
    ("omegi-macros", &["omegi-weave"]),
    ("omegi-runtime", &["omegi-config", "omegi-kafka", "omegi-otlp"]),
    (".", &["omegi-macros", "omegi-runtime"]),
    ("cargo-omegi", &["omegi-runtime", "omegi-weave"]),
];

/// How many files of a crate are still in circles. These numbers only go down.
const FILES_IN_CIRCLES: &[(&str, usize)] = &[("cargo-omegi/src", 7), ("omegi-runtime/src", 64)];

#[test]
fn no_file_imports_itself_through_others() {
    let sources = rust_sources();
    let mut problems = String::new();
    for program in sources.keys() {
        let Some((folder, "lib.rs" | "main.rs")) = program.rsplit_once('/') else {
            continue;
        };
        let found = circles(&imports(program, &sources));
        let files: usize = found.iter().map(|circle| circle.files.len()).sum();
        let known = FILES_IN_CIRCLES.iter().find(|(known, _)| *known == folder);
        if files > known.map_or(0, |known| known.1) {
            found.iter().for_each(|circle| problems += &circle.to_string());
        }
    }
    assert!(problems.is_empty(), "\n{problems}");
}

#[test]
fn imports_in_the_runtime_run_one_way() {
    let imports = imports("omegi-runtime/src/lib.rs", &rust_sources());
    assert!(
        imports.len() > 500,
        "only {} imports were found: is this still the right folder?",
        imports.len()
    );
    let problems = against(GROUPS, "omegi-runtime/src/", &imports);
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

/// The Rust files of the repository.
fn rust_sources() -> Sources {
    let files = sources::files(|name| name.ends_with(".rs")).into_iter();
    let read = |file: PathBuf| {
        let text = fs::read_to_string(root().join(&file)).unwrap();
        (file.to_str().unwrap().to_owned(), text)
    };
    files.map(read).collect()
}

/// The imports that go against an order of folders and files, of which each row uses only itself
/// and those before it. Only imports below `folder` count.
fn against(rows: &[&[&str]], folder: &str, imports: &[Import]) -> Vec<String> {
    let mut problems = Vec::new();
    for import in imports {
        let ends = [&import.from, &import.to].map(|file| file.strip_prefix(folder));
        let [Some(from), Some(to)] = ends else {
            continue;
        };
        match [row(rows, from), row(rows, to)] {
            [Some(from), Some(to)] if to > from => problems.push(format!("{import}, which comes after it")),
            [Some(_), Some(_)] => {}
            [None, _] => problems.push(format!("{folder}{from} has no place in the order")),
            [_, None] => problems.push(format!("{folder}{to} has no place in the order")),
        }
    }
    problems.dedup();
    problems
}

fn row(rows: &[&[&str]], file: &str) -> Option<usize> {
    let is_of =
        |entry: &&str| file.strip_prefix(*entry).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    rows.iter().position(|row| row.iter().any(is_of))
}

#[test]
fn crates_depend_one_way() {
    for (package, allowed) in CRATES {
        let manifest = fs::read_to_string(root().join(package).join("Cargo.toml")).unwrap();
        let dependencies =
            manifest.split("\n[dependencies]").nth(1).unwrap_or_default().split("\n[").next().unwrap();
        let ours: Vec<_> =
            dependencies.lines().map(name_of_dependency).filter(|name| name.starts_with("omegi")).collect();
        assert_eq!(ours, *allowed, "{package}");
    }
}

fn name_of_dependency(line: &str) -> &str {
    line.split(['.', '=', ' ']).next().unwrap_or_default()
}

#[test]
fn the_environment_is_read_in_one_file_only() {
    let reads = |text: &str| text.contains("env::var") || text.contains("env::vars");
    let readers: Vec<_> = rust_files("omegi-runtime/src")
        .into_iter()
        .filter(|file| reads(&fs::read_to_string(file).unwrap()))
        .collect();
    assert_eq!(readers, [root().join("omegi-runtime/src/settings/env.rs")]);
}

#[test]
fn unsafe_code_is_where_it_is_argued_for() {
    let is_unsafe = |line: &str| line.contains("unsafe {") || line.contains("unsafe extern");
    let blocks =
        |text: &str| text.lines().any(|line| is_unsafe(line) && !line.trim_start().starts_with("//"));
    let mut files: Vec<_> = ["omegi-runtime/src", "src", "omegi-macros/src"]
        .iter()
        .flat_map(|folder| rust_files(folder))
        .filter(|file| blocks(&fs::read_to_string(file).unwrap()))
        .collect();
    files.sort();
    let argued = ["recording/polling.rs", "starting/at_exit.rs", "vocabulary/clock.rs"];
    assert_eq!(files, argued.map(|file| root().join("omegi-runtime/src").join(file)));
}

fn rust_files(folder: &str) -> Vec<PathBuf> {
    sources::below(&root().join(folder), |name| name.ends_with(".rs"))
}
