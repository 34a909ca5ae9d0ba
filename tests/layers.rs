//! The order of the house: who may use whom. DESIGN and CONTRIBUTING draw it; this holds it.

use std::fs;
use std::path::{Path, PathBuf};

/// The groups of `omegi-runtime`, each of which uses only itself and those before it.
const GROUPS: [&str; 8] =
    ["vocabulary", "settings", "recording", "deciding", "exporting", "collecting", "interop", "starting"];

/// What the crates of the workspace may depend on, of one another.
const CRATES: [(&str, &[&str]); 5] = [
    ("omegi-weave", &[]),
    ("omegi-macros", &["omegi-weave"]),
    ("omegi-runtime", &[]),
    (".", &["omegi-macros", "omegi-runtime"]),
    ("cargo-omegi", &["omegi-runtime", "omegi-weave"]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// What stands behind each `crate::` in the code of a file.
fn uses(text: &str) -> impl Iterator<Item = &str> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(|line| line.match_indices("crate::").map(move |(at, found)| &line[at + found.len()..]))
}

fn first_word(text: &str) -> &str {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next().unwrap_or_default()
}

#[test]
fn imports_in_the_runtime_run_one_way() {
    let source = root().join("omegi-runtime/src");
    let place = |group: &str| GROUPS.iter().position(|known| *known == group);
    let mut seen = 0;
    for file in rust_files(&source) {
        let Some(own) =
            file.strip_prefix(&source).unwrap().iter().next().and_then(|it| place(it.to_str().unwrap()))
        else {
            continue; // lib.rs and the few doors beside it
        };
        for used in uses(&fs::read_to_string(&file).unwrap()).map(first_word) {
            let other = place(used)
                .unwrap_or_else(|| panic!("{}: `crate::{used}` hides which group it is", file.display()));
            assert!(other <= own, "{}: {} uses {used}, which comes after it", file.display(), GROUPS[own]);
            seen += 1;
        }
    }
    assert!(seen > 50, "only {seen} imports were found: does this test still read the right folder?");
}

#[test]
fn crates_depend_one_way() {
    for (package, allowed) in CRATES {
        let manifest = fs::read_to_string(root().join(package).join("Cargo.toml")).unwrap();
        let dependencies = manifest.split("\n[dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
        let ours: Vec<_> =
            dependencies.lines().map(first_of_line).filter(|name| name.starts_with("omegi")).collect();
        assert_eq!(ours, allowed, "{package}");
    }
}

/// The name of the dependency that a line of a manifest declares.
fn first_of_line(line: &str) -> &str {
    line.split(['.', '=', ' ']).next().unwrap_or_default()
}

#[test]
fn the_environment_is_read_in_one_file_only() {
    let reads = |text: &str| text.contains("env::var") || text.contains("env::vars");
    let readers: Vec<_> = rust_files(&root().join("omegi-runtime/src"))
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
        .flat_map(|folder| rust_files(&root().join(folder)))
        .filter(|file| blocks(&fs::read_to_string(file).unwrap()))
        .collect();
    files.sort();
    let argued = ["recording/polling.rs", "starting/at_exit.rs", "vocabulary/clock.rs"];
    assert_eq!(files, argued.map(|file| root().join("omegi-runtime/src").join(file)));
}
