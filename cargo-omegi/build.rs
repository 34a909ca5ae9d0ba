//! Packs the sources of the omegi crates that woven programs link, so that the installed command
//! carries them.
//!
//! The crates are the facade and its path dependencies, according to the manifests. Their manifests
//! are carried as those of a separate workspace, without tests, examples and the dependencies of
//! only these.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

/// The parts of a manifest that need files outside of the carried ones.
const LEFT_OUT: [&str; 5] = ["bench", "bin", "dev-dependencies", "example", "test"];

fn main() {
    let own = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    let workspace = own.parent().expect("the package is a folder of the workspace");
    let root = manifest(workspace);
    let crates = carried_crates(workspace, &root);
    let mut list = String::from(
        "/// The names of omegi's crates that are carried.\npub(crate) const CRATES: &[&str] = &[",
    );
    for manifest in crates.values() {
        write!(list, "{:?}, ", package_name(manifest)).expect("a string takes everything");
    }
    list.push_str("];\n\n/// The files: paths below omegi's workspace, and contents.\n");
    list.push_str("pub(crate) const FILES: &[(&str, &[u8])] = &[\n");
    for (folder, manifest) in &crates {
        let below = |file: &str| Path::new(folder).join(file).display().to_string().replace('\\', "/");
        let text = toml::to_string(&carried_manifest(manifest, &crates)).expect("it was read as TOML");
        writeln!(list, "    ({:?}, {text:?}.as_bytes()),", below("Cargo.toml"))
            .expect("a string takes everything");
        for file in files(&workspace.join(folder)) {
            let name = file.strip_prefix(workspace).expect("it was found there").display().to_string();
            writeln!(list, "    ({:?}, include_bytes!({file:?})),", name.replace('\\', "/"))
                .expect("a string takes everything");
        }
    }
    // The lock file makes cargo build the tested versions.
    let lock = workspace.join("Cargo.lock");
    println!("cargo::rerun-if-changed={}", lock.display());
    writeln!(list, "    (\"Cargo.lock\", include_bytes!({lock:?})),\n];").expect("a string takes everything");
    let output = PathBuf::from(variable("OUT_DIR")).join("carried.rs");
    fs::write(&output, list).unwrap_or_else(|error| panic!("cannot write {}: {error}", output.display()));
}

/// Returns the manifests of the facade and of its path dependencies, by their folders below the
/// workspace. The facade's folder has an empty name.
fn carried_crates(workspace: &Path, root: &Table) -> BTreeMap<String, Table> {
    let mut crates = BTreeMap::from([(String::new(), root.clone())]);
    let mut next = vec![String::new()];
    while let Some(folder) = next.pop() {
        for path in path_dependencies(&folder, &crates[&folder], root) {
            if !crates.contains_key(&path) {
                crates.insert(path.clone(), manifest(&workspace.join(&path)));
                next.push(path);
            }
        }
    }
    crates
}

/// Returns the folders, below the workspace, of the crates that a program links with the one in
/// `folder`.
fn path_dependencies(folder: &str, manifest: &Table, root: &Table) -> Vec<String> {
    let targets = manifest.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
    let tables = targets.filter_map(Value::as_table).chain([manifest]);
    let dependencies = tables.flat_map(|table| {
        ["dependencies", "build-dependencies"].into_iter().filter_map(|kind| table.get(kind)?.as_table())
    });
    let path = |dependency: &Value| dependency.get("path")?.as_str().map(str::to_owned);
    let inherited = root.get("workspace").and_then(|it| it.get("dependencies"));
    let mut paths = Vec::new();
    for (name, dependency) in dependencies.flatten() {
        paths.extend(path(dependency).map(|path| normal(folder, &path)));
        if dependency.get("workspace").and_then(Value::as_bool) == Some(true) {
            let declared = inherited.and_then(|table| path(table.get(name)?));
            paths.extend(declared.map(|path| normal("", &path)));
        }
    }
    paths
}

/// Returns `path`, which is relative to `folder`, without `.` and `..`.
fn normal(folder: &str, path: &str) -> String {
    let mut names: Vec<&str> = Vec::new();
    for name in folder.split('/').chain(path.split('/')) {
        match name {
            "" | "." => {}
            ".." => drop(names.pop().expect("path dependencies are below the workspace")),
            name => names.push(name),
        }
    }
    names.join("/")
}

/// Returns a manifest for a workspace of nothing but `crates`.
fn carried_manifest(manifest: &Table, crates: &BTreeMap<String, Table>) -> Table {
    let mut carried = manifest.clone();
    carried.retain(|key, _| !LEFT_OUT.contains(&key));
    if let Some(Value::Table(package)) = carried.get_mut("package") {
        package.remove("readme");
    }
    if let Some(Value::Table(workspace)) = carried.get_mut("workspace") {
        workspace.remove("exclude");
        let members = crates.keys().filter(|folder| !folder.is_empty()).cloned().map(Value::String);
        workspace.insert("members".to_owned(), Value::Array(members.collect()));
        if let Some(Value::Table(dependencies)) = workspace.get_mut("dependencies") {
            let is_carried = |path: &str| crates.contains_key(&normal("", path));
            dependencies.retain(|_, it| it.get("path").and_then(Value::as_str).is_none_or(is_carried));
        }
    }
    carried
}

/// Returns the build script and the sources of the crate in `folder`.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for part in ["build.rs", "src"] {
        let part = folder.join(part);
        if part.exists() {
            println!("cargo::rerun-if-changed={}", part.display());
            collect(&part, &mut files);
        }
    }
    files
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
    let path = folder.join("Cargo.toml");
    println!("cargo::rerun-if-changed={}", path.display());
    let text =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
    text.parse().unwrap_or_else(|error| panic!("cannot read {} as TOML: {error}", path.display()))
}

fn package_name(manifest: &Table) -> &str {
    manifest.get("package").and_then(|it| it.get("name")?.as_str()).expect("each manifest names its package")
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("cargo sets {name} for build scripts"))
}
