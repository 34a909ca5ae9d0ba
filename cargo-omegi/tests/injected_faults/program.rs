//! A program whose functions fail one by one: its sources, with faults, and its builds.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::exported_errors::ExportedFlows;
use crate::injection::{Place, Site, inject};

/// A program of the harness.
pub(crate) struct Program {
    pub(crate) name: &'static str,
    /// The file `main.rs` of its workload. Its functions get faults too.
    pub(crate) workload: &'static str,
    /// The text that the workload includes as `data.txt`.
    pub(crate) data: &'static str,
    /// The crate under test: its name, its exact version on crates.io, and its features.
    pub(crate) library: Option<(&'static str, &'static str, &'static [&'static str])>,
    /// Further dependencies of the workload, as lines of a manifest.
    pub(crate) dependencies: &'static str,
    /// The errors that the library makes: arguments of `fault::faults!`.
    pub(crate) errors: &'static str,
    /// The least number of functions that its workload must call.
    pub(crate) least: usize,
}

/// A way to build the program: the detail of its functions, and whether it is optimised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Variant {
    pub(crate) detail: &'static str,
    pub(crate) is_optimised: bool,
}

impl Variant {
    pub(crate) fn name(self) -> String {
        format!("{} {}", self.detail, if self.is_optimised { "release" } else { "dev" })
    }
}

/// A run of the program with one fault.
#[derive(Debug)]
pub(crate) struct Run {
    /// The exit code, and the standard output.
    pub(crate) end: (Option<i32>, String),
    pub(crate) flows: ExportedFlows,
}

/// The longest time of a run.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The folders of a program with faults.
pub(crate) struct Project {
    folder: PathBuf,
    pub(crate) sites: Vec<Site>,
}

