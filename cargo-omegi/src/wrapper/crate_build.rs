//! Compiles a crate woven, in several attempts if need be, or else as it is.

use std::io;
use std::path::Path;
use std::process::ExitStatus;

use omegi_weave::{Mirror, SkippedFunctions, SourceFile, normal};

use super::crate_unit::CrateUnit;
use super::skipped::SkippedFiles;
use crate::compiler_output::{self, CompilerOutput};
use crate::runtime::{BuiltRuntime, Runtime};

/// The number of attempts after which the whole crate is skipped.
const ATTEMPTS: usize = 6;

/// Compiles the crate: woven if it is to be and can be.
pub(super) fn compile(unit: &CrateUnit<'_>) -> io::Result<ExitStatus> {
    let result = if unit.is_woven() { compile_woven(unit)? } else { WovenResult::Nothing };
    match result {
        WovenResult::Compiled(status) => Ok(status),
        WovenResult::Nothing => compile_plain(unit),
        WovenResult::Failed(warning) => {
            let status = compile_plain(unit)?;
            // A check does not see the errors of constants and of the linker. Those do not come
            // from the weave.
            if status.success() {
                unit.warn(&warning);
            }
            Ok(status)
        }
    }
}

/// The result of compiling a crate woven.
enum WovenResult {
    Compiled(ExitStatus),
    /// There is nothing to weave, or a warning was printed already.
    Nothing,
    /// The woven crate does not compile; the warning is printed if the original does.
    Failed(String),
}

/// The result of one attempt.
enum Attempt {
    /// The crate compiled, or the original does not compile either.
    Done(ExitStatus),
    /// The crate may compile without the functions that were added to the skipped ones.
    Again,
    /// The errors point at no function.
    Stuck,
    /// There is nothing to weave, or no folder to write to.
    Nothing,
}

fn compile_plain(unit: &CrateUnit<'_>) -> io::Result<ExitStatus> {
    let status = unit.invocation.command().status()?;
    unit.rewrite_dep_info(None);
    Ok(status)
}

fn compile_woven(unit: &CrateUnit<'_>) -> io::Result<WovenResult> {
    let runtime = Runtime::new(&unit.handshake, unit.invocation.rustc.clone());
    let built = match runtime.ensure(unit.invocation.target.as_deref()) {
        Ok(built) => built,
        Err(error) => {
            unit.warn(&format!("{} is not woven: {error}", unit.package));
            return Ok(WovenResult::Nothing);
        }
    };
    let skipped_files = SkippedFiles::new(&unit.handshake.output_folder, unit.id());
    let mut skipped = skipped_files.read();
    for _ in 0..ATTEMPTS {
        match attempt(unit, &built, &skipped_files, &mut skipped)? {
            Attempt::Done(status) => return Ok(WovenResult::Compiled(status)),
            Attempt::Again => {}
            Attempt::Nothing => return Ok(WovenResult::Nothing),
            Attempt::Stuck => break,
        }
    }
    let (crate_name, report) = (&unit.invocation.crate_name, skipped_files.please_report());
    Ok(WovenResult::Failed(format!(
        "the crate {crate_name} is not woven: woven, it does not compile; {report}"
    )))
}

/// Compiles the crate woven without the `skipped` functions, and adds the failing ones to them.
fn attempt(
    unit: &CrateUnit<'_>,
    built: &BuiltRuntime,
    skipped_files: &SkippedFiles,
    skipped: &mut SkippedFunctions,
) -> io::Result<Attempt> {
    let files = unit.read(skipped);
    if files.iter().all(|file| file.woven.is_none()) {
        return Ok(Attempt::Nothing);
    }
    let written = unit.write_mirror(&files).and_then(|mirror| Ok((mirror, unit.link(built)?)));
    let (mirror, omegi) = match written {
        Ok(written) => written,
        Err(error) => {
            let (package, folder) = (&unit.package, unit.handshake.output_folder.display());
            unit.warn(&format!("{package} is not woven: cannot write to {folder}: {error}"));
            return Ok(Attempt::Nothing);
        }
    };
    let command = unit.woven_command(&mirror, &omegi);
    let shown = format!("{command:?}");
    let output = compiler_output::run(command, true)?;
    if output.status.success() {
        return finish(unit, &output, &mirror, skipped_files, skipped).map(Attempt::Done);
    }
    skipped_files.write_report(&shown, &output.rendered());
    let plain = unit.check()?;
    if !plain.status.success() {
        plain.pass_on();
        return Ok(Attempt::Done(plain.status));
    }
    let has_more = skip_failing(unit, &output, &files, &mirror, skipped);
    Ok(if has_more { Attempt::Again } else { Attempt::Stuck })
}

/// Remembers and reports the skipped functions, after the woven crate has compiled. If the compiler
/// had messages, prints those about the originals and returns the status of that check.
fn finish(
    unit: &CrateUnit<'_>,
    output: &CompilerOutput,
    mirror: &Mirror,
    skipped_files: &SkippedFiles,
    skipped: &SkippedFunctions,
) -> io::Result<ExitStatus> {
    unit.rewrite_dep_info(Some(mirror));
    if !skipped.is_empty() {
        skipped_files.write(skipped);
    }
    for (file, functions) in skipped {
        let names = functions.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let file = file.strip_prefix(&unit.working_folder).unwrap_or(file).display();
        let report = skipped_files.please_report();
        unit.warn(&format!("{names} in {file} skipped: woven, it does not compile; {report}"));
    }
    if output.messages.is_empty() {
        return Ok(output.status);
    }
    let plain = unit.check()?;
    plain.pass_on();
    Ok(plain.status)
}

/// Adds to `skipped` the functions in which the errors are. Returns whether there was one to add.
fn skip_failing(
    unit: &CrateUnit<'_>,
    output: &CompilerOutput,
    files: &[SourceFile],
    mirror: &Mirror,
    skipped: &mut SkippedFunctions,
) -> bool {
    let original =
        |path: &Path| normal(&mirror.original(path).unwrap_or_else(|| unit.working_folder.join(path)));
    let mut has_more = false;
    for (path, line) in output.error_lines(original) {
        let Some(file) = files.iter().find(|file| file.path == path) else { continue };
        let woven = file.functions.iter().filter(|function| function.skipped.is_none());
        for function in woven.filter(|function| function.lines.contains(&line)) {
            has_more |= skipped.entry(path.clone()).or_default().insert(function.path.clone());
        }
    }
    has_more
}
