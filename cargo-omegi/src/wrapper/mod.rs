//! Stands for rustc when cargo compiles a crate of the workspace: gives the real rustc woven
//! sources.
//!
//! The program always compiles. If the woven crate does not compile, the functions at the errors'
//! lines are skipped; if that does not help, the whole crate is. The user reads rustc's messages
//! about the original sources. Any message about woven sources makes the wrapper call rustc again
//! with the originals.

mod crate_build;
mod crate_unit;
mod skipped;

use std::process::{ExitCode, ExitStatus};

use crate::rustc::Invocation;
use crate_unit::CrateUnit;

/// Compiles the crate that cargo asks for, and returns the compiler's exit code.
pub(crate) fn run(invocation: Invocation) -> ExitCode {
    let ended = match CrateUnit::of(&invocation) {
        Some(unit) => crate_build::compile(&unit),
        None => invocation.command().status(),
    };
    match ended {
        Ok(status) => exit_code(status),
        Err(error) => {
            let rustc = invocation.rustc.display();
            eprintln!("cargo omegi: cannot run {rustc}: {error}; check that it works here");
            ExitCode::FAILURE
        }
    }
}

fn exit_code(status: ExitStatus) -> ExitCode {
    ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(101))
}
