//! omegi inside whole programs: its effects when all goes well, and when everything fails.

mod again;
mod arguments;
mod autostart;
mod backend;
mod bad_input;
mod ending;
mod error_limit;
mod expected_errors;
mod exporters;
mod files;
mod hooks;
mod many_threads;
mod memory;
mod metrics;
#[cfg(unix)]
mod mortal;
mod network;
mod open_flows;
mod receiver;
#[cfg(unix)]
mod rights;
mod samplers;
mod sampling;
mod secrets;
mod serving;
#[cfg(unix)]
mod signal_handlers;
mod spooling;

use std::path::Path;
use std::process::Command;

use omegi_tests::programs::{command, stderr, stdout};

/// Returns the program with this argument, and with no settings of omegi but `variables`.
fn program(when: &str, variables: &[(&str, &str)]) -> Command {
    let mut command = command(Path::new(env!("CARGO_BIN_EXE_program")), variables);
    command.arg(when);
    command
}

/// The program's own output.
const OWN_OUTPUT: &str = "Ok(4)\nErr(\"no item 12\")\n";
