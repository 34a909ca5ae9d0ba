//! omegi inside whole programs: what it does to them when all goes well, and when everything goes
//! wrong.

mod again;
mod arguments;
mod autostart;
mod backend;
mod bad_input;
mod ending;
mod error_limit;
mod exporters;
mod files;
mod memory;
mod metrics;
#[cfg(unix)]
mod mortal;
mod receiver;
mod samplers;
mod sampling;
mod secrets;
mod spooling;

use std::path::Path;
use std::process::Command;

use omegi_tests::programs::{command, stderr, stdout};

/// The program, asked to start omegi at that time, with nothing of omegi's in its environment but
/// `variables`.
fn program(when: &str, variables: &[(&str, &str)]) -> Command {
    let mut command = command(Path::new(env!("CARGO_BIN_EXE_program")), variables);
    command.arg(when);
    command
}

/// The program's own output.
const OWN_OUTPUT: &str = "Ok(4)\nErr(\"no item 12\")\n";
