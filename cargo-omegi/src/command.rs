//! Reads the command line and carries it out.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Command, CommandFactory as _, Parser as _};

use crate::cargo;
use crate::cargo_words::CargoWords;
use crate::cli::{BUILD_COMMANDS, Cli, CliCommand, NAME, TUNE};
use crate::command_error::CommandError;
use crate::options::ProjectOptions;
use crate::project::Project;
use crate::say::say;
use crate::usage_error::usage_error;
use crate::{diff, enabling, list, no_std, show, tune};

/// Returns whether a command line that begins with `first` was typed, as opposed to one that cargo
/// made from a typed one.
pub(crate) fn is_known(first: Option<&OsString>) -> bool {
    let Some(first) = first.and_then(|first| first.to_str()) else { return false };
    ["omegi", "help"].contains(&first)
        || first.starts_with('-')
        || Cli::command().find_subcommand(first).is_some()
}

/// Carries the command line out.
pub(crate) fn run(mut arguments: Vec<OsString>) -> Result<ExitCode, CommandError> {
    // Cargo passes its subcommand's name on.
    if arguments.first().is_some_and(|first| first == "omegi") {
        arguments.remove(0);
    }
    if arguments.is_empty() {
        arguments.push("help".into());
    }
    let typed = arguments[0].to_string_lossy().into_owned();
    let commands = Cli::built_command();
    let build_command = build_command(&commands, &arguments);
    let words = match build_command {
        Some((command, place)) => CargoWords::sort(command, arguments.split_off(place + 1)),
        None => CargoWords { read: arguments.split_off(1), ..CargoWords::default() },
    };
    let name_of_build = build_command.map_or(typed.as_str(), |(command, _)| command.get_name());
    let CargoWords { read, forwarded, for_cargo } = words;
    let read = [NAME.into()].into_iter().chain(arguments).chain(read);
    let command = match Cli::try_parse_from(read) {
        Ok(cli) => cli.command,
        Err(text) if [ErrorKind::DisplayHelp, ErrorKind::DisplayVersion].contains(&text.kind()) => {
            // A reader that closes the pipe needs no more output.
            let _ = text.print();
            return Ok(ExitCode::SUCCESS);
        }
        Err(error) => return Err(usage_error(&typed, &error)),
    };
    match command {
        CliCommand::Run(options)
        | CliCommand::Test(options)
        | CliCommand::Build(options)
        | CliCommand::Bench(options)
        | CliCommand::Check(options)
        | CliCommand::Rustc(options) => {
            let project = Project::find(&options.project, options.target_dir.as_deref())?;
            cargo::run(name_of_build, &project, &options, forwarded.split_at(for_cargo))
        }
        CliCommand::Tune(options) => {
            let build = options.command.build_options();
            let project = Project::find(&build.project, build.target_dir.as_deref())?;
            tune::run(name_of_build, &project, &options, forwarded.split_at(for_cargo))
        }
        CliCommand::Enable(options) => enabling::enable(&options),
        CliCommand::Disable(options) => enabling::disable(&options),
        CliCommand::List(options) => list::run(&find(&options.project)?, options.json),
        CliCommand::Diff(options) => diff::run(&find(&options.project)?, options.spliced),
        CliCommand::Show(options) => show::run(&options),
        CliCommand::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "cargo-omegi", &mut script);
            let _ = io::stdout().write_all(&script);
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Returns cargo's command in a command line, and its place: the first word, or that behind `tune`.
fn build_command<'c>(commands: &'c Command, arguments: &[OsString]) -> Option<(&'c Command, usize)> {
    let find = |commands: &'c Command, place: usize| {
        let found = commands.find_subcommand(arguments.get(place)?)?;
        BUILD_COMMANDS.contains(&found.get_name()).then_some((found, place))
    };
    match commands.find_subcommand(&arguments[0]) {
        Some(tune) if tune.get_name() == TUNE => {
            let is_option = |word: &OsString| word.as_encoded_bytes().starts_with(b"-");
            find(tune, arguments.iter().skip(1).position(|word| !is_option(word))? + 1)
        }
        _ => find(commands, 0),
    }
}

/// Finds the project with the packages that `-p` names, and reports its programs that lack the
/// standard library. A build reports those that it compiles.
fn find(options: &ProjectOptions) -> Result<Project, CommandError> {
    let project = Project::find(options, None)?.with_packages(&options.packages);
    for program in project.packages.iter().flat_map(|package| &package.no_std_programs) {
        say(no_std::explain(program));
    }
    Ok(project)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: &str) {
        let error = run(line.split(' ').map(OsString::from).collect()).unwrap_err();
        assert_eq!(error.to_string(), format!("cannot read the command line: {expected}"), "{line}");
    }

    #[test]
    fn an_option_without_its_value_is_an_error() {
        check("omegi run --package", "`--package` needs a value; write `--package <SPEC>`");
        check("omegi run -p --release", "`--package` needs a value; write `--package <SPEC>`");
        check("build --target-dir", "`--target-dir` needs a value; write `--target-dir <PATH>`");
        check(
            "show",
            "`cargo omegi show` needs a value for <FILE>; `cargo omegi show --help` lists its options",
        );
        check("check --manifest-path a --manifest-path b", "`--manifest-path` stands twice; name it once");
    }

    #[test]
    fn a_mistyped_option_gets_a_suggestion() {
        check(
            "list --jsn",
            "`cargo omegi list` has no option `--jsn`; did you mean `--json`? `cargo omegi list --help` \
            lists its options",
        );
        check(
            "diff --json",
            "`cargo omegi diff` has no option `--json`; `cargo omegi diff --help` lists its options",
        );
        check(
            "list shop",
            "`cargo omegi list` has no option `shop`; `cargo omegi list --help` lists its options",
        );
    }

    #[test]
    fn a_mistyped_command_gets_a_suggestion() {
        check(
            "omegi lst",
            "there is no command `lst`; did you mean `list`? `cargo omegi --help` lists the commands",
        );
        check(
            "rnu",
            "there is no command `rnu`; did you mean `run`? `cargo omegi --help` lists the commands",
        );
        check("xyzzy", "there is no command `xyzzy`; `cargo omegi --help` lists the commands");
        check(
            "completions bsh",
            "`bsh` is not a value of <SHELL>; did you mean `bash`? write one of bash, elvish, fish, \
            powershell, zsh",
        );
    }
}
