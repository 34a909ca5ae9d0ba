//! Finds the woven functions at which the compiler's errors point.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use omegi_weave::SourceFile;

use super::healing::{ErrorPlaces, FunctionId};
use crate::compiler_output::{CompilerError, CompilerOutput, ErrorPlace};

/// Returns the places of each error in the woven `files`. `original` returns the original of a path
/// in the compiler's messages.
pub(super) fn places(
    output: &CompilerOutput,
    files: &[SourceFile],
    original: impl Fn(&Path) -> PathBuf,
) -> Vec<ErrorPlaces> {
    let at = |place: &ErrorPlace, is_woven: bool| -> Vec<FunctionId> {
        let path = original(&place.file);
        let Some(file) = files.iter().find(|file| file.path == path) else { return Vec::new() };
        let found = file.functions_at(place.byte, |function| function.skipped.is_none() == is_woven);
        found.into_iter().map(|index| (file.path.clone(), file.functions[index].name)).collect()
    };
    let of_error = |CompilerError { tiers }: &CompilerError| ErrorPlaces {
        left: tiers.first().into_iter().flatten().flat_map(|place| at(place, false)).collect(),
        tiers: tiers.iter().map(|places| places.iter().map(|place| at(place, true)).collect()).collect(),
    };
    output.errors().iter().map(of_error).collect()
}

/// Returns the functions of `files` that are woven.
pub(super) fn woven(files: &[SourceFile]) -> BTreeSet<FunctionId> {
    let functions = files.iter().flat_map(|file| file.functions.iter().map(move |function| (file, function)));
    let woven = functions.filter(|(_, function)| function.skipped.is_none());
    woven.map(|(file, function)| (file.path.clone(), function.name)).collect()
}
