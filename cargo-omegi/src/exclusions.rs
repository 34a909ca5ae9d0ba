//! Reads the sources of a crate according to the environment: without the functions that
//! `CARGO_OMEGI_LEAVE` excludes, and with captures if `OMEGI_ARGS` asks for them.

use std::path::Path;

use omegi_weave::{CrateRestrictions, CrateWeave, RootStatements, SkipReason, SourceFile, WeaveRestriction};

use crate::detail_modes::DetailMode;
use crate::pattern::matches_pattern;
use crate::profile::ProfileChoices;

/// The variable that excludes functions: a comma list of paths as `cargo omegi list` prints them,
/// in which `*` stands for anything. Without a server's loop, each of its requests is a flow.
const LEAVE: &str = "CARGO_OMEGI_LEAVE";

/// The variable that selects when a program captures arguments and returns. It needs a program that
/// was woven with code for captures. The code for captures is most of the code that weaving can
/// add.
const ARGUMENTS: &str = "OMEGI_ARGS";

/// The variables that decide how a crate is woven.
pub(crate) const VARIABLES: [&str; 2] = [LEAVE, ARGUMENTS];

/// Reads the crate `name`, as [`omegi_weave::read_crate`] does, and skips the excluded functions.
/// The environment decides about captures.
pub(crate) fn read_crate(
    name: &str,
    root: &Path,
    statements: RootStatements<'_>,
    restrictions: &CrateRestrictions,
    weave: CrateWeave,
) -> Vec<SourceFile> {
    let captures = std::env::var(ARGUMENTS).is_ok_and(|when| !["", "off"].contains(&when.trim()));
    let weave = CrateWeave { captures, ..weave };
    let files = omegi_weave::read_crate(root, statements, restrictions, weave.clone());
    let exclusions = Exclusions::parse(&std::env::var(LEAVE).unwrap_or_default());
    let excluded = exclusions.functions(name, &files);
    if excluded.is_empty() {
        return files;
    }
    let mut all = restrictions.clone();
    for (file, functions) in excluded {
        all.entry(file).or_default().extend(functions);
    }
    omegi_weave::read_crate(root, statements, &all, weave)
}

/// Reads the crate `name` as it is woven in this mode and by a profile if every function compiles.
pub(crate) fn read_whole_crate(
    name: &str,
    root: &Path,
    mode: DetailMode,
    profile: &ProfileChoices,
) -> Vec<SourceFile> {
    let measured = profile.measured(name);
    let weave = CrateWeave { detail: mode.option(), measured, ..CrateWeave::default() };
    read_crate(name, root, RootStatements::default(), &CrateRestrictions::new(), weave)
}

/// Returns a function's whole path: of the crate, its modules, its type, itself.
pub(crate) fn path(name: &str, file: &SourceFile, function: &str) -> String {
    let names = [name].into_iter().chain(file.module.iter().map(String::as_str)).chain([function]);
    names.collect::<Vec<_>>().join("::")
}

/// The patterns of the functions to exclude.
#[derive(Debug)]
struct Exclusions(Vec<String>);

impl Exclusions {
    fn parse(text: &str) -> Self {
        Self(text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect())
    }

    /// Returns the functions of the crate `name` that are excluded.
    fn functions(&self, name: &str, files: &[SourceFile]) -> CrateRestrictions {
        let mut excluded = CrateRestrictions::new();
        for file in files {
            for function in &file.functions {
                if self.contain(&path(name, file, &function.path)) {
                    let restriction = WeaveRestriction::Nothing(SkipReason::Unwanted);
                    excluded.entry(file.path.clone()).or_default().insert(function.name, restriction);
                }
            }
        }
        excluded
    }

    fn contain(&self, path: &str) -> bool {
        self.0.iter().any(|pattern| matches_pattern(pattern, path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_patterns_exclude_functions() {
        let exclusions = Exclusions::parse("shop::main, shop::server::*,*::tick");
        for path in ["shop::main", "shop::server::run", "shop::a::B::tick"] {
            assert!(exclusions.contain(path), "{path}");
        }
        for path in ["shop::domain", "main", "shop::server", "shop::tick::tack"] {
            assert!(!exclusions.contain(path), "{path}");
        }
        assert!(!Exclusions::parse(" , ").contain(""));
    }
}
