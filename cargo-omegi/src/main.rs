//! `cargo omegi`: every function of a program traced, without a change to it.
//!
//! One program with two lives. As a command (`command`) it finds out about the project (`project`), has omegi
//! itself built once (`runtime`) and calls cargo, which it tells to call it back as the compiler (`cargo`). As the
//! compiler's wrapper (`wrapper`) it gives rustc a woven copy of the sources (`omegi-weave`), and lets nobody notice:
//! what rustc says is what it says of the original (`diagnostics`), what it depends on as well (`dep_info`).
//!
//! ```text
//! cargo omegi run ──▶ command ──▶ project, runtime ──▶ cargo run --config build.rustc-workspace-wrapper=…
//!                                                            │ for each crate of the workspace
//!                       rustc on target/omegi/woven/… ◀── wrapper ──▶ omegi-weave
//! ```

mod bare;
mod cargo;
mod command;
mod dep_info;
mod diagnostics;
mod diff;
mod failure;
mod list;
mod project;
mod runtime;
mod rustc;
mod show;
mod wish;
mod wrapper;

use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let is_called_back = wrapper::is_prepared() && !command::is_known(arguments.first());
    match rustc::Invocation::parse(&arguments).filter(|_| is_called_back) {
        Some(invocation) => wrapper::run(invocation),
        None => command::run(arguments).unwrap_or_else(|failure| failure.report()),
    }
}
