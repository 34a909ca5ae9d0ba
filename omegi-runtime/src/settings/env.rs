//! The only reader of the process's environment in the whole runtime.

use std::ffi::OsString;
use std::path::PathBuf;

use super::code::CodeValues;
use super::config::Settings;
use super::printing::MASK;
use super::problem::Problem;
use super::program::Program;
use super::trimming::trimmed;
use super::woven::{self, WovenProgram};
use super::{table, unknown};

/// Returns the settings of the process's environment, else those of `code`, and the problems with
/// them.
///
/// `own_exporters` is whether the program has exporters of its own.
pub(crate) fn resolve_with(code: &CodeValues, own_exporters: bool) -> (Settings, Vec<Problem>) {
    let program = Program { own_exporters, ..this_program() };
    let (settings, mut problems) = Settings::resolve(value_of, code, &program);
    problems.extend(unknown::in_environment(names()));
    problems.extend(unknown::in_code(code.names()));
    (settings, problems)
}

/// Returns the value of an environment variable, if it is text.
pub(crate) fn text(name: &str) -> Option<String> {
    value_of(name)?.into_string().ok()
}

/// Returns the environment's variables as they may be reported: without the secrets of our own.
///
/// The caller masks secrets that their names and texts reveal.
pub(crate) fn reportable() -> impl Iterator<Item = (String, String)> {
    let lossy = |text: OsString| text.to_string_lossy().into_owned();
    std::env::vars_os().map(move |(name, value)| {
        let name = lossy(name);
        let value = if table::is_public(&name) { lossy(value) } else { MASK.to_owned() };
        (name, value)
    })
}

/// Returns whether an environment variable is set to something.
pub(crate) fn is_set(name: &str) -> bool {
    value_of(name).is_some()
}

/// Returns the package of the program, if `cargo omegi` wove it. Cargo names the package of tests,
/// which have no `main` of their own, in the environment.
pub(crate) fn package_name() -> Option<String> {
    let named = woven::described_package().map(str::to_owned);
    #[cfg(feature = "autostart")]
    let named = named.or_else(|| text("CARGO_PKG_NAME"));
    named
}

/// Returns the file to which `cargo omegi tune` has the program write its profile.
pub(crate) fn profile_file() -> Option<PathBuf> {
    value_of("CARGO_OMEGI_TUNE").map(PathBuf::from)
}

/// Has omegi's messages written to a file, if `cargo omegi` tests the program.
pub(crate) fn keep_streams() {
    woven_program().iter().for_each(WovenProgram::keep_streams);
}

/// Returns this program, if `cargo omegi` wove it: by its environment, which tells a run from a
/// build, and which tests that macros make and doctests have; else by its description.
fn woven_program() -> Option<WovenProgram> {
    #[cfg(feature = "autostart")]
    if let (Some(command), Some(folder)) = (text("CARGO_OMEGI_COMMAND"), text("CARGO_OMEGI_FOLDER")) {
        return Some(WovenProgram::new(&command, folder));
    }
    woven::described()
}

/// Returns whether this process builds a program, instead of being one.
#[cfg(feature = "autostart")]
pub(crate) fn is_building() -> bool {
    this_program().is_building()
}

fn value_of(name: &str) -> Option<OsString> {
    std::env::var_os(name).and_then(trimmed)
}

/// Returns the names of all variables that are set to something.
fn names() -> impl Iterator<Item = String> {
    let set = std::env::vars_os().filter_map(|(name, value)| trimmed(value).map(|_| name));
    set.filter_map(|name| name.into_string().ok())
}

fn this_program() -> Program {
    let path = std::env::current_exe().ok();
    let executable = path.as_deref().and_then(std::path::Path::file_name);
    Program {
        executable: executable.map(|name| name.to_string_lossy().into_owned()),
        otlp: cfg!(feature = "otlp"),
        kafka: cfg!(feature = "kafka"),
        own_exporters: false,
        autostart: cfg!(feature = "autostart"),
        is_cgi: is_set("REQUEST_METHOD"),
        woven: woven_program(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "autostart")]
    #[test]
    fn programs_that_build_programs_are_known_by_their_names() {
        let named = |name: &str| Program { executable: Some(name.to_owned()), ..this_program() };
        for name in ["rustc", "rustdoc.exe", "clippy-driver", "build-script-build", "build_script_main-1f2e"]
        {
            assert!(named(name).is_building(), "{name}");
        }
        for name in ["shop", "rustc-like", "build"] {
            assert!(!named(name).is_building(), "{name}");
        }
    }

    #[test]
    fn values_from_code_are_checked_like_all_others() {
        let resolve = |text: &str| {
            let mut code = CodeValues::default();
            code.set_text("OMEGI_MEMORY", text);
            resolve_with(&code, false)
        };
        let (settings, _) = resolve("7MiB");
        assert_eq!(settings.memory, 7 << 20);
        let (settings, problems) = resolve("lots");
        assert_eq!(settings.memory, 64 << 20);
        assert!(problems.iter().any(|problem| problem.variable() == "OMEGI_MEMORY"));
    }

    #[test]
    fn a_service_without_a_name_is_called_after_its_executable() {
        let executable = this_program().executable.expect("Linux, macOS and Windows tell");
        assert!(executable.starts_with("omegi_runtime"), "{executable}");
        assert!(!executable.contains('/'));
    }
}
