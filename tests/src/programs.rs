//! Whole programs, run by tests.

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// That executable, with nothing of omegi's in its environment but `variables`.
pub fn command(executable: &Path, variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(executable);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for (name, _) in std::env::vars_os() {
        let ours = name.to_str().is_some_and(|name| name.starts_with("OMEGI_") || name.starts_with("OTEL_"));
        if ours {
            command.env_remove(name);
        }
    }
    command.envs(variables.iter().copied());
    command
}

/// What it wrote to stdout.
pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What it wrote to stderr.
pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
