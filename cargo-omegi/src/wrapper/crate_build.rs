//! Compiles a crate woven, without the functions that fail woven if need be, or else as it is.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

use omegi_weave::{CrateRestrictions, Mirror, SourceFile};

use super::built_unit::{BuiltUnit, PlainReason};
use super::crate_unit::CrateUnit;
use super::healing::{self, Attempt, Healed};
use super::{blame, failure_report, plain_library};
use crate::compiler_end::CompilerEnd;
use crate::compiler_output::{self, CompilerOutput};
use crate::no_std;
use crate::runtime::{BuiltRuntime, Runtime};

/// Compiles the crate: woven if it is to be and can be.
pub(super) fn compile(unit: &CrateUnit<'_>) -> io::Result<ExitStatus> {
    if plain_library::is_no_std_program(unit)? {
        return compile_no_std_program(unit);
    }
    if let Some(failed) = plain_library::compile_library(unit)? {
        return Ok(failed);
    }
    let result = if unit.is_woven() {
        compile_woven(unit)?
    } else {
        WovenResult::Plain(PlainReason::new(
            "package-not-woven",
            "its package is not woven: it is outside of OMEGI_PROJECT_ROOT, or part of omegi",
        ))
    };
    match result {
        WovenResult::Compiled(status) => Ok(status),
        WovenResult::Plain(reason) => compile_plain_because(unit, &reason),
        WovenResult::Unable(because) => {
            let status = compile_plain_because(unit, &PlainReason::new("package-not-woven", because))?;
            unit.ask_for_another_attempt()?;
            Ok(status)
        }
        WovenResult::Failed(warning) => {
            let reason = PlainReason::new("crate-not-woven", "its crate does not compile woven");
            let status = compile_plain_because(unit, &reason)?;
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
    /// The crate is not to be woven.
    Plain(PlainReason),
    /// The machine does not allow it now, for this reason. A warning was printed.
    Unable(String),
    /// The woven crate does not compile; the warning is printed if the original does.
    Failed(String),
}

fn compile_no_std_program(unit: &CrateUnit<'_>) -> io::Result<ExitStatus> {
    let status = finish_plain(unit, plain_library::compile_program(unit)?)?;
    if status.success() && unit.is_woven() {
        let because = no_std::explain(&unit.invocation.crate_name);
        unit.warn(&because);
        BuiltUnit::plain(unit, &PlainReason::new("no-std", because)).write();
    }
    Ok(status)
}

fn compile_plain_because(unit: &CrateUnit<'_>, reason: &PlainReason) -> io::Result<ExitStatus> {
    let status = compile_plain(unit)?;
    if status.success() {
        BuiltUnit::plain(unit, reason).write();
    }
    Ok(status)
}

fn compile_plain(unit: &CrateUnit<'_>) -> io::Result<ExitStatus> {
    finish_plain(unit, compiler_output::run_through(unit.invocation.command())?)
}

fn finish_plain(unit: &CrateUnit<'_>, status: ExitStatus) -> io::Result<ExitStatus> {
    if status.success() {
        unit.rewrite_dep_info(None)?;
    }
    Ok(status)
}

fn compile_woven(unit: &CrateUnit<'_>) -> io::Result<WovenResult> {
    let runtime = Runtime::new(&unit.handshake, unit.invocation.rustc.clone());
    match runtime.ensure(unit.invocation.target.as_deref()) {
        Ok(built) => WovenBuild { unit, built, compiles_all: false }.run(),
        Err(error) => {
            unit.warn(&format!("{} is not woven: {error}", unit.package));
            Ok(WovenResult::Unable(error.to_string()))
        }
    }
}

/// A build of the woven crate.
struct WovenBuild<'a> {
    unit: &'a CrateUnit<'a>,
    built: BuiltRuntime,
    /// True if the attempts compile the crate to the end: a check has no errors.
    compiles_all: bool,
}

/// The woven files, where the compiler finds them.
struct WrittenFiles {
    files: Vec<SourceFile>,
    mirror: Mirror,
    omegi: PathBuf,
}

impl WovenBuild<'_> {
    fn run(mut self) -> io::Result<WovenResult> {
        let unit = self.unit;
        let whole = unit.read(&CrateRestrictions::new(), false);
        if whole.iter().all(|file| file.woven.is_none()) {
            return Ok(WovenResult::Plain(PlainReason::new(
                "nothing-to-weave",
                "it has no function to weave",
            )));
        }
        let mut restrictions = BuiltUnit::restrictions(unit, &self.built, &whole);
        let mut whole = Some(whole).filter(|_| restrictions.is_empty());
        // After a search by checks comes one by attempts that compile the crate to the end.
        for is_last in [false, false, true] {
            let files = whole.take().unwrap_or_else(|| unit.read(&restrictions, false));
            let written = match self.write(files) {
                Ok(written) => written,
                Err(error) => return Ok(self.unwritable(&error)),
            };
            let command = unit.woven_command(&written.mirror, &written.omegi);
            let shown = format!("{command:?}");
            let mut output = compiler_output::run(command, true)?;
            // A crash that does not come again is not due to the code.
            if CompilerEnd::of(&output) == CompilerEnd::Crashed {
                output = compiler_output::run(unit.woven_command(&written.mirror, &written.omegi), true)?;
            }
            if CompilerEnd::of(&output) == CompilerEnd::Stopped {
                output.pass_on_placeless();
                return Ok(WovenResult::Compiled(output.status));
            }
            if output.status.success() {
                return self.finish(&output, &written, &restrictions).map(WovenResult::Compiled);
            }
            failure_report::write(unit, &shown, &output.rendered());
            if let Some(status) = self.plain_failure()? {
                return Ok(WovenResult::Compiled(status));
            }
            if is_last {
                break;
            }
            match healing::heal(restrictions, |restrictions| self.attempt(restrictions))? {
                Healed::Found(found) => restrictions = found,
                Healed::Stopped(status) => return Ok(WovenResult::Compiled(status)),
                Healed::GivenUp => break,
            }
            self.compiles_all = true;
        }
        let (crate_name, please) = (&unit.invocation.crate_name, failure_report::please_report(unit));
        Ok(WovenResult::Failed(format!(
            "the crate {crate_name} is not woven: woven, it does not compile; {please}"
        )))
    }

    /// Returns the status of the original's compilation if that fails as well.
    fn plain_failure(&self) -> io::Result<Option<ExitStatus>> {
        if self.compiles_all {
            let status = compile_plain(self.unit)?;
            return Ok((!status.success()).then_some(status));
        }
        let plain = self.unit.check()?;
        if plain.status.success() {
            return Ok(None);
        }
        plain.pass_on();
        Ok(Some(plain.status))
    }

    /// Compiles the crate with `restrictions`, as far as errors are to be found. A second search
    /// compiles the very text of the build: a macro may read more than the tokens of its input.
    fn attempt(&self, restrictions: &CrateRestrictions) -> io::Result<Attempt> {
        let unit = self.unit;
        let WrittenFiles { files, mirror, omegi } =
            self.write(unit.read(restrictions, !self.compiles_all))?;
        let command = if self.compiles_all {
            unit.woven_command(&mirror, &omegi)
        } else {
            unit.woven_check(&mirror, &omegi)?
        };
        let output = compiler_output::run(command, false)?;
        let errors = blame::places(&output, &files, |path| unit.original(&mirror, path));
        let is_stopped = CompilerEnd::of(&output) == CompilerEnd::Stopped;
        if is_stopped {
            output.pass_on_placeless();
        }
        Ok(Attempt { status: output.status, is_stopped, errors, woven: blame::woven(&files) })
    }

    fn write(&self, files: Vec<SourceFile>) -> io::Result<WrittenFiles> {
        let mirror = self.unit.write_mirror(&files)?;
        let omegi = self.unit.link(&self.built)?;
        Ok(WrittenFiles { files, mirror, omegi })
    }

    fn unwritable(&self, error: &io::Error) -> WovenResult {
        let (package, folder) = (&self.unit.package, self.unit.handshake.output_folder.display());
        let because = format!("cannot write to {folder}: {error}");
        self.unit.warn(&format!("{package} is not woven: {because}"));
        WovenResult::Unable(because)
    }

    /// Remembers and reports the functions as they are woven, after the crate has compiled. If the
    /// compiler had messages, prints those about the originals and returns the status of that
    /// check.
    fn finish(
        &self,
        output: &CompilerOutput,
        written: &WrittenFiles,
        restrictions: &CrateRestrictions,
    ) -> io::Result<ExitStatus> {
        let unit = self.unit;
        unit.rewrite_dep_info(Some(&written.mirror))?;
        BuiltUnit::woven(unit, &self.built, &written.files).write();
        failure_report::warn_about(unit, &written.files, restrictions);
        unit.say_details();
        if output.messages.is_empty() {
            return Ok(output.status);
        }
        let plain = unit.check()?;
        plain.pass_on();
        Ok(plain.status)
    }
}
