//! Calls cargo so that it builds the program woven.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus};

use crate::command_error::{CommandError, CommandErrorKind};
use crate::handshake::Handshake;
use crate::options::BuildOptions;
use crate::project::Project;
use crate::runtime::{self, Runtime};

/// The variable that selects the console exporter's stream.
const CONSOLE_STREAM: &str = "OMEGI_CONSOLE_STREAM";

/// The line at the end of a build: `run` has other defaults.
const SAMPLING_OF_BUILT_PROGRAMS: &str = "\
    a program that you start by hand keeps 1 in 5 flows without an error, and each one with an error; \
    OMEGI_FLOW_RATE=1 keeps all, as `cargo omegi run` does";

/// Runs one of cargo's commands on the woven project, with these words behind it.
pub(crate) fn run(
    command: &str,
    project: &Project,
    options: &BuildOptions,
    words: &[OsString],
) -> Result<ExitCode, CommandError> {
    let folder = &project.output_folder;
    fs::create_dir_all(folder).map_err(|error| CommandError::unwritable(folder, &error))?;
    let handshake = handshake(project, options)?;
    build_runtime(&handshake, &options.targets)?;
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.arg(command);
    // The user's settings would replace settings before the command; behind it both apply.
    for setting in cargo_settings()? {
        cargo.arg("--config").arg(setting);
    }
    // These variables would win over the settings.
    cargo.env_remove("RUSTC_WRAPPER").env_remove("RUSTC_WORKSPACE_WRAPPER");
    cargo.arg("--target-dir").arg(folder).args(words);
    handshake.write(&mut cargo, project.packages.iter().map(|package| package.name.as_str()));
    for (name, value) in defaults(command, project) {
        if std::env::var_os(name).is_none() {
            cargo.env(name, value);
        }
    }
    let file = flow_file(command, project);
    let ended = match &file {
        Some(file) => {
            let _ = fs::remove_file(file);
            cargo.status().map(exit_code)
        }
        None if is_build(command) => cargo.status().map(|status| {
            if status.success() && !is_quiet(words) {
                eprintln!("cargo omegi: {SAMPLING_OF_BUILT_PROGRAMS}");
            }
            exit_code(status)
        }),
        None => hand_over(cargo),
    };
    if let Some(file) = file.filter(|file| file.exists()) {
        eprintln!("cargo omegi: the flows with an error are in {}", file.display());
    }
    ended.map_err(|error| {
        CommandError::new(
            CommandErrorKind::Machine,
            format!("cannot run cargo: {error}"),
            "check that `cargo --version` works here",
        )
    })
}

fn handshake(project: &Project, options: &BuildOptions) -> Result<Handshake, CommandError> {
    let runtime_folder = match std::env::var_os("CARGO_OMEGI_RUNTIME_DIR").filter(|set| !set.is_empty()) {
        Some(set) => {
            std::path::absolute(set).map_err(|error| CommandError::unwritable(Path::new("."), &error))?
        }
        None => project.output_folder.join("runtime"),
    };
    Ok(Handshake {
        output_folder: project.output_folder.clone(),
        source_root: project.source_root.clone(),
        runtime_folder,
        features: runtime::features(|name| std::env::var_os(name)),
        is_offline: options.is_offline(),
    })
}

fn build_runtime(handshake: &Handshake, targets: &[String]) -> Result<(), CommandError> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let runtime = Runtime::new(handshake, rustc);
    if targets.is_empty() {
        return runtime.ensure(None).map(drop);
    }
    targets.iter().try_for_each(|target| runtime.ensure(Some(target)).map(drop))
}

/// Returns settings for cargo. Unlike variables they do not reach the processes that the program
/// starts.
fn cargo_settings() -> Result<[String; 2], CommandError> {
    let own = std::env::current_exe().map_err(|error| {
        CommandError::new(
            CommandErrorKind::Machine,
            format!("cannot find the file of cargo-omegi itself: {error}"),
            "install it again",
        )
    })?;
    // A cache in front of the compiler does not know the files on which the weave depends.
    Ok([
        format!("build.rustc-workspace-wrapper={:?}", own.display().to_string()),
        "build.rustc-wrapper=\"\"".to_owned(),
    ])
}

/// Returns the settings of the woven program that hold unless the user sets them.
fn defaults(command: &str, project: &Project) -> Vec<(&'static str, OsString)> {
    match command {
        "run" => vec![("OMEGI_FLOW_RATE", "1".into())],
        command if is_test(command) => {
            vec![("OMEGI_FLOW_RATE", "0".into()), (CONSOLE_STREAM, default_flow_file(project).into())]
        }
        _ => Vec::new(),
    }
}

/// Returns the file for the flows of tests, unless the user chose another exporter. They have a
/// file because the output of tests is often compared.
fn flow_file(command: &str, project: &Project) -> Option<PathBuf> {
    let is_default = is_test(command) && std::env::var_os(CONSOLE_STREAM).is_none();
    is_default.then(|| default_flow_file(project))
}

fn default_flow_file(project: &Project) -> PathBuf {
    project.output_folder.join("flows.json")
}

/// Returns whether the command leaves a program to be started by hand.
fn is_build(command: &str) -> bool {
    matches!(command, "build" | "rustc")
}

/// Returns whether cargo is asked to say nothing.
fn is_quiet(words: &[OsString]) -> bool {
    words.iter().take_while(|word| *word != "--").any(|word| word == "-q" || word == "--quiet")
}

fn is_test(command: &str) -> bool {
    matches!(command, "test" | "bench")
}

/// Replaces this process by cargo, as cargo replaces its own by the program. A signal then reaches
/// the program alone, and the waiting process gets its exit status.
#[cfg(unix)]
fn hand_over(mut cargo: Command) -> io::Result<ExitCode> {
    use std::os::unix::process::CommandExt as _;
    Err(cargo.exec())
}

#[cfg(not(unix))]
fn hand_over(mut cargo: Command) -> io::Result<ExitCode> {
    cargo.status().map(exit_code)
}

/// Returns the exit code that a shell gives to this status.
fn exit_code(status: ExitStatus) -> ExitCode {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status).map(|signal| 128 + signal);
    #[cfg(not(unix))]
    let signal = None;
    let code = status.code().or(signal);
    ExitCode::from(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}
