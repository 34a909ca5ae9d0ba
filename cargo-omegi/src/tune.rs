//! `cargo omegi tune`: runs the program with its calls counted, and writes the profile.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
#[cfg(unix)]
use std::sync::Arc;
#[cfg(unix)]
use std::sync::atomic::AtomicBool;

use omegi_runtime::{Profile, ProfiledFunction};

use crate::cargo;
use crate::command_error::{CommandError, CommandErrorKind};
use crate::options::TuneOptions;
use crate::profile::budget::{Budget, VARIABLE};
use crate::profile::choose::{choose, program_ns};
use crate::profile::{self, FILE, read_budget};
use crate::project::{Project, below};
use crate::say::say;
use crate::whole_files::{write_again, write_whole};

/// Runs one of cargo's commands on the project with its calls counted, and writes the profile.
/// Returns the exit code of cargo or the program.
pub(crate) fn run(
    command: &str,
    project: &Project,
    options: &TuneOptions,
    words: (&[OsString], &[OsString]),
) -> Result<ExitCode, CommandError> {
    let budget = read_budget()?;
    let path = profile::path(&project.root);
    let mut profile = if options.add { before(&path)? } else { Profile::default() };
    // Such builds are kept apart: neither kind makes the other one stale.
    let folder = project.output_folder.join("tune");
    let raw = folder.join("measured");
    fs::create_dir_all(&folder).map_err(|error| CommandError::unwritable(&folder, &error))?;
    let _ = fs::remove_file(&raw);
    survive_interrupts();
    let code =
        cargo::run_profiled((&folder, &raw), command, project, options.command.build_options(), words)?;
    match profile::read(&raw) {
        Ok(Some(measured)) => profile.add_all(in_project(measured, &project.root)),
        // Cargo has said why, or a test was only built.
        Ok(None) if code != ExitCode::SUCCESS => return Ok(code),
        Ok(None) => return Err(nothing_measured("it called no function that can be woven, or was killed")),
        Err(reason) => return Err(nothing_measured(&reason)),
    }
    let text = profile.to_string();
    let written =
        if path.exists() { write_again(&path, text.as_bytes()) } else { write_whole(&path, text.as_bytes()) };
    written.map_err(|error| CommandError::unwritable(&path, &error))?;
    say(summary(&profile, budget));
    Ok(code)
}

fn before(path: &Path) -> Result<Profile, CommandError> {
    profile::read(path).map(Option::unwrap_or_default).map_err(|reason| {
        CommandError::new(
            CommandErrorKind::Project,
            format!("cannot add to {}: {reason}", path.display()),
            "mend it, or measure again without --add",
        )
    })
}

/// Has Ctrl-C end the program alone: this process has its profile to write.
fn survive_interrupts() {
    #[cfg(unix)]
    let _ = signal_hook::flag::register(signal_hook::consts::SIGINT, Arc::new(AtomicBool::new(false)));
}

fn nothing_measured(reason: &str) -> CommandError {
    CommandError::new(
        CommandErrorKind::Project,
        format!("cannot write {FILE}: the program has measured nothing: {reason}"),
        "let it end by itself or by Ctrl-C; `cargo omegi list` has the functions",
    )
}

/// Returns a profile with the paths of files below the project's root.
fn in_project(measured: Profile, root: &Path) -> Profile {
    let mut functions = BTreeMap::new();
    for (function, times) in measured.functions {
        let file = below(root, Path::new(&function.file));
        functions.insert(ProfiledFunction { file, ..function }, times);
    }
    Profile { functions, ..measured }
}

fn summary(profile: &Profile, budget: Budget) -> String {
    let chosen = choose(profile, budget);
    format!(
        "{FILE} has {} functions and {} ms of the program; within {budget}, spans go to {} of them, which \
         add {} ms; {VARIABLE} changes that",
        profile.functions.len(),
        program_ns(profile) / 1_000_000,
        chosen.spans.len(),
        chosen.cost_ns / 1_000_000,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_below_the_root() {
        let text = "omegi profile 1\nprogram 1\na::b\t/w/src/a.rs\t1\t1\t1\na::c\tsrc/a.rs\t1\t1\t1\n";
        let profile = in_project(Profile::parse(text).unwrap(), Path::new("/w"));
        assert_eq!(profile.to_string(), text.replace("/w/", ""));
    }
}
