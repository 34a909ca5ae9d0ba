//! Stands for rustc when cargo compiles a crate of the workspace: gives the real rustc woven
//! sources.
//!
//! The program always compiles. If the woven crate does not compile, the functions that fail are
//! woven in part or skipped (`healing`). The user reads rustc's messages
//! about the original sources. Any message about woven sources makes the wrapper call rustc again
//! with the originals.
//!
//! A compiler that is killed is no judgement about woven sources: the wrapper ends as it has ended.

mod blame;
mod built_unit;
pub(crate) mod configured;
mod crate_build;
mod crate_unit;
mod failure_report;
mod healing;
mod plain_library;

use std::ffi::OsString;
use std::process::{Command, ExitCode, ExitStatus};

use crate::compiler_end::signal;
use crate::handshake::Handshake;
use crate::rustc::Invocation;
use crate::say::say;
use crate::user_wrappers;
use crate_unit::CrateUnit;

/// Compiles the crate that cargo asks for by these `arguments`, and returns the compiler's exit
/// code. `None` if cargo has not started this process in the compiler's place.
pub(crate) fn run(arguments: &[OsString]) -> Option<ExitCode> {
    let handshake = Handshake::read()?;
    let (is_member, words) = user_wrappers::sort(arguments, &handshake.wrappers);
    let invocation = Invocation::parse(handshake.wrappers.around(is_member), words)?;
    let ended = match CrateUnit::of(&invocation, handshake).filter(|_| is_member) {
        Some(unit) => crate_build::compile(&unit),
        None => invocation.command().status(),
    };
    Some(match ended {
        Ok(status) => end_as(status),
        Err(error) => {
            let program = invocation.command().get_program().display().to_string();
            say(format_args!("cannot compile with {program}: {error}; check that it works here"));
            ExitCode::FAILURE
        }
    })
}

/// Ends this process as the compiler ended, or returns its exit code.
fn end_as(status: ExitStatus) -> ExitCode {
    if let Some(signal) = signal(status) {
        // Cargo reports the signal. A signal that this process survives becomes a code.
        let _ = Command::new("sh").args(["-c", &format!("kill -{signal} $PPID")]).status();
        return u8::try_from(128 + signal).map_or(ExitCode::FAILURE, ExitCode::from);
    }
    ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(101))
}
