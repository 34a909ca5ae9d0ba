//! The omegi that woven programs link: built from carried sources, once for a compiler and target.

mod built;
mod compiler;
mod features;
mod sources;

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

pub(crate) use built::BuiltRuntime;
pub(crate) use features::{features, variables_of_features};
pub(crate) use sources::CRATES;

use fs4::FileExt;

use crate::command_error::{CommandError, CommandErrorKind};
use crate::handshake::Handshake;
use crate::say::{say, say_on_terminal};
use crate::whole_files::write_whole;

/// Returns the folder in which omegi is built for a project with this `output_folder`.
pub(crate) fn folder(output_folder: &Path) -> Result<PathBuf, CommandError> {
    match std::env::var_os("CARGO_OMEGI_RUNTIME_DIR").filter(|set| !set.is_empty()) {
        Some(set) => {
            std::path::absolute(set).map_err(|error| CommandError::unwritable(Path::new("."), &error))
        }
        None => Ok(output_folder.join("runtime")),
    }
}

/// A build of omegi, done or to be done.
#[derive(Clone, Debug)]
pub(crate) struct Runtime {
    /// The folder with a folder for each compiler.
    folder: PathBuf,
    rustc: OsString,
    features: String,
    is_offline: bool,
    /// True if cargo repeats the words of the build whenever the crate is fresh.
    is_configured: bool,
    /// The user's program in front of each compiler.
    wrapper: Option<PathBuf>,
}

impl Runtime {
    /// Returns the build of the project of `handshake` by the compiler `rustc`.
    pub(crate) fn new(handshake: &Handshake, rustc: OsString) -> Self {
        Self {
            folder: handshake.runtime_folder.clone(),
            rustc,
            features: handshake.features.clone(),
            is_offline: handshake.is_offline,
            is_configured: handshake.is_configured,
            wrapper: handshake.wrappers.of_all.clone(),
        }
    }

    /// Builds omegi for `target`, or else for this machine, unless an earlier call did. Another
    /// process that builds it at this moment is waited for.
    pub(crate) fn ensure(&self, target: Option<&str>) -> Result<BuiltRuntime, CommandError> {
        let id = sources::id(&compiler::version_text(&self.rustc)?);
        let folder = self.folder.join(&id);
        let stamp = folder.join(format!("{}-{}.json", target.unwrap_or("host"), self.features));
        if let Some(built) = BuiltRuntime::read(&stamp) {
            return Ok(built);
        }
        let workspace = folder.join("sources");
        fs::create_dir_all(&workspace).map_err(|error| CommandError::unwritable(&workspace, &error))?;
        // Closing the file unlocks it.
        let _lock = lock(&folder.join("lock"));
        if let Some(built) = BuiltRuntime::read(&stamp) {
            return Ok(built);
        }
        BuiltRuntime::remove_damaged(&stamp);
        sources::unpack(&workspace).map_err(|error| CommandError::unwritable(&workspace, &error))?;
        let built = self.build(&workspace, &id, target)?;
        let text = serde_json::to_vec_pretty(&built).unwrap_or_default();
        write_whole(&stamp, &text).map_err(|error| CommandError::unwritable(&stamp, &error))?;
        Ok(built)
    }

    fn build(&self, sources: &Path, id: &str, target: Option<&str>) -> Result<BuiltRuntime, CommandError> {
        let folder = self.folder.join(id);
        let message = format!("building omegi, once for this compiler, in {}", folder.display());
        let output = if self.is_configured {
            say_on_terminal(message);
            // An option `--offline` of cargo does not reach its wrapper.
            let offline = self.run(sources, id, target, true)?;
            if self.is_offline || offline.status.success() {
                offline
            } else {
                self.run(sources, id, target, false)?
            }
        } else {
            say(message);
            self.run(sources, id, target, self.is_offline)?
        };
        let built = BuiltRuntime::in_messages(&output.stdout).filter(|_| output.status.success());
        built.ok_or_else(|| {
            let _ = io::stderr().write_all(&output.stderr);
            CommandError::new(
                CommandErrorKind::Machine,
                format!("cannot build omegi from {}: cargo's message is above", sources.display()),
                "if cargo could not download a crate, go online once",
            )
        })
    }

    fn run(
        &self,
        sources: &Path,
        id: &str,
        target: Option<&str>,
        is_offline: bool,
    ) -> Result<Output, CommandError> {
        self.build_command(sources, id, target, is_offline).output().map_err(|error| {
            CommandError::new(
                CommandErrorKind::Machine,
                format!("cannot run cargo: {error}"),
                "check that `cargo --version` works here",
            )
        })
    }

    fn build_command(&self, sources: &Path, id: &str, target: Option<&str>, is_offline: bool) -> Command {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        // The settings of cargo in the project's folders are for the program alone.
        command.current_dir("/");
        for (name, _) in std::env::vars_os().filter(|(name, _)| is_for_the_program(name)) {
            command.env_remove(name);
        }
        if let Some(wrapper) = &self.wrapper {
            command.env("RUSTC_WRAPPER", wrapper);
        }
        // Profiles with LTO read the libraries' bitcode. The metadata keeps the libraries apart
        // from the program's crates and from other builds of omegi.
        let flags = format!("-Cembed-bitcode=yes\u{1f}-Cmetadata=cargo-omegi-{id}");
        command.env("CARGO_ENCODED_RUSTFLAGS", flags);
        command.args(["build", "--release", "--package", "omegi", "--features", &self.features]);
        // Cargo builds procedural macros without optimisation. These run once for each item of a
        // program.
        command.args(["--config", "profile.release.build-override.opt-level=3"]);
        command.arg("--manifest-path").arg(sources.join("Cargo.toml"));
        command.arg("--target-dir").arg(self.folder.join(id).join("target"));
        command.arg("--message-format=json-render-diagnostics");
        if let Some(target) = target {
            command.args(["--target", target]);
        }
        if is_offline {
            command.arg("--offline");
        }
        let stderr = if self.is_configured { Stdio::piped() } else { Stdio::inherit() };
        command.stdin(Stdio::null()).stderr(stderr);
        command
    }
}

/// Waits for the lock on `file`. A file system without locks has none to wait for: cargo's own lock
/// and files that are written whole keep two builds apart.
fn lock(file: &Path) -> Option<File> {
    let file = File::create(file).ok()?;
    FileExt::lock(&file).ok().map(|()| file)
}

/// Returns whether a variable changes how cargo builds: the user sets it for the program, not for
/// omegi.
fn is_for_the_program(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    ["CARGO_PROFILE_", "CARGO_BUILD_", "CARGO_PKG_"].iter().any(|prefix| name.starts_with(prefix))
        || ["RUSTFLAGS", "CARGO_TARGET_DIR", "CARGO_MANIFEST_DIR", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER"]
            .contains(&name.as_ref())
}
