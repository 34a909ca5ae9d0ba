//! `cargo omegi`: every function of a program traced, without a change to it.
//!
//! One program in two roles. As a command (`command`) it reads the command line (`cli`), finds the
//! project (`project`) and builds omegi once (`runtime`). Then it calls cargo (`cargo`). Cargo
//! calls it back as the compiler, with variables of its own in the environment (`handshake`). As
//! the compiler's wrapper (`wrapper`) it gives rustc a woven copy of the sources (`omegi-weave`).
//! rustc's messages (`compiler_output`) and the dependencies (`dep_info`) still refer to the
//! originals.
//!
//! ```text
//! cargo omegi run ──▶ command ──▶ project, runtime ──▶ cargo run --config …workspace-wrapper=…
//!                                                            │ for each crate of the workspace
//!                       rustc on target/omegi/woven/… ◀── wrapper ──▶ omegi-weave
//! ```

mod cargo;
mod cargo_words;
mod cli;
mod command;
mod command_error;
mod compiler_output;
mod dep_info;
mod diff;
mod exclusions;
mod handshake;
mod list;
mod no_std;
mod options;
mod pattern;
mod project;
mod runtime;
mod rustc;
mod show;
mod usage_error;
mod wrapper;

use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let is_wrapper = handshake::is_present() && !command::is_known(arguments.first());
    match rustc::Invocation::parse(&arguments).filter(|_| is_wrapper) {
        Some(invocation) => wrapper::run(invocation),
        None => command::run(arguments).unwrap_or_else(|error| error.report()),
    }
}
