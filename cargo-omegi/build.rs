//! Packs the sources of the omegi crates that woven programs link, so that the installed command
//! carries them.
//!
//! They are in `carried/`: symbolic links in the repository, files in the published package
//! (ADR 34). The manifests are carried as those of a separate workspace, without tests, examples
//! and the dependencies of only these.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

/// The parts of a manifest that need files outside of the carried ones.
const LEFT_OUT: [&str; 5] = ["bench", "bin", "dev-dependencies", "example", "test"];

/// A manifest in `carried/`. Cargo leaves folders with a `Cargo.toml` out of a package.
const MANIFEST: &str = "manifest.toml";

fn main() {
    let carried = PathBuf::from(variable("CARGO_MANIFEST_DIR")).join("carried");
    let members = members(&carried);
    let mut list = String::from(
        "/// The names of omegi's crates that are carried.\npub(crate) const CRATES: &[&str] = &[\"omegi\", ",
    );
    for member in &members {
        write!(list, "{member:?}, ").expect("a string takes everything");
    }
    list.push_str("];\n\n/// The files: paths below omegi's workspace, and contents.\n");
    list.push_str("pub(crate) const FILES: &[(&str, &[u8])] = &[\n");
    // The facade's folder is that of the workspace.
    for folder in members.iter().map(String::as_str).chain([""]) {
        let manifest = carried_manifest(manifest(&carried.join(folder)), &members);
        let text = toml::to_string(&manifest).expect("it was read as TOML");
        let name = slashed(&Path::new(folder).join("Cargo.toml"));
        writeln!(list, "    ({name:?}, {text:?}.as_bytes()),").expect("a string takes everything");
        for part in ["build.rs", "src"] {
            let below = Path::new(folder).join(part);
            let Some(found) = found(&carried.join(&below)) else { continue };
            let mut files = Vec::new();
            collect(&found, &mut files);
            for file in files {
                // Joining nothing would end the name with a slash.
                let name = match file.strip_prefix(&found).expect("it was found there") {
                    rest if rest.as_os_str().is_empty() => slashed(&below),
                    rest => slashed(&below.join(rest)),
                };
                writeln!(list, "    ({name:?}, include_bytes!({file:?})),")
                    .expect("a string takes everything");
            }
        }
    }
    // The lock file makes cargo build the tested versions.
    let lock = found(&carried.join("Cargo.lock")).expect("carried/ has the lock file");
    writeln!(list, "    (\"Cargo.lock\", include_bytes!({lock:?})),\n];").expect("a string takes everything");
    let output = PathBuf::from(variable("OUT_DIR")).join("carried.rs");
    fs::write(&output, list).unwrap_or_else(|error| panic!("cannot write {}: {error}", output.display()));
}

/// Returns the names of the carried crates, without the facade. Each is a folder in `carried`.
fn members(carried: &Path) -> Vec<String> {
    println!("cargo::rerun-if-changed={}", carried.display());
    let entries =
        fs::read_dir(carried).unwrap_or_else(|error| panic!("cannot read {}: {error}", carried.display()));
    let folders = entries.flatten().filter(|entry| found(&entry.path().join(MANIFEST)).is_some());
    let mut names: Vec<_> = folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Returns a manifest for a workspace of nothing but the facade and `members`.
fn carried_manifest(mut manifest: Table, members: &[String]) -> Table {
    manifest.retain(|key, _| !LEFT_OUT.contains(&key));
    if let Some(Value::Table(package)) = manifest.get_mut("package") {
        package.remove("readme");
    }
    if let Some(Value::Table(workspace)) = manifest.get_mut("workspace") {
        workspace.remove("exclude");
        let is_carried = |path: &str| path == "." || members.iter().any(|member| member == path);
        if let Some(Value::Table(dependencies)) = workspace.get_mut("dependencies") {
            dependencies.retain(|_, it| it.get("path").and_then(Value::as_str).is_none_or(is_carried));
        }
        let members = members.iter().cloned().map(Value::String);
        workspace.insert("members".to_owned(), Value::Array(members.collect()));
    }
    manifest
}

/// Returns the file or folder to which `path` leads, if there is one. Where symbolic links are not
/// allowed (Windows), git writes a file with the link's target.
fn found(path: &Path) -> Option<PathBuf> {
    let target = fs::read_to_string(path).ok().map(|text| path.with_file_name(text));
    let found = target.filter(|target| target.exists()).unwrap_or_else(|| path.to_owned());
    // Cargo does not watch a link's target.
    let found = fs::canonicalize(found).ok()?;
    println!("cargo::rerun-if-changed={}", found.display());
    Some(found)
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    if !path.is_dir() {
        return files.push(path.to_owned());
    }
    let entries =
        fs::read_dir(path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
    let mut entries: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    entries.sort();
    entries.iter().for_each(|entry| collect(entry, files));
}

fn manifest(folder: &Path) -> Table {
    let path = found(&folder.join(MANIFEST)).unwrap_or_else(|| panic!("no manifest in {}", folder.display()));
    let text =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
    text.parse().unwrap_or_else(|error| panic!("cannot read {} as TOML: {error}", path.display()))
}

fn slashed(path: &Path) -> String {
    path.display().to_string().replace('\\', "/")
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("cargo sets {name} for build scripts"))
}
