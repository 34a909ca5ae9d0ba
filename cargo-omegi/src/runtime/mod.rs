//! The omegi that woven programs link: built from carried sources, once for a compiler and target.

mod built;
mod compiler;
mod features;
mod sources;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub(crate) use built::BuiltRuntime;
pub(crate) use features::features;
pub(crate) use sources::CRATES;

use crate::command_error::{CommandError, CommandErrorKind};
use crate::handshake::Handshake;

/// A build of omegi, done or to be done.
#[derive(Clone, Debug)]
pub(crate) struct Runtime {
    /// The folder with a folder for each compiler.
    folder: PathBuf,
    rustc: OsString,
    features: String,
    is_offline: bool,
}

impl Runtime {
    /// Returns the build of the project of `handshake` by the compiler `rustc`.
    pub(crate) fn new(handshake: &Handshake, rustc: OsString) -> Self {
        Self {
            folder: handshake.runtime_folder.clone(),
            rustc,
            features: handshake.features.clone(),
            is_offline: handshake.is_offline,
        }
    }

    /// Builds omegi for `target`, or else for this machine, unless an earlier call did.
    pub(crate) fn ensure(&self, target: Option<&str>) -> Result<BuiltRuntime, CommandError> {
        let id = sources::id(&compiler::version_text(&self.rustc)?);
        let folder = self.folder.join(&id);
        let stamp = folder.join(format!("{}-{}.json", target.unwrap_or("host"), self.features));
        if let Some(built) = BuiltRuntime::read(&stamp) {
            return Ok(built);
        }
        let workspace = folder.join("sources");
        sources::unpack(&workspace).map_err(|error| CommandError::unwritable(&workspace, &error))?;
        let built = self.build(&workspace, &id, target)?;
        let text = serde_json::to_vec_pretty(&built).unwrap_or_default();
        sources::write_whole(&stamp, &text).map_err(|error| CommandError::unwritable(&stamp, &error))?;
        Ok(built)
    }

    fn build(&self, sources: &Path, id: &str, target: Option<&str>) -> Result<BuiltRuntime, CommandError> {
        let folder = self.folder.join(id);
        eprintln!("cargo omegi: building omegi, once for this compiler, in {}", folder.display());
        let output = self.build_command(sources, id, target).output();
        let output = output.map_err(|error| {
            CommandError::new(
                CommandErrorKind::Machine,
                format!("cannot run cargo: {error}"),
                "check that `cargo --version` works here",
            )
        })?;
        let built = BuiltRuntime::in_messages(&output.stdout).filter(|_| output.status.success());
        built.ok_or_else(|| {
            CommandError::new(
                CommandErrorKind::Machine,
                format!("cannot build omegi from {}: cargo's message is above", sources.display()),
                "if cargo could not download a crate, go online once",
            )
        })
    }

    fn build_command(&self, sources: &Path, id: &str, target: Option<&str>) -> Command {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        // The settings of cargo in the project's folders are for the program alone.
        command.current_dir("/");
        for (name, _) in std::env::vars_os().filter(|(name, _)| is_for_the_program(name)) {
            command.env_remove(name);
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
        if self.is_offline {
            command.arg("--offline");
        }
        command.stdin(Stdio::null()).stderr(Stdio::inherit());
        command
    }
}

/// Returns whether a variable changes how cargo builds: the user sets it for the program, not for
/// omegi.
fn is_for_the_program(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    ["CARGO_PROFILE_", "CARGO_BUILD_", "CARGO_PKG_"].iter().any(|prefix| name.starts_with(prefix))
        || ["RUSTFLAGS", "CARGO_TARGET_DIR", "CARGO_MANIFEST_DIR", "RUSTC_WORKSPACE_WRAPPER"]
            .contains(&name.as_ref())
}
