//! The line at a build's end: how many functions have which detail, and how to change that.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::build_report::UnitReport;
use crate::detail_modes::{DetailMode, DetailModes, VARIABLE};

/// The functions of a build by their detail.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct DetailSummary {
    modes: BTreeSet<DetailMode>,
    spans: usize,
    errors: usize,
    none: usize,
}

impl DetailSummary {
    /// Counts the functions of the crates that are built in one of `folders` and as `details` say.
    /// `None` if there is no woven one.
    pub(crate) fn read(output_folder: &Path, folders: &[PathBuf], details: DetailModes) -> Option<Self> {
        let units = UnitReport::read_all(output_folder).into_iter().filter(|unit| {
            let is_below = |folder: &PathBuf| unit.dep_info.starts_with(folder);
            unit.woven && folders.iter().any(is_below) && unit.mode() == details.of_crate(unit.optimised)
        });
        Self::of(units)
    }

    /// Counts the functions of `units`. One of several crates, such as a library and its tests,
    /// counts once.
    fn of(units: impl Iterator<Item = UnitReport>) -> Option<Self> {
        let mut summary = Self::default();
        let mut details = BTreeMap::new();
        for unit in units {
            summary.modes.insert(unit.mode());
            for function in unit.functions {
                if let Some(detail) = function.detail {
                    details.entry((function.file, function.line, function.function)).or_insert(detail);
                }
            }
        }
        let count = |word: &str| details.values().filter(|detail| *detail == word).count();
        (summary.spans, summary.errors, summary.none) = (count("span"), count("errors"), count("none"));
        (!details.is_empty()).then_some(summary)
    }
}

impl fmt::Display for DetailSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let modes: Vec<_> = self.modes.iter().map(|mode| mode.word()).collect();
        let functions = if self.spans == 1 { "function" } else { "functions" };
        write!(f, "detail {}: {} {functions} with spans", modes.join(" and "), self.spans)?;
        if self.errors + self.none > 0 {
            write!(f, ", {} with errors only, {} left", self.errors, self.none)?;
        }
        match self.modes.first() {
            Some(DetailMode::Spans) => write!(f, " ({VARIABLE}=auto leaves out those of short calls)"),
            _ => write!(f, " ({VARIABLE}=spans gives every function a span)"),
        }
    }
}

/// Returns the folders of a build by cargo's `command` with these words, below its target folder.
pub(crate) fn folders(target: &Path, command: &str, words: &[OsString], targets: &[String]) -> Vec<PathBuf> {
    let words: Vec<_> =
        words.iter().map(|word| word.to_string_lossy()).take_while(|word| word != "--").collect();
    let named = words.iter().enumerate().find_map(|(at, word)| match word.strip_prefix("--profile") {
        Some("") => words.get(at + 1).map(ToString::to_string),
        Some(rest) => rest.strip_prefix('=').map(str::to_owned),
        None => None,
    });
    let is_release = command == "bench" || words.iter().any(|word| ["--release", "-r"].contains(&&**word));
    let profile = match named.as_deref() {
        Some("dev" | "test") => "debug",
        Some("bench") => "release",
        Some(named) => named,
        None if is_release => "release",
        None => "debug",
    };
    // The triple of a target can be the path of its description.
    let targets = targets.iter().filter_map(|target| Path::new(target).file_stem());
    let mut folders: Vec<_> = targets.map(|triple| target.join(triple).join(profile)).collect();
    folders.push(target.join(profile));
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_how_many_and_how_to_change_it() {
        let summary = |mode, spans, errors, none| {
            DetailSummary { modes: [mode].into(), spans, errors, none }.to_string()
        };
        assert_eq!(
            summary(DetailMode::Auto, 214, 380, 120),
            "detail auto: 214 functions with spans, 380 with errors only, 120 left \
             (CARGO_OMEGI_DETAIL=spans gives every function a span)"
        );
        assert_eq!(
            summary(DetailMode::Spans, 1, 0, 0),
            "detail spans: 1 function with spans (CARGO_OMEGI_DETAIL=auto leaves out those of short calls)"
        );
    }

    #[test]
    fn a_profile_has_its_folder() {
        for (command, words, expected) in [
            ("build", "", "t/debug"),
            ("build", "--release -p a", "t/release"),
            ("run", "-r", "t/release"),
            ("run", "-- --release", "t/debug"),
            ("bench", "", "t/release"),
            ("test", "--profile=test", "t/debug"),
            ("build", "--profile fast", "t/fast"),
        ] {
            let words: Vec<_> = words.split_whitespace().map(OsString::from).collect();
            assert_eq!(folders(Path::new("t"), command, &words, &[]), [PathBuf::from(expected)]);
            let folders = folders(Path::new("t"), command, &words, &["/x/arm.json".to_owned()]);
            assert_eq!(folders[0], Path::new(&expected.replace("t/", "t/arm/")));
        }
    }
}
