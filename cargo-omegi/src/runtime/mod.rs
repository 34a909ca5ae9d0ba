//! The omegi that woven programs link: its sources, carried in this program, built once for a compiler and target.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cargo_metadata::Message;
use serde::{Deserialize, Serialize};

use crate::failure::{Cause, Failure};

/// The sources of omegi's crates: paths below its workspace, and texts.
const CARRIED: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/carried.rs"));

/// What is built for programs of the machine that builds.
const HOST: &str = "host";

/// The oldest compiler that builds omegi: 1.N.
const OLDEST: u32 = 95;

/// Where omegi is built.
#[derive(Clone, Debug)]
pub(crate) struct Runtime {
    /// Below it is a folder for each compiler.
    folder: PathBuf,
    rustc: OsString,
    exports: Exports,
    is_offline: bool,
}

/// What a woven program can export by, besides the console and files: what those take has no dependency that the program could
/// notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exports {
    /// OTLP: some 60 crates more to build, and to optimise with the program where it has LTO.
    otlp: bool,
    /// Kafka: a C library more to build.
    kafka: bool,
}

impl Exports {
    /// What the environment asks for.
    pub(crate) fn wanted() -> Self {
        let says = |name: &str, kind: &str| {
            std::env::var(name).is_ok_and(|kinds| kinds.to_lowercase().contains(kind))
        };
        let has_endpoint = || {
            let names = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];
            names.iter().any(|name| std::env::var_os(name).is_some_and(|endpoint| !endpoint.is_empty()))
        };
        let otlp = match std::env::var_os("OMEGI_EXPORTER_KIND").filter(|kinds| !kinds.is_empty()) {
            Some(_) => says("OMEGI_EXPORTER_KIND", "otlp"),
            None => says("OTEL_TRACES_EXPORTER", "otlp") || has_endpoint(),
        };
        Self { otlp, kafka: says("OMEGI_EXPORTER_KIND", "kafka") }
    }

    /// The features of omegi that this takes.
    pub(crate) const fn features(self) -> &'static str {
        match (self.otlp, self.kafka) {
            (false, false) => "enable,autostart",
            (true, false) => "enable,autostart,otlp",
            (false, true) => "enable,autostart,kafka",
            (true, true) => "enable,autostart,otlp,kafka",
        }
    }
}

/// omegi as a program can be linked with it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Built {
    /// The library of the crate `omegi`.
    pub(crate) library: PathBuf,
    /// All libraries that a program may have to link, its own included.
    pub(crate) libraries: BTreeSet<PathBuf>,
}

impl Runtime {
    /// The runtime that is, or is to be, built below `folder` by the compiler `rustc`.
    pub(crate) fn new(folder: PathBuf, rustc: OsString, is_offline: bool) -> Self {
        Self { folder, rustc, exports: Exports::wanted(), is_offline }
    }

    /// Where omegi is built.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether nothing may be downloaded.
    pub(crate) fn is_offline(&self) -> bool {
        self.is_offline
    }

    /// Builds omegi for `target`, unless that was done.
    pub(crate) fn ensure(&self, target: Option<&str>) -> Result<Built, Failure> {
        let compiler = self.compiler()?;
        let id = format!("{}-{:016x}", env!("CARGO_PKG_VERSION"), hash((CARRIED, &compiler)));
        let folder = self.folder.join(&id);
        let stamp = folder.join(format!("{}-{}.json", target.unwrap_or(HOST), self.exports.features()));
        if let Some(built) = read(&stamp) {
            return Ok(built);
        }
        let sources = folder.join("sources");
        unpack(&sources).map_err(|error| unwritable(&sources, &error))?;
        let built = self.build(&sources, &id, target)?;
        let text = serde_json::to_vec_pretty(&built).unwrap_or_default();
        write_whole(&stamp, &text).map_err(|error| unwritable(&stamp, &error))?;
        Ok(built)
    }

    /// What the compiler says it is.
    fn compiler(&self) -> Result<String, Failure> {
        let said = Command::new(&self.rustc).arg("-vV").output();
        let version = said.ok().filter(|said| said.status.success());
        let version = version.and_then(|said| String::from_utf8(said.stdout).ok()).ok_or_else(|| {
            let message = format!("`{} -vV` does not work", self.rustc.display());
            Failure::new(Cause::Machine, message, "Install a Rust toolchain: https://rustup.rs")
        })?;
        match minor_version(&version) {
            Some(minor) if minor < OLDEST => Err(Failure::new(
                Cause::Machine,
                format!(
                    "omegi needs Rust 1.{OLDEST} or newer, and this is {}",
                    version.lines().next().unwrap_or_default()
                ),
                "Run `rustup update`, or name another toolchain: `cargo +stable omegi …`",
            )),
            _ => Ok(version),
        }
    }

    fn build(&self, sources: &Path, id: &str, target: Option<&str>) -> Result<Built, Failure> {
        eprintln!(
            "cargo omegi: building omegi, once for this compiler, in {}",
            self.folder.join(id).display()
        );
        let output = self.build_command(sources, id, target).output();
        let output = output.map_err(|error| {
            Failure::new(
                Cause::Machine,
                format!("cargo cannot be called: {error}"),
                "Does `cargo --version` work here?",
            )
        })?;
        let built = artifacts(&output.stdout).filter(|_| output.status.success());
        built.ok_or_else(|| {
            Failure::new(
                Cause::Machine,
                format!("omegi could not be built from {}", sources.display()),
                "What cargo said is above; if it could not download a crate, go online once",
            )
        })
    }

