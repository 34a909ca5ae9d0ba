//! What is typed behind `cargo omegi`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::failure::{Cause, Failure};
use crate::project::Project;
use crate::show::Wanted;
use crate::{bare, cargo, diff, list, show};

/// The commands of cargo that can be given a woven program.
const WOVEN: [&str; 10] = ["run", "r", "test", "t", "build", "b", "bench", "check", "c", "rustc"];

/// The commands of our own.
const OWN: [&str; 4] = ["list", "diff", "show", "help"];

/// Options, as far as they concern us. Those of cargo's commands go on to cargo as they are.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) packages: Vec<String>,
    pub(crate) manifest_path: Option<PathBuf>,
    pub(crate) target_dir: Option<PathBuf>,
    pub(crate) targets: Vec<String>,
    pub(crate) json: bool,
    pub(crate) spliced: bool,
    wants_help: bool,
    /// What is left for cargo.
    pub(crate) rest: Vec<OsString>,
}

/// Whether a command line that begins like this is one of people's, or of cargo's for them.
pub(crate) fn is_known(first: Option<&OsString>) -> bool {
    let Some(first) = first.and_then(|first| first.to_str()) else { return false };
    first == "omegi" || first.starts_with('-') || WOVEN.contains(&first) || OWN.contains(&first)
}

/// Does what the command line says.
pub(crate) fn run(mut arguments: Vec<OsString>) -> Result<ExitCode, Failure> {
    // Cargo hands its subcommand's name on.
    if arguments.first().is_some_and(|first| first == "omegi") {
        arguments.remove(0);
    }
    let Some(first) = arguments.first().map(|first| first.to_string_lossy().into_owned()) else {
        return help();
    };
    let rest = arguments.split_off(1);
    match first.as_str() {
        "help" | "-h" | "--help" => help(),
        "-V" | "--version" => {
            println!("cargo-omegi {}", env!("CARGO_PKG_VERSION"));
            Ok(ExitCode::SUCCESS)
        }
        command if WOVEN.contains(&command) => {
            let options = Options::of_cargo(rest)?;
            if options.wants_help {
                return help();
            }
            let project = find(&options)?;
            cargo::run(command, &project, options)
        }
        "list" | "diff" => {
            let options = Options::of_ours(&first, rest)?;
            if options.wants_help {
                return help();
            }
            let project = find(&options)?;
            if first == "list" { list::run(&project, &options) } else { diff::run(&project, &options) }
        }
        "show" => to_show(rest)?.map_or_else(help, |wanted| show::run(&wanted)),
        unknown => Err(unknown_command(unknown)),
    }
}

fn find(options: &Options) -> Result<Project, Failure> {
    let project = Project::find(options)?;
    if !project.bare.is_empty() {
        eprintln!("cargo omegi: {}", bare::explain(&project.bare));
    }
    Ok(project)
}

/// What `show` is to show; nothing where help is wanted.
fn to_show(arguments: Vec<OsString>) -> Result<Option<Wanted>, Failure> {
    let mut wanted = Wanted { files: Vec::new(), errors_only: false };
    for argument in arguments {
        match argument.to_string_lossy().as_ref() {
            "--errors" => wanted.errors_only = true,
            "-h" | "--help" => return Ok(None),
            unknown if unknown.starts_with('-') => {
                let suggestion = omegi_weave::did_you_mean(unknown, ["--errors", "--help"]);
                return Err(Failure::new(
                    Cause::Usage,
                    format!("`cargo omegi show` does not know `{unknown}`"),
                    format!("`cargo omegi --help` lists its options{suggestion}"),
                ));
            }
            _ => wanted.files.push(argument.into()),
        }
    }
    if wanted.files.is_empty() {
        let remedy =
            "Write `cargo omegi show <FILE>`: one that OMEGI_DEBUG_SPANDUMP or the file exporter has written";
        return Err(Failure::new(Cause::Usage, "`cargo omegi show` wants a file", remedy));
    }
    Ok(Some(wanted))
}

fn help() -> Result<ExitCode, Failure> {
    print!("{}", include_str!("help.txt"));
    Ok(ExitCode::SUCCESS)
}

fn unknown_command(typed: &str) -> Failure {
    let known = WOVEN.into_iter().chain(OWN).filter(|name| name.len() > 1);
    let suggestion = omegi_weave::did_you_mean(typed, known);
    let remedy = format!("`cargo omegi --help` lists all{suggestion}");
    Failure::new(Cause::Usage, format!("there is no command `{typed}`"), remedy)
}

