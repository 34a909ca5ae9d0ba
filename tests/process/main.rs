//! omegi inside whole programs: what it does to them when all goes well, and when everything goes wrong.

mod arguments;
mod autostart;
mod backend;
mod bad_input;
mod ending;
mod files;
mod memory;
mod metrics;
#[cfg(unix)]
mod mortal;
mod outlets;
mod receiver;
mod samplers;
mod sampling;
mod secrets;
mod spooling;
mod storms;

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The program, asked to start omegi at that time, with nothing of omegi's in its environment but `variables`.
fn program(when: &str, variables: &[(&str, &str)]) -> Command {
    let mut command = command(Path::new(env!("CARGO_BIN_EXE_program")), variables);
    command.arg(when);
    command
}

/// That executable, with nothing of omegi's in its environment but `variables`.
fn command(executable: &Path, variables: &[(&str, &str)]) -> Command {
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

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What the program prints by itself.
const OWN_OUTPUT: &str = "Ok(4)\nErr(\"no item 12\")\n";
