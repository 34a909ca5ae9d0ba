//! Libraries of programs without the standard library. Such a program cannot link a woven library,
//! which links omegi. The wrapper therefore compiles these libraries twice: woven for all other
//! programs, and as they are, into a folder of their own.
//!
//! ```text
//! cargo: rustc parts ──▶ target/omegi/debug/deps/libparts-1f2e.rlib   woven, for `tool`
//!                    └─▶ target/omegi/plain/libparts-1f2e.rlib        plain, for `firmware`
//! ```

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use super::crate_unit::CrateUnit;
use crate::compiler_output;
use crate::handshake;
use crate::no_std;

/// Returns whether the crate is a program without the standard library.
pub(super) fn is_no_std_program(unit: &CrateUnit<'_>) -> io::Result<bool> {
    let invocation = unit.invocation;
    if !(invocation.is_linked() || invocation.is_test()) || has_libtest(unit) {
        return Ok(false);
    }
    let is = |conditions: &dyn Fn(&str) -> Option<bool>| {
        no_std::is_program(unit.root(), invocation.is_program(), conditions)
    };
    match is(&|_| None) {
        Some(known) => Ok(known),
        None => {
            let conditions = invocation.conditions()?;
            Ok(is(&|condition| Some(conditions.contains(condition))) == Some(true))
        }
    }
}

/// Returns whether the crate is a test with libtest, which links the standard library: a kernel
/// tests itself with a runner of its own.
fn has_libtest(unit: &CrateUnit<'_>) -> bool {
    let has_runner = || fs::read_to_string(unit.root()).is_ok_and(|text| text.contains("test_runner"));
    unit.invocation.is_test() && !has_runner()
}

/// Compiles the crate plain, with plain libraries.
pub(super) fn compile_program(unit: &CrateUnit<'_>) -> io::Result<ExitStatus> {
    unit.invocation.with_libraries(&folder(unit)).command().status()
}

/// Compiles the crate plain for programs without the standard library, if one may link it. Returns
/// the end of a compiler that failed.
pub(super) fn compile_library(unit: &CrateUnit<'_>) -> io::Result<Option<ExitStatus>> {
    let invocation = unit.invocation;
    if !invocation.is_library() || invocation.is_test() {
        return Ok(None);
    }
    let folder = folder(unit);
    if !unit.is_woven() || !handshake::is_needed_plain(&unit.package) {
        // An older one would be taken.
        remove(unit, &folder);
        return Ok(None);
    }
    fs::create_dir_all(&folder)?;
    let output = compiler_output::run(invocation.with_libraries(&folder).command_into(&folder), false)?;
    if output.status.success() {
        return Ok(None);
    }
    remove(unit, &folder);
    output.pass_on();
    Ok(Some(output.status))
}

fn remove(unit: &CrateUnit<'_>, folder: &Path) {
    for extension in ["rlib", "rmeta"] {
        let _ = fs::remove_file(folder.join(format!("lib{}.{extension}", unit.id())));
    }
}

fn folder(unit: &CrateUnit<'_>) -> PathBuf {
    unit.handshake.output_folder.join("plain")
}