    fn build_command(&self, sources: &Path, id: &str, target: Option<&str>) -> Command {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        // The project's own settings of cargo are not ours.
        command.current_dir("/");
        for (name, _) in std::env::vars_os().filter(|(name, _)| is_about_building(name)) {
            command.env_remove(name);
        }
        // Profiles with LTO read the libraries' bitcode; names of their own keep them apart from the program's crates and
        // from other builds of omegi.
        command
            .env("CARGO_ENCODED_RUSTFLAGS", format!("-Cembed-bitcode=yes\u{1f}-Cmetadata=cargo-omegi-{id}"));
        command.args(["build", "--release", "--package", "omegi", "--features", self.exports.features()]);
        // Procedural macros are built for the builder's speed, as a rule; ours run once for each item of the program.
        command.args(["--config", "profile.release.build-override.opt-level=3"]);
        command.arg("--manifest-path").arg(sources.join("Cargo.toml"));
        command
            .arg("--target-dir")
            .arg(self.folder.join(id).join("target"))
            .arg("--message-format=json-render-diagnostics");
        target.iter().for_each(|target| {
            command.args(["--target", target]);
        });
        if self.is_offline {
            command.arg("--offline");
        }
        command.stdin(Stdio::null()).stderr(Stdio::inherit());
        command
    }
}

fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

fn minor_version(version: &str) -> Option<u32> {
    version.strip_prefix("rustc 1.")?.split('.').next()?.parse().ok()
}

/// Whether a variable changes how cargo builds: those are the user's for the program, not for omegi.
fn is_about_building(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with("CARGO_PROFILE_")
        || name.starts_with("CARGO_BUILD_")
        || name.starts_with("CARGO_PKG_")
        || ["RUSTFLAGS", "CARGO_TARGET_DIR", "CARGO_MANIFEST_DIR", "RUSTC_WORKSPACE_WRAPPER"]
            .contains(&name.as_ref())
}

/// What cargo has built, by its messages.
fn artifacts(messages: &[u8]) -> Option<Built> {
    let mut library = None;
    let mut libraries = BTreeSet::new();
    for message in Message::parse_stream(messages).map_while(Result::ok) {
        let Message::CompilerArtifact(artifact) = message else { continue };
        let files = artifact.filenames.iter().map(|file| file.as_std_path().to_owned());
        let linked: Vec<_> = files.filter(|file| is_linked(file)).collect();
        if artifact.target.name == "omegi" {
            library = linked.first().and_then(|library| in_deps(library));
        } else {
            libraries.extend(linked);
        }
    }
    let library = library?;
    libraries.insert(library.clone());
    Some(Built { library, libraries })
}

/// Where the compiler looks for the library that cargo puts at `library`: the same file, with a hash in its name.
fn in_deps(library: &Path) -> Option<PathBuf> {
    let identity = |path: &Path| fs::metadata(path).and_then(|it| Ok((it.len(), it.modified()?))).ok();
    let wanted = identity(library)?;
    let entries = fs::read_dir(library.parent()?.join("deps")).ok()?.flatten();
    entries.map(|entry| entry.path()).find(|path| {
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        name.starts_with("libomegi-") && name.ends_with(".rlib") && identity(path) == Some(wanted)
    })
}

fn is_linked(file: &Path) -> bool {
    let extension = file.extension().and_then(OsStr::to_str);
    extension.is_some_and(|extension| ["rlib", "so", "dylib", "dll"].contains(&extension))
}

fn read(stamp: &Path) -> Option<Built> {
    let built: Built = serde_json::from_slice(&fs::read(stamp).ok()?).ok()?;
    built.libraries.iter().all(|library| library.exists()).then_some(built)
}

/// Writes the carried sources below `folder`.
fn unpack(folder: &Path) -> io::Result<()> {
    for (name, text) in CARRIED {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        write_whole(&path, alone(name, text).as_bytes())?;
    }
    Ok(())
}

/// The manifest of a workspace that has only what is carried.
fn alone(name: &str, text: &str) -> String {
    if name != "Cargo.toml" {
        return text.to_owned();
    }
    let members = |line: &str| {
        line.starts_with("members = ") || line.starts_with("exclude = ") || line.starts_with("readme = ")
    };
    let mut alone = String::new();
    for line in text.lines().take_while(|line| *line != "[dev-dependencies]") {
        let line = if line == "[workspace]" {
            "[workspace]\nmembers = [\"omegi-macros\", \"omegi-runtime\", \"omegi-weave\"]"
        } else if members(line) {
            continue;
        } else {
            line
        };
        alone.push_str(line);
        alone.push('\n');
    }
    alone
}

/// Writes a file so that nobody sees half of it.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let unfinished = path.with_extension(format!("{}.tmp", std::process::id()));
    fs::write(&unfinished, bytes)?;
    fs::rename(&unfinished, path)
}

/// That something of ours cannot be written.
pub(crate) fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::new(
        Cause::Machine,
        format!("{} cannot be written: {error}", path.display()),
        "Make it writable, or choose another place: --target-dir <PATH>",
    )
}
