//! The only reader of the process's environment in the whole runtime.

use std::ffi::OsString;

use super::config::Settings;
use super::problem::Problem;
use super::program::Program;

/// The settings that the process's environment asks for, and what was wrong with it. Where the environment is silent,
/// `defaults` are asked: what is set in code.
///
/// So a value from code goes through the same checks as one from outside.
pub(crate) fn read_above(defaults: impl Fn(&str) -> Option<OsString>) -> (Settings, Vec<Problem>) {
    let lookup = |name: &str| value_of(name).or_else(|| defaults(name));
    Settings::resolve(lookup, &this_program())
}

/// Whether the process's environment says anything under this name.
pub(crate) fn is_set(name: &str) -> bool {
    value_of(name).is_some()
}

/// Whether this process builds a program, instead of being one.
#[cfg(feature = "autostart")]
pub(crate) fn is_building() -> bool {
    this_program().is_building()
}

fn value_of(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

fn this_program() -> Program {
    let path = std::env::current_exe().ok();
    let executable = path.as_deref().and_then(std::path::Path::file_name);
    Program {
        executable: executable.map(|name| name.to_string_lossy().into_owned()),
        otlp: cfg!(feature = "otlp"),
        kafka: cfg!(feature = "kafka"),
        autostart: cfg!(feature = "autostart"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "autostart")]
    #[test]
    fn what_builds_a_program_is_known_by_its_name() {
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
    fn defaults_are_checked_like_everything_else() {
        let value = |value: &'static str| {
            move |name: &str| (name == "OMEGI_FLOW_RATE").then(|| OsString::from(value))
        };
        let (settings, _) = read_above(value("7"));
        assert_eq!(settings.flow_rate.get(), 7);
        let (settings, problems) = read_above(value("often"));
        assert_eq!(settings.flow_rate.get(), 5);
        assert!(problems.iter().any(|problem| problem.variable() == "OMEGI_FLOW_RATE"));
    }

    #[test]
    fn a_service_without_a_name_is_called_after_its_executable() {
        let executable = this_program().executable.expect("Linux, macOS and Windows tell");
        assert!(executable.starts_with("omegi_runtime"), "{executable}");
        assert!(!executable.contains('/'));
    }
}
