//! Calls cargo so that it builds the program woven.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::command_error::{CommandError, CommandErrorKind};
use crate::detail_modes::{DetailMode, DetailModes};
use crate::detail_summary::{self, DetailSummary};
use crate::flow_file::FlowFile;
use crate::hand_over::{exit_code, hand_over};
use crate::handshake::Handshake;
use crate::options::BuildOptions;
use crate::own_path::own_path;
use crate::profile::{self, read_budget};
use crate::project::Project;
use crate::runtime::{self, Runtime};
use crate::say::say;
use crate::user_wrappers::UserWrappers;

/// The line at the end of a build: `run` has other defaults.
const SAMPLING_OF_BUILT_PROGRAMS: &str = "\
    a program that you start by hand keeps 1 in 5 flows without an error, and each one with an error; \
    OMEGI_FLOW_RATE=1 keeps all";

/// Runs one of cargo's commands on the woven project, with these words behind it: those for cargo,
/// and those for the program.
pub(crate) fn run(
    command: &str,
    project: &Project,
    options: &BuildOptions,
    words: (&[OsString], &[OsString]),
) -> Result<ExitCode, CommandError> {
    run_in(&project.output_folder, None, command, project, options, words)
}

/// Runs the same in another folder, for programs that write their profiles to `profile_file`.
pub(crate) fn run_profiled(
    (folder, profile_file): (&Path, &Path),
    command: &str,
    project: &Project,
    options: &BuildOptions,
    words: (&[OsString], &[OsString]),
) -> Result<ExitCode, CommandError> {
    run_in(folder, Some(profile_file.to_owned()), command, project, options, words)
}

fn run_in(
    folder: &Path,
    profile_file: Option<PathBuf>,
    command: &str,
    project: &Project,
    options: &BuildOptions,
    (words, words_of_program): (&[OsString], &[OsString]),
) -> Result<ExitCode, CommandError> {
    let is_profiled = profile_file.is_some();
    fs::create_dir_all(folder).map_err(|error| CommandError::unwritable(folder, &error))?;
    let wrappers = UserWrappers::find(words);
    if let Some(missing) = wrappers.missing() {
        return Err(CommandError::new(
            CommandErrorKind::Machine,
            format!("cannot run the compiler's wrapper {}: there is no such program", missing.display()),
            "install it, or set RUSTC_WRAPPER and RUSTC_WORKSPACE_WRAPPER to others, or to nothing",
        ));
    }
    let is_quiet = has_word(words, &["-q", "--quiet"]);
    let mut handshake = handshake(command, project, options, is_quiet, wrappers)?;
    handshake.output_folder = folder.to_owned();
    handshake.profile_file = profile_file;
    if is_profiled && command == "run" {
        // A server ends by Ctrl-C, and writes its profile then.
        handshake.features = runtime::features(|name| match name {
            "OMEGI_SIGNALS" => Some("true".into()),
            name => std::env::var_os(name),
        });
    }
    build_runtime(&handshake, &options.targets)?;
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.arg(command).args(words);
    // Cargo takes the last of two settings of one name.
    for setting in cargo_settings(&handshake.wrappers)? {
        cargo.arg("--config").arg(setting);
    }
    // These variables would win over the settings.
    cargo.env_remove("RUSTC_WRAPPER").env_remove("RUSTC_WORKSPACE_WRAPPER");
    cargo.arg("--target-dir").arg(folder).args(words_of_program);
    handshake.write(
        &mut cargo,
        project.packages.iter().map(|package| (package.name.as_str(), package.is_needed_plain)),
    );
    if is_profiled {
        return cargo.status().map(exit_code).map_err(|error| not_run(&error));
    }
    read_budget()?;
    let packages = project.packages.iter().map(|package| (package.name.as_str(), package.crate_names()));
    Handshake::write_choices(&mut cargo, &profile::choices_or_warn(&project.root), packages);
    let say_details = || {
        let folders = detail_summary::folders(folder, command, words, &options.targets);
        if let Some(summary) = DetailSummary::read(folder, &folders, handshake.details) {
            say(summary);
        }
    };
    let runs_tests = is_test(command) && !has_word(words, &["--no-run"]);
    let ended = match runs_tests.then(|| FlowFile::new(folder)) {
        Some(file) => {
            file.put_aside();
            let ended = cargo.status().map(exit_code);
            if !handshake.is_quiet {
                say_details();
            }
            if let Some(summary) = file.summary() {
                say(summary);
            }
            ended
        }
        // The program runs in this process' place, and the wrapper has the last word about it.
        None if command == "run" => hand_over(cargo),
        None => cargo.status().map(|status| {
            if status.success() && !handshake.is_quiet {
                say_details();
                if is_build(command) {
                    say(SAMPLING_OF_BUILT_PROGRAMS);
                }
            }
            exit_code(status)
        }),
    };
    ended.map_err(|error| not_run(&error))
}

fn not_run(error: &io::Error) -> CommandError {
    CommandError::new(
        CommandErrorKind::Machine,
        format!("cannot run cargo: {error}"),
        "check that `cargo --version` works here",
    )
}

fn handshake(
    command: &str,
    project: &Project,
    options: &BuildOptions,
    is_quiet: bool,
    wrappers: UserWrappers,
) -> Result<Handshake, CommandError> {
    Ok(Handshake {
        output_folder: project.output_folder.clone(),
        source_root: project.source_root.clone(),
        project_root: project.root.clone(),
        runtime_folder: runtime::folder(&project.output_folder)?,
        features: runtime::features(|name| std::env::var_os(name)),
        command: match command {
            "run" => "run",
            command if is_test(command) => "test",
            _ => "build",
        }
        .to_owned(),
        details: DetailModes::of(DetailMode::chosen()?, is_test(command)),
        is_offline: options.is_offline(),
        is_configured: false,
        is_quiet,
        profile_file: None,
        wrappers,
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
fn cargo_settings(wrappers: &UserWrappers) -> Result<[String; 2], CommandError> {
    let own = own_path()?;
    let own = own.display().to_string();
    // A cache in front of this program would not know the files on which the weave depends. It
    // stands behind this program, for the libraries of others too.
    let of_all = if wrappers.of_all.is_some() { own.as_str() } else { "" };
    Ok([format!("build.rustc-workspace-wrapper={own:?}"), format!("build.rustc-wrapper={of_all:?}")])
}

/// Returns whether the command leaves a program to be started by hand.
fn is_build(command: &str) -> bool {
    matches!(command, "build" | "rustc")
}

/// Returns whether one of these words is for cargo.
fn has_word(words: &[OsString], wanted: &[&str]) -> bool {
    words.iter().take_while(|word| *word != "--").any(|word| wanted.iter().any(|wanted| word == wanted))
}

fn is_test(command: &str) -> bool {
    matches!(command, "test" | "bench")
}
