//! Reports the crate that was built, and reads what an earlier build has found out about it.

use std::fs;
use std::path::PathBuf;

use omegi_weave::{CrateRestrictions, SourceFile};

use super::crate_unit::CrateUnit;
use crate::build_report::{self, BuiltFunction, UnitReport, number};
use crate::runtime::BuiltRuntime;

/// The reason to compile a crate as it is: in one word, and as a clause.
pub(super) struct PlainReason {
    word: &'static str,
    because: String,
}

impl PlainReason {
    pub(super) fn new(word: &'static str, because: impl Into<String>) -> Self {
        Self { word, because: because.into() }
    }
}

/// The report of a crate that was built, and its place.
pub(super) struct BuiltUnit {
    report: UnitReport,
    path: PathBuf,
}

impl BuiltUnit {
    /// Returns the report of a crate that was compiled as it is.
    pub(super) fn plain(unit: &CrateUnit<'_>, reason: &PlainReason) -> Self {
        let files = unit.read(&CrateRestrictions::new(), false);
        let mut built = Self::new(unit, &files);
        built.report.because = Some(reason.because.clone());
        let functions = std::mem::take(&mut built.report.functions).into_iter();
        let skipped = functions.map(|function| function.skipped(reason.word, &reason.because));
        built.report.functions = skipped.collect();
        built
    }

    /// Returns the report of a crate that was compiled from the woven `files`.
    pub(super) fn woven(unit: &CrateUnit<'_>, omegi: &BuiltRuntime, files: &[SourceFile]) -> Self {
        let mut built = Self::new(unit, files);
        built.report.woven = true;
        // Reading all dependencies takes its time.
        if built.report.is_restricted() {
            built.report.environment = environment(unit, omegi, files);
        }
        built
    }

    /// Returns the restrictions of the functions in `files`, from the last build of the crate. A
    /// function that has changed since is tried whole again. All are if anything else has changed.
    pub(super) fn restrictions(
        unit: &CrateUnit<'_>,
        omegi: &BuiltRuntime,
        files: &[SourceFile],
    ) -> CrateRestrictions {
        let report = UnitReport::read(&path(unit)).filter(UnitReport::is_restricted);
        let known = report.filter(|report| report.environment == environment(unit, omegi, files));
        known.map(|report| report.restrictions(files)).unwrap_or_default()
    }

    /// Writes the report. Without it `list` says that the crate is not built, and the next build
    /// searches again.
    pub(super) fn write(&self) {
        let _ = self.report.write(&self.path);
    }

    fn new(unit: &CrateUnit<'_>, files: &[SourceFile]) -> Self {
        let crate_name = &unit.invocation.crate_name;
        let functions = files.iter().flat_map(|file| {
            file.functions.iter().map(|function| BuiltFunction::new(crate_name, file, function))
        });
        let report = UnitReport {
            package: unit.package.clone(),
            crate_name: crate_name.clone(),
            root: unit.root().to_owned(),
            test: unit.invocation.is_test(),
            optimised: unit.invocation.is_optimised,
            detail: unit.detail_mode().word().to_owned(),
            woven: false,
            because: None,
            dep_info: unit.working_folder.join(unit.invocation.dep_info()),
            environment: 0,
            functions: functions.collect(),
        };
        Self { report, path: path(unit) }
    }
}

fn path(unit: &CrateUnit<'_>) -> PathBuf {
    build_report::path(&unit.handshake.output_folder, &unit.id())
}

/// Returns a number of everything but the functions on which their weave depends: the compiler and
/// omegi, both in the path of omegi's library; the call of the compiler; the dependencies; and the
/// options of the weave.
fn environment(unit: &CrateUnit<'_>, omegi: &BuiltRuntime, files: &[SourceFile]) -> u64 {
    let call = format!("{:?}", unit.invocation.command());
    let externs: Vec<_> =
        unit.invocation.extern_files().map(|file| number(fs::read(file).unwrap_or_default())).collect();
    let options = files.first().map(|file| file.options.as_str());
    number((omegi.library.as_path(), call, externs, options))
}
