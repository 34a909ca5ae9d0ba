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
//!
//! After `cargo omegi enable` (`enabling`) cargo finds the wrapper in its own configuration, and no
//! command has run before: `wrapper::configured` finds the facts.

mod build_report;
mod cargo;
mod cargo_words;
mod cli;
mod command;
mod command_error;
mod compiler_end;
mod compiler_output;
mod dep_info;
mod detail_modes;
mod detail_summary;
mod diff;
mod enabling;
mod exclusions;
mod flow_file;
mod hand_over;
mod handshake;
mod list;
mod no_std;
mod options;
mod own_path;
mod pattern;
mod profile;
mod project;
mod runtime;
mod rustc;
mod say;
mod show;
mod tune;
mod usage_error;
mod user_wrappers;
mod whole_files;
mod wrapper;

use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    // The name of a compiler can be that of a command.
    let is_typed = command::is_known(arguments.first()) && !rustc::is_call(&arguments);
    if !is_typed && handshake::is_present() {
        if let Some(code) = wrapper::run(&arguments) {
            return code;
        }
    } else if rustc::is_call(&arguments) {
        return wrapper::configured::run(&arguments);
    }
    command::run(arguments).unwrap_or_else(|error| error.report())
}