impl Project {
    /// Writes the program's sources and puts a fault into each function that compiles with one.
    pub(crate) fn new(program: &Program) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("injected_faults").join(program.name);
        let mut project = Self { folder, sites: Vec::new() };
        project.write_plain(program);
        let mut refused = HashSet::new();
        loop {
            project.inject(program, &refused);
            let more = project.refused_places();
            if more.is_empty() {
                return project;
            }
            let before = refused.len();
            refused.extend(more);
            assert!(refused.len() > before, "cannot compile {} with faults", program.name);
        }
    }

    /// Builds the program and returns the executable.
    pub(crate) fn build(&self, variant: Variant) -> PathBuf {
        let mut command = clean(env!("CARGO_BIN_EXE_cargo-omegi"));
        command.args(["omegi", "build", "--quiet"]);
        if variant.is_optimised {
            command.arg("--release");
        }
        let runtime = Path::new(env!("CARGO_TARGET_TMPDIR")).join("omegi");
        command.env("CARGO_OMEGI_RUNTIME_DIR", runtime).env("CARGO_OMEGI_DETAIL", variant.detail);
        command.current_dir(self.folder.join("program"));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let profile = if variant.is_optimised { "release" } else { "debug" };
        let built = self.folder.join("program/target/omegi").join(profile).join("workload");
        let kept = self.folder.join(variant.name().replace(' ', "-"));
        fs::copy(built, &kept).unwrap();
        kept
    }

    /// Runs the program with the fault of this number, and reads its flows.
    pub(crate) fn run(&self, program: &Path, fault: Option<u32>) -> Run {
        let (flows, output) = (self.folder.join("flows.jsonl"), self.folder.join("output.txt"));
        let _ = fs::remove_file(&flows);
        let mut command = clean(program);
        command.env("OMEGI_EXPORTER_KIND", "file").env("OMEGI_FILE_PATH", &flows);
        command.env("OMEGI_FLOW_RATE", "0").current_dir(self.folder.join("program"));
        // All cases are one flow of `main`.
        command.env("OMEGI_MEMORY", "1GiB");
        match fault {
            Some(number) => command.env("FAULT", number.to_string()),
            None => command.env("FAULT_CALLS", "1"),
        };
        command.stdout(fs::File::create(&output).unwrap()).stderr(Stdio::null());
        let code = code_of(command);
        Run {
            end: (code, fs::read_to_string(&output).unwrap_or_default()),
            flows: ExportedFlows::read(&flows),
        }
    }

    fn write_plain(&self, program: &Program) {
        let plain = self.folder.join("plain");
        let mut dependencies = format!("fault = {{ path = \"../fault\" }}\n{}", program.dependencies);
        if let Some((name, version, features)) = program.library {
            if !plain.join("library").exists() {
                copy(&fetch(name, version, &self.folder.join("fetch")), &plain.join("library"));
            }
            let manifest = plain.join("library/Cargo.toml");
            let text = fs::read_to_string(&manifest).unwrap();
            write(&self.folder.join("program/library/Cargo.toml"), &library_manifest(&text));
            copy_others(&plain.join("library"), &self.folder.join("program/library"));
            dependencies += &format!("{name} = {{ path = \"library\", features = {features:?} }}\n");
        }
        let package = "[package]\nname = \"workload\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
        let profile = "[profile.dev]\nincremental = false\n";
        let manifest = format!("{package}[workspace]\n{profile}[dependencies]\n{dependencies}");
        write(&self.folder.join("program/Cargo.toml"), &manifest);
        write(&plain.join("src/main.rs"), program.workload);
        write(&self.folder.join("program/src/data.txt"), program.data);
        let package = "[package]\nname = \"fault\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n";
        write(&self.folder.join("fault/Cargo.toml"), package);
        write(&self.folder.join("fault/src/lib.rs"), include_str!("fault.rs"));
    }

    fn inject(&mut self, program: &Program, refused: &HashSet<Place>) {
        let (plain, target) = (self.folder.join("plain"), self.folder.join("program"));
        self.sites = inject(&plain, &target, Path::new("src"), 0, refused);
        if program.library.is_some() {
            let first = u32::try_from(self.sites.len()).unwrap();
            self.sites.extend(inject(&plain, &target, Path::new("library/src"), first, refused));
            let root = target.join("library/src/lib.rs");
            let text = fs::read_to_string(&root).unwrap();
            fs::write(root, format!("{text}\n::fault::faults! {{ {} }}\n", program.errors)).unwrap();
        }
    }

    /// Returns the places of faults that do not compile.
    fn refused_places(&self) -> Vec<Place> {
        let mut command = clean(env!("CARGO"));
        command.args(["check", "--quiet", "--message-format=json"]).current_dir(self.folder.join("program"));
        let output = command.output().unwrap();
        if output.status.success() {
            return Vec::new();
        }
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let messages = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let errors = messages.filter(|it| it["message"]["level"] == "error");
        let places = errors.flat_map(|it| {
            let spans = it["message"]["spans"].as_array().cloned().unwrap_or_default();
            spans.into_iter().filter(|span| span["is_primary"] == true)
        });
        let sites: HashSet<Place> = self.sites.iter().map(|it| (it.file.clone(), it.line)).collect();
        let place = |span: Value| {
            let line = usize::try_from(span["line_start"].as_u64()?).ok()?;
            Some((PathBuf::from(span["file_name"].as_str()?), line))
        };
        let found: Vec<_> = places.filter_map(place).filter(|place| sites.contains(place)).collect();
        assert!(!found.is_empty(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
        found
    }
}

/// Returns the numbers of the functions that a run called.
pub(crate) fn called(run: &Run) -> HashSet<u32> {
    let line = run.end.1.lines().find_map(|line| line.strip_prefix("called: "));
    serde_json::from_str(line.expect("the workload calls `fault::finish`")).unwrap()
}

/// Returns the exit code, or nothing if the program was killed, also because it took too long.
fn code_of(mut command: Command) -> Option<i32> {
    let mut child = command.spawn().unwrap();
    let deadline = Instant::now() + TIMEOUT;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        if Instant::now() > deadline {
            child.kill().unwrap();
            child.wait().unwrap();
            return None;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Returns a command without the variables of the build around, and without those for omegi.
fn clean(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    let prefixes = ["OMEGI_", "OTEL_", "CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_OMEGI_"];
    let names = ["RUSTFLAGS", "RUSTDOCFLAGS", "CARGO_TARGET_DIR", "RUST_BACKTRACE", "FAULT", "FAULT_CALLS"];
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if names.contains(&&*text) || prefixes.iter().any(|prefix| text.starts_with(prefix)) {
            command.env_remove(name);
        }
    }
    command.env("CARGO_TERM_COLOR", "never");
    command
}

/// Returns the folder in which cargo has the sources of a crate.
fn fetch(name: &str, version: &str, project: &Path) -> PathBuf {
    let package = "[package]\nname = \"fetch\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n";
    write(&project.join("Cargo.toml"), &format!("{package}[dependencies]\n{name} = \"={version}\"\n"));
    write(&project.join("src/lib.rs"), "");
    let mut command = clean(env!("CARGO"));
    let output = command.args(["metadata", "--format-version=1"]).current_dir(project).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages.iter().find(|it| it["name"] == name && it["version"] == version).unwrap();
    Path::new(package["manifest_path"].as_str().unwrap()).parent().unwrap().to_owned()
}

/// Returns the manifest with the dependency on faults, and without tests and their dependencies.
fn library_manifest(text: &str) -> String {
    let mut manifest: toml::Table = text.parse().unwrap();
    for key in ["dev-dependencies", "bench", "test", "example", "bin", "workspace"] {
        manifest.remove(key);
    }
    let package = manifest["package"].as_table_mut().unwrap();
    package.remove("default-run");
    let targets = manifest.get_mut("target").and_then(toml::Value::as_table_mut);
    for target in targets.into_iter().flat_map(|targets| targets.iter_mut()) {
        target.1.as_table_mut().unwrap().remove("dev-dependencies");
    }
    let fault: toml::Table = "path = \"../../fault\"".parse().unwrap();
    let dependencies = manifest.entry("dependencies").or_insert_with(|| toml::Table::new().into());
    dependencies.as_table_mut().unwrap().insert("fault".into(), fault.into());
    toml::to_string(&manifest).unwrap()
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    if !fs::read_to_string(path).is_ok_and(|there| there == text) {
        fs::write(path, text).unwrap();
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(from, to).unwrap();
        }
    }
}

/// Copies the files that are no Rust sources and no manifest, such as a README that is included.
fn copy_others(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        let is_source =
            ["rs", "toml", "lock", "orig"].iter().any(|it| from.extension().is_some_and(|e| e == *it));
        if from.is_dir() && !["tests", "benches", "examples"].iter().any(|it| from.ends_with(it)) {
            copy_others(&from, &to);
        } else if from.is_file() && (!is_source || from.ends_with("build.rs")) {
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(from, to).unwrap();
        }
    }
}
