//! Follows modules from file to file, and weaves the files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::files::aliases::{Alias, failing_names};
use crate::files::crate_weave::{CrateWeave, RootStatements};
use crate::files::modules::ModuleFile;
use crate::files::paths::normal;
use crate::files::source::ParsedSource;
use crate::files::splicer::SourceFunction;

/// The paths of functions to skip, by file.
pub type SkippedFunctions = BTreeMap<PathBuf, BTreeSet<String>>;

/// A source file of a crate.
#[derive(Debug)]
pub struct SourceFile {
    /// Its path.
    pub path: PathBuf,
    /// The path of its module, below the file from which it was found: `["orders", "cart"]`.
    pub module: Vec<String>,
    /// Its text.
    pub text: String,
    /// The functions in it.
    pub functions: Vec<SourceFunction>,
    /// The options of the attributes that are inserted into it: see [`CrateWeave::options`].
    pub options: String,
    /// The woven text; `None` if the file stays as it is.
    pub woven: Option<String>,
    /// The reason why it is not Rust, if so.
    pub error: Option<SyntaxError>,
}

/// The reason why a text is not Rust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The line; the first is 1.
    pub line: usize,
    /// The parser's message.
    pub message: String,
}

impl SyntaxError {
    fn new(error: &syn::Error) -> Self {
        Self { line: error.span().start().line, message: error.to_string() }
    }
}

/// Reads and weaves the crate with the root file `root`.
///
/// `statements` are inserted into the root, and the functions in `skipped` stay as they are;
/// `captures` as in [`CrateWeave`]. A file that is not Rust is returned with its error.
#[must_use]
pub fn read_crate(
    root: &Path,
    statements: RootStatements<'_>,
    skipped: &SkippedFunctions,
    captures: bool,
) -> Vec<SourceFile> {
    let root = normal(root);
    let mut tree = ModuleTree::new(true, skipped.clone());
    tree.find(ModuleFile { path: root.clone(), owns_folder: true, module: Vec::new() });
    let weave = CrateWeave { captures, results: Some(failing_names(tree.aliases())), all: true };
    tree.weave(&weave, Some((root.as_path(), statements)), |_| false)
}

/// The files of modules, found and parsed.
#[derive(Debug)]
pub(crate) struct ModuleTree {
    all: bool,
    skipped: SkippedFunctions,
    found: BTreeSet<PathBuf>,
    files: Vec<FoundFile>,
}

#[derive(Debug)]
struct FoundFile {
    path: PathBuf,
    module: Vec<String>,
    source: Result<ParsedSource, UnparsedFile>,
}

#[derive(Debug)]
struct UnparsedFile {
    text: String,
    error: SyntaxError,
}

impl ModuleTree {
    /// Returns a tree without files, which skips the functions in `skipped`; `all` as in
    /// [`CrateWeave`].
    pub(crate) fn new(all: bool, skipped: SkippedFunctions) -> Self {
        Self { all, skipped, found: BTreeSet::new(), files: Vec::new() }
    }

    /// Reads `file` and the files of its modules, except those that were found before or do not
    /// exist.
    pub(crate) fn find(&mut self, file: ModuleFile) {
        let ModuleFile { path, owns_folder, module } = file;
        if self.found.contains(&path) {
            return;
        }
        let Ok(text) = fs::read_to_string(&path) else { return };
        let nothing = BTreeSet::new();
        let skipped = self.skipped.get(&path).unwrap_or(&nothing);
        let source = ParsedSource::parse_skipping(&text, skipped, self.all);
        let source = source.map_err(|error| UnparsedFile { error: SyntaxError::new(&error), text });
        let declared = source.as_ref().map(|source| source.modules(&path, owns_folder)).unwrap_or_default();
        self.found.insert(path.clone());
        self.files.push(FoundFile { path, module: module.clone(), source });
        for mut child in declared {
            child.path = normal(&child.path);
            child.module.splice(0..0, module.iter().cloned());
            self.find(child);
        }
    }

    /// Returns the paths of the files.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(|file| file.path.as_path())
    }

    /// Returns the aliases that the files declare.
    fn aliases(&self) -> impl Iterator<Item = &Alias> {
        self.files.iter().filter_map(|file| file.source.as_ref().ok()).flat_map(ParsedSource::aliases)
    }

    /// Weaves every file with the options `weave`.
    ///
    /// `root` is the crate's root file, with the statements for it. A file that is included from
    /// this tree or from `elsewhere` gets its absolute path.
    pub(crate) fn weave(
        self,
        weave: &CrateWeave,
        root: Option<(&Path, RootStatements<'_>)>,
        elsewhere: impl Fn(&Path) -> bool,
    ) -> Vec<SourceFile> {
        let Self { found, files, .. } = self;
        let is_redirected = |path: &PathBuf| found.contains(path) || elsewhere(path);
        let files = files.into_iter().map(|FoundFile { path, module, source }| {
            let root = root.filter(|(file, _)| *file == path);
            let statements = root.map(|(_, statements)| statements).unwrap_or_default();
            let redirect =
                |name: &str| included(&path, name).filter(is_redirected).or_else(|| behind_link(&path, name));
            let (text, functions, woven, error) = match source {
                Ok(source) => {
                    let is_woven = source.is_woven() || source.takes(statements);
                    let woven = is_woven.then(|| source.woven_as(weave, statements, redirect));
                    (source.text().to_owned(), source.functions().to_vec(), woven, None)
                }
                Err(UnparsedFile { text, error }) => (text, Vec::new(), None, Some(error)),
            };
            SourceFile { path, module, text, functions, options: weave.options(), woven, error }
        });
        let files = files.collect();
        proc_macro2::extra::invalidate_current_thread_spans();
        files
    }
}

/// Returns the path of the file that the file at `path` includes as `name`.
fn included(path: &Path, name: &str) -> Option<PathBuf> {
    Some(normal(&path.parent()?.join(name)))
}

/// Returns the same, if the path leads up out of a folder that is a link. In a mirror that folder
/// is no link, and the relative path would lead elsewhere.
fn behind_link(path: &Path, name: &str) -> Option<PathBuf> {
    if !name.contains("..") {
        return None;
    }
    let real = path.parent()?.join(name).canonicalize().ok()?;
    let apparent = included(path, name).and_then(|apparent| apparent.canonicalize().ok());
    (apparent.as_ref() != Some(&real)).then_some(real)
}