impl Options {
    /// Reads the options of a command of our own, which knows them all.
    fn of_ours(command: &str, arguments: Vec<OsString>) -> Result<Self, Failure> {
        let mut options = Self::of_cargo(arguments)?;
        for argument in std::mem::take(&mut options.rest) {
            match (command, argument.to_string_lossy().as_ref()) {
                ("list", "--json") => options.json = true,
                ("diff", "--spliced") => options.spliced = true,
                (_, "--workspace" | "--all") => {}
                (_, unknown) => {
                    let suggestion = omegi_weave::did_you_mean(
                        unknown,
                        ["--json", "--spliced", "--package", "--manifest-path"],
                    );
                    return Err(Failure::new(
                        Cause::Usage,
                        format!("`cargo omegi {command}` does not know `{unknown}`"),
                        format!("`cargo omegi --help` lists its options{suggestion}"),
                    ));
                }
            }
        }
        Ok(options)
    }

    /// Reads what concerns us among the options of a command of cargo's.
    fn of_cargo(arguments: Vec<OsString>) -> Result<Self, Failure> {
        let mut options = Self::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let text = argument.to_string_lossy().into_owned();
            if text == "--" {
                options.rest.push(argument);
                options.rest.extend(arguments);
                break;
            }
            match known(&text) {
                Some((option, value)) => {
                    let next = || arguments.next().map(|next| next.to_string_lossy().into_owned());
                    let value = value.or_else(next).ok_or_else(|| wants_value(&text, option))?;
                    options.note(option, value);
                }
                None if text == "-h" || text == "--help" => options.wants_help = true,
                None => options.rest.push(argument),
            }
        }
        Ok(options)
    }

    fn note(&mut self, option: &str, value: String) {
        match option {
            "--package" => self.packages.push(value),
            "--manifest-path" => self.manifest_path = Some(value.into()),
            "--target-dir" => self.target_dir = Some(value.into()),
            _ => self.targets.push(value),
        }
    }

    /// What cargo is to be given, but for the target folder, which is ours to say.
    pub(crate) fn for_cargo(&self) -> Vec<OsString> {
        let mut arguments = Vec::new();
        let mut add = |option: &str, value: OsString| arguments.extend([option.into(), value]);
        self.packages.iter().for_each(|name| add("--package", name.into()));
        self.manifest_path.iter().for_each(|path| add("--manifest-path", path.into()));
        self.targets.iter().for_each(|target| add("--target", target.into()));
        arguments.extend(self.rest.iter().cloned());
        arguments
    }
}

fn wants_value(typed: &str, option: &str) -> Failure {
    Failure::new(Cause::Usage, format!("`{typed}` wants a value"), format!("Write `{option} <VALUE>`"))
}

/// The option that an argument is, if it concerns us and takes a value; and the value, if it is part of it.
fn known(argument: &str) -> Option<(&'static str, Option<String>)> {
    const LONG: [&str; 4] = ["--package", "--manifest-path", "--target-dir", "--target"];
    if let Some(value) = argument.strip_prefix("-p") {
        let value = value.strip_prefix('=').unwrap_or(value);
        return Some(("--package", (!value.is_empty()).then(|| value.to_owned())));
    }
    let (name, value) = match argument.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (argument, None),
    };
    LONG.into_iter().find(|long| *long == name).map(|long| (long, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(line: &str) -> Options {
        Options::of_cargo(line.split(' ').map(OsString::from).collect()).unwrap()
    }

    #[test]
    fn what_concerns_us_is_found_among_cargos_options() {
        let read =
            options("--release -p a --package=b -pc --target-dir /t --target x --bin y -- -p d --help");
        assert_eq!(read.packages, ["a", "b", "c"]);
        assert_eq!(read.target_dir, Some("/t".into()));
        assert_eq!(read.targets, ["x"]);
        assert!(!read.wants_help);
        let given: Vec<_> = read.for_cargo().iter().map(|it| it.to_string_lossy().into_owned()).collect();
        assert_eq!(
            given.join(" "),
            "--package a --package b --package c --target x --release --bin y -- -p d --help"
        );
    }

    #[test]
    fn an_option_without_its_value_is_an_error() {
        let failure = Options::of_cargo(vec!["--package".into()]).unwrap_err();
        assert_eq!(failure.to_string(), "`--package` wants a value. Write `--package <VALUE>`");
    }

    #[test]
    fn our_own_commands_know_all_their_options() {
        let failure = Options::of_ours("list", vec!["--jsn".into()]).unwrap_err();
        assert_eq!(
            failure.to_string(),
            "`cargo omegi list` does not know `--jsn`. `cargo omegi --help` lists its options; did you mean `--json`?"
        );
    }

    #[test]
    fn a_mistyped_command_gets_a_suggestion() {
        let failure = run(vec!["omegi".into(), "lst".into()]).unwrap_err();
        assert_eq!(
            failure.to_string(),
            "there is no command `lst`. `cargo omegi --help` lists all; did you mean `list`?"
        );
    }
}
