//! Packs the sources of the omegi crates that woven programs link, so that the installed command carries them.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// What is carried: the facade, and the three crates behind it.
const CARRIED: [&str; 10] = [
    "Cargo.toml",
    "src",
    "omegi-macros/Cargo.toml",
    "omegi-macros/src",
    "omegi-runtime/Cargo.toml",
    "omegi-runtime/build.rs",
    "omegi-runtime/src",
    "omegi-weave/Cargo.toml",
    "omegi-weave/src",
    // So that the same versions are built that were tested.
    "Cargo.lock",
];

fn main() {
    let own = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    let workspace = own.parent().expect("the package is a folder of the workspace");
    let mut files = Vec::new();
    for carried in CARRIED {
        println!("cargo::rerun-if-changed={}", workspace.join(carried).display());
        collect(&workspace.join(carried), &mut files);
    }
    let mut list = String::from("[\n");
    for file in &files {
        let name = file.strip_prefix(workspace).expect("it was found there");
        let name = name.to_str().expect("our file names are ASCII").replace('\\', "/");
        writeln!(list, "    ({name:?}, include_str!({file:?})),").expect("a string takes everything");
    }
    list.push(']');
    let place = PathBuf::from(variable("OUT_DIR")).join("carried.rs");
    fs::write(&place, list).unwrap_or_else(|error| panic!("cannot write {}: {error}", place.display()));
}

/// Collects the files at or below `path` that say how to build.
fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_dir() {
        let entries =
            fs::read_dir(path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
        let mut entries: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        entries.sort();
        entries.iter().for_each(|entry| collect(entry, files));
    } else if path
        .extension()
        .is_some_and(|extension| ["rs", "toml", "lock"].iter().any(|it| extension == *it))
    {
        files.push(path.to_owned());
    }
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("cargo sets {name} for build scripts"))
}
