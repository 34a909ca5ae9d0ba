//! Warns about functions that do not compile woven, and keeps the compiler's messages about them
//! for a report.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use omegi_weave::{CrateRestrictions, SourceFile, WeaveRestriction};

use super::crate_unit::CrateUnit;

/// Keeps a call of the compiler and its messages about woven sources.
pub(super) fn write(unit: &CrateUnit<'_>, command: &str, messages: &str) {
    let file = file(unit);
    let _ = file.parent().map(fs::create_dir_all);
    let _ = fs::write(file, format!("{command}\n\n{messages}"));
}

/// Returns the sentence that asks for a report.
pub(super) fn please_report(unit: &CrateUnit<'_>) -> String {
    format!("please report it, with {}", file(unit).display())
}

/// Warns about each function of which a part could not be woven.
pub(super) fn warn_about(unit: &CrateUnit<'_>, files: &[SourceFile], restrictions: &CrateRestrictions) {
    for file in files {
        let Some(restrictions) = restrictions.get(&file.path) else { continue };
        let mut names = BTreeMap::<WeaveRestriction, Vec<String>>::new();
        for function in &file.functions {
            if let Some(restriction) = restrictions.get(&function.name) {
                names.entry(*restriction).or_default().push(format!("`{}`", function.path));
            }
        }
        let path = file.path.strip_prefix(&unit.working_folder).unwrap_or(&file.path).display();
        for (restriction, names) in names {
            let (names, fault, please) = (names.join(", "), fault(restriction), please_report(unit));
            unit.warn(&format!("{names} in {path} {fault}; {please}"));
        }
    }
}

fn fault(restriction: WeaveRestriction) -> &'static str {
    match restriction {
        WeaveRestriction::Errors => {
            "woven without spawned work and turns of loops: with them it does not compile"
        }
        WeaveRestriction::Span => {
            "woven with a span alone: with its errors and arguments it does not compile"
        }
        WeaveRestriction::Nothing(_) => "skipped: woven, it does not compile",
    }
}

fn file(unit: &CrateUnit<'_>) -> PathBuf {
    unit.handshake.output_folder.join("skipped").join(format!("{}.txt", unit.id()))
}
