//! Calls cargo so that it builds the program woven.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::command::Options;
use crate::failure::{Cause, Failure};
use crate::project::Project;
use crate::runtime::{Runtime, unwritable};
use crate::wrapper;

/// Where the console exporter writes.
const STREAM: &str = "OMEGI_CONSOLE_STREAM";

/// Runs one of cargo's commands on the woven project.
pub(crate) fn run(command: &str, project: &Project, options: Options) -> Result<ExitCode, Failure> {
    fs::create_dir_all(&project.folder).map_err(|error| unwritable(&project.folder, &error))?;
    let runtime = runtime(project, &options)?;
    let targets = options.targets.iter().map(|target| Some(target.as_str()));
    let targets: Vec<_> = if options.targets.is_empty() { vec![None] } else { targets.collect() };
    for target in targets {
        runtime.ensure(target)?;
    }
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.arg(command);
    // Behind the command: there they add to the user's, who would replace those before it.
    for setting in settings()? {
        cargo.arg("--config").arg(setting);
    }
    // The environment is stronger than settings are.
    cargo.env_remove("RUSTC_WRAPPER").env_remove("RUSTC_WORKSPACE_WRAPPER");
    cargo.arg("--target-dir").arg(&project.folder).args(options.for_cargo());
    wrapper::prepare(&mut cargo, project, &runtime);
    for (name, value) in
        defaults(command, project).into_iter().filter(|(name, _)| std::env::var_os(name).is_none())
    {
        cargo.env(name, value);
    }
    let flows = Flows::of(command, project);
    flows.begin();
    let ended = if flows.are_told() { cargo.status().map(exit_code) } else { hand_over(cargo) };
    flows.tell();
    ended.map_err(|error| {
        Failure::new(
            Cause::Machine,
            format!("cargo cannot be called: {error}"),
            "Does `cargo --version` work here?",
        )
    })
}

/// Gives cargo this process, as cargo gives its own to the program: a signal reaches the program alone, and whoever
/// waits for it sees how it ended.
#[cfg(unix)]
fn hand_over(mut cargo: Command) -> io::Result<ExitCode> {
    use std::os::unix::process::CommandExt as _;
    Err(cargo.exec())
}

#[cfg(not(unix))]
fn hand_over(mut cargo: Command) -> io::Result<ExitCode> {
    cargo.status().map(exit_code)
}

/// The file to which the flows of tests go: what a test says is often looked at by another.
struct Flows(Option<PathBuf>);

impl Flows {
    fn of(command: &str, project: &Project) -> Self {
        let is_default = std::env::var_os(STREAM).is_none();
        Self((is_default && is_tested(command)).then(|| flow_file(project)))
    }

    /// Whether there is something to say when all is over.
    fn are_told(&self) -> bool {
        self.0.is_some()
    }

    /// Leaves nothing of the run before.
    fn begin(&self) {
        self.0.iter().for_each(|file| drop(fs::remove_file(file)));
    }

    fn tell(&self) {
        if let Some(file) = self.0.as_ref().filter(|file| file.exists()) {
            eprintln!("cargo omegi: the flows with an error are in {}", file.display());
        }
    }
}

fn is_tested(command: &str) -> bool {
    matches!(command, "test" | "t" | "bench")
}

fn flow_file(project: &Project) -> PathBuf {
    project.folder.join("flows.json")
}

fn runtime(project: &Project, options: &Options) -> Result<Runtime, Failure> {
    let folder = match std::env::var_os("CARGO_OMEGI_RUNTIME_DIR").filter(|set| !set.is_empty()) {
        Some(set) => std::path::absolute(set).map_err(|error| unwritable(Path::new("."), &error))?,
        None => project.folder.join("runtime"),
    };
    let is_offline = options.rest.iter().any(|option| option == "--offline" || option == "--frozen");
    Ok(Runtime::new(folder, std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()), is_offline))
}

/// Cargo's settings, which do not reach what the program itself starts.
fn settings() -> Result<[String; 2], Failure> {
    let own = std::env::current_exe().map_err(|error| {
        Failure::new(
            Cause::Machine,
            format!("this program does not find itself: {error}"),
            "Install it again",
        )
    })?;
    // A cache in front of the compiler would not see what the weave depends on.
    Ok([
        format!("build.rustc-workspace-wrapper={:?}", own.display().to_string()),
        "build.rustc-wrapper=\"\"".to_owned(),
    ])
}

/// What the environment says of the program's flows, where the user says nothing.
fn defaults(command: &str, project: &Project) -> Vec<(&'static str, OsString)> {
    match command {
        "run" | "r" => vec![("OMEGI_FLOW_RATE", "1".into())],
        command if is_tested(command) => {
            vec![("OMEGI_FLOW_RATE", "0".into()), (STREAM, flow_file(project).into())]
        }
        _ => Vec::new(),
    }
}

#[cfg(unix)]
fn exit_code(status: std::process::ExitStatus) -> ExitCode {
    use std::os::unix::process::ExitStatusExt as _;
    // As a shell says that a program was killed.
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    ExitCode::from(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

#[cfg(not(unix))]
fn exit_code(status: std::process::ExitStatus) -> ExitCode {
    ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}
