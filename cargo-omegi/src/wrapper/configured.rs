//! Stands for rustc in a build that `cargo omegi enable` has configured.
//!
//! Cargo calls this program there without a word from `cargo omegi`. It finds the facts itself, and
//! starts itself again with the variables that `cargo omegi build` would have set.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, ExitCode};

use super::crate_unit::is_by_cargo;
use crate::command_error::CommandError;
use crate::detail_modes::{DetailMode, DetailModes};
use crate::hand_over::hand_over;
use crate::handshake::Handshake;
use crate::options::ProjectOptions;
use crate::own_path::own_path;
use crate::project::Project;
use crate::runtime;
use crate::rustc::Invocation;
use crate::say::say;
use crate::user_wrappers::UserWrappers;

/// Compiles the crate that cargo asks for by these `arguments`, and returns the compiler's exit
/// code.
pub(crate) fn run(arguments: &[OsString]) -> ExitCode {
    let command = woven_call(arguments).or_else(|| plain_call(arguments));
    match command.map(hand_over) {
        Some(Ok(code)) => code,
        Some(Err(error)) => {
            let compiler = arguments.first().map(|it| it.display().to_string()).unwrap_or_default();
            say(format_args!("cannot start the compiler {compiler}: {error}; check that it works here"));
            ExitCode::FAILURE
        }
        None => ExitCode::FAILURE,
    }
}

fn plain_call(arguments: &[OsString]) -> Option<Command> {
    let (compiler, words) = arguments.split_first()?;
    let mut command = Command::new(compiler);
    command.args(words);
    Some(command)
}

/// Returns the call of this program that weaves. `None` for a call that compiles no part of the
/// program, and for a project that cannot be read: the build goes on without omegi.
fn woven_call(arguments: &[OsString]) -> Option<Command> {
    let invocation = Invocation::parse(Vec::new(), arguments)?;
    invocation.source().filter(|_| !invocation.is_for_the_build() && is_by_cargo(&invocation.crate_name))?;
    let manifest = Path::new(&std::env::var_os("CARGO_MANIFEST_DIR")?).join("Cargo.toml");
    let options = ProjectOptions { manifest_path: Some(manifest), ..ProjectOptions::default() };
    let command = Project::find(&options, invocation.target_folder())
        .and_then(|project| Ok((handshake(&project, &invocation)?, project)))
        .and_then(|(handshake, project)| command(arguments, &handshake, &project));
    command.inspect_err(|error| say(format_args!("{} is not woven: {error}", invocation.crate_name))).ok()
}

fn handshake(project: &Project, invocation: &Invocation) -> Result<Handshake, CommandError> {
    // The crate is woven all the same: cargo would not ask again once the variable is right.
    let chosen = DetailMode::chosen().unwrap_or_else(|error| {
        say(error);
        None
    });
    Ok(Handshake {
        output_folder: project.output_folder.clone(),
        source_root: project.source_root.clone(),
        project_root: project.root.clone(),
        runtime_folder: runtime::folder(&project.output_folder)?,
        features: runtime::features(|name| std::env::var_os(name)),
        command: if invocation.is_harness() { "test" } else { "build" }.to_owned(),
        details: DetailModes::of(chosen, invocation.is_harness()),
        is_offline: std::env::var_os("CARGO_NET_OFFLINE").is_some_and(|value| value == "true"),
        is_configured: true,
        is_quiet: true,
        profile_file: None,
        // A program before this one is cargo's: the variables tell nothing of it here.
        wrappers: UserWrappers::default(),
    })
}

fn command(
    arguments: &[OsString],
    handshake: &Handshake,
    project: &Project,
) -> Result<Command, CommandError> {
    let mut command = Command::new(own_path()?);
    command.args(arguments);
    let packages = project.packages.iter();
    handshake.write(&mut command, packages.map(|package| (package.name.as_str(), package.is_needed_plain)));
    Ok(command)
}
