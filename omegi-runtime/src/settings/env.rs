//! The only reader of the process's environment in the whole runtime.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ffi::OsString;

use super::config::Settings;
use super::origins::Source;
use super::problem::Problem;
use super::program::Program;
use super::secret::MASK;
use super::unknown;
use super::variables;

/// The settings that the process's environment asks for, and what was wrong with it. Where the environment is silent,
/// `code` is asked: what the program says under each name. `own_exporters`: whether it brings some.
///
/// So a value from code goes through the same checks as one from outside.
pub(crate) fn read_above(
    code: &HashMap<Cow<'static, str>, String>,
    own_exporters: bool,
) -> (Settings, Vec<Problem>) {
    let lookup = |source, name: &str| match source {
        Source::Environment => value_of(name),
        Source::Code => code.get(name).map(OsString::from),
    };
    let (settings, mut problems) = Settings::resolve(lookup, &Program { own_exporters, ..this_program() });
    problems.extend(unknown::in_environment(names()));
    problems.extend(unknown::in_code(code.keys().map(AsRef::as_ref)));
    (settings, problems)
}

/// What the process's environment says under this name, if that is text.
pub(crate) fn text(name: &str) -> Option<String> {
    value_of(name)?.into_string().ok()
}

/// The variables of the process's environment as they may be reported, but for what their names and texts give away:
/// without the secrets of our own.
pub(crate) fn reportable() -> impl Iterator<Item = (String, String)> {
    let lossy = |text: OsString| text.to_string_lossy().into_owned();
    std::env::vars_os().map(move |(name, value)| {
        let name = lossy(name);
        let value = if variables::is_public(&name) { lossy(value) } else { MASK.to_owned() };
        (name, value)
    })
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

/// The names of all variables that are set to something.
fn names() -> impl Iterator<Item = String> {
    let set = std::env::vars_os().filter(|(_, value)| !value.is_empty());
    set.filter_map(|(name, _)| name.into_string().ok())
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
        own_exporters: false,
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
    fn what_code_says_is_checked_like_everything_else() {
        let code = |value: &str| HashMap::from([("OMEGI_MEMORY".into(), value.to_owned())]);
        let (settings, _) = read_above(&code("7MiB"), false);
        assert_eq!(settings.memory, 7 << 20);
        let (settings, problems) = read_above(&code("lots"), false);
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
