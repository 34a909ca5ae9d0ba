//! Follows modules from file to file, and weaves what is in them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::aliases::{Alias, failing_names};
use crate::modules::ModuleFile;
use crate::paths::normal;
use crate::source::{CrateWeave, Source, SourceFunction};

/// The functions that are to be left alone: their paths, by file.
pub type Left = BTreeMap<PathBuf, BTreeSet<String>>;

/// A source file of a crate.
#[derive(Debug)]
pub struct SourceFile {
    /// Where it is.
    pub path: PathBuf,
    /// The module that it holds, below the file from which it was found: `["orders", "cart"]`.
    pub module: Vec<String>,
    /// What stands in it.
    pub text: String,
    /// The functions in it.
    pub functions: Vec<SourceFunction>,
    /// What the attributes say that are spliced into it: see [`CrateWeave::options`].
    pub options: String,
    /// What it becomes; `None` if it stays as it is.
    pub woven: Option<String>,
    /// Why it cannot be read as Rust.
    pub error: Option<NotRust>,
}

/// Why a text cannot be read as Rust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotRust {
    /// The line; the first is 1.
    pub line: usize,
    /// What is wrong there.
    pub message: String,
}

impl NotRust {
    fn new(error: &syn::Error) -> Self {
        Self { line: error.span().start().line, message: error.to_string() }
    }
}

/// Reads the crate whose root file is `root`: with `statement` behind the root's inner attributes, without the functions that
/// are to be `left`; `captures` as in [`CrateWeave`].
#[must_use]
pub fn read_crate(root: &Path, statement: Option<&str>, left: &Left, captures: bool) -> Vec<SourceFile> {
    let root = normal(root);
    let mut tree = Tree::new(true, left.clone());
    tree.find(ModuleFile { path: root.clone(), owns_folder: true, module: Vec::new() });
    let weave = CrateWeave { captures, results: Some(failing_names(tree.aliases())), all: true };
    tree.weave(&weave, statement.map(|text| (root.as_path(), text)), |_| false)
}

/// Files that were found and read.
#[derive(Debug)]
pub(crate) struct Tree {
    all: bool,
    left: Left,
    found: BTreeSet<PathBuf>,
    files: Vec<Found>,
}

#[derive(Debug)]
struct Found {
    path: PathBuf,
    module: Vec<String>,
    source: Result<Source, Unread>,
}

#[derive(Debug)]
struct Unread {
    text: String,
    error: NotRust,
}

impl Tree {
    /// A tree without files, from which the functions `left` are to be left alone; `all` as in [`CrateWeave`].
    pub(crate) fn new(all: bool, left: Left) -> Self {
        Self { all, left, found: BTreeSet::new(), files: Vec::new() }
    }

    /// Reads `file` and the modules that it declares, unless they were found before or are no files at all.
    pub(crate) fn find(&mut self, file: ModuleFile) {
        let ModuleFile { path, owns_folder, module } = file;
        if self.found.contains(&path) {
            return;
        }
        let Ok(text) = fs::read_to_string(&path) else { return };
        let nothing = BTreeSet::new();
        let left = self.left.get(&path).unwrap_or(&nothing);
        let source = Source::parse_leaving(&text, left, self.all);
        let source = source.map_err(|error| Unread { error: NotRust::new(&error), text });
        let declared = source.as_ref().map(|source| source.modules(&path, owns_folder)).unwrap_or_default();
        self.found.insert(path.clone());
        self.files.push(Found { path, module: module.clone(), source });
        for mut child in declared {
            child.path = normal(&child.path);
            child.module.splice(0..0, module.iter().cloned());
            self.find(child);
        }
    }

    /// The files that were found.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(|file| file.path.as_path())
    }

    /// The other names that they give to types.
    fn aliases(&self) -> impl Iterator<Item = &Alias> {
        self.files.iter().filter_map(|file| file.source.as_ref().ok()).flat_map(Source::aliases)
    }

    /// Weaves every file as `weave` says: with a `statement` behind the inner attributes of one, and with a whole path for what
    /// they include of one another or of what is `elsewhere`.
    pub(crate) fn weave(
        self,
        weave: &CrateWeave,
        statement: Option<(&Path, &str)>,
        elsewhere: impl Fn(&Path) -> bool,
    ) -> Vec<SourceFile> {
        let Self { found, files, .. } = self;
        let is_redirected = |path: &PathBuf| found.contains(path) || elsewhere(path);
        let files = files.into_iter().map(|Found { path, module, source }| {
            let statement = statement.filter(|(file, _)| *file == path).map(|(_, text)| text);
            let redirect =
                |name: &str| included(&path, name).filter(is_redirected).or_else(|| behind_link(&path, name));
            let (text, functions, woven, error) = match source {
                Ok(source) => {
                    let is_woven = source.is_woven() || statement.is_some();
                    let woven = is_woven.then(|| source.woven_as(weave, statement, redirect));
                    (source.text().to_owned(), source.functions().to_vec(), woven, None)
                }
                Err(Unread { text, error }) => (text, Vec::new(), None, Some(error)),
            };
            SourceFile { path, module, text, functions, options: weave.options(), woven, error }
        });
        let files = files.collect();
        proc_macro2::extra::invalidate_current_thread_spans();
        files
    }
}

/// The file that is named in the file at `path`.
fn included(path: &Path, name: &str) -> Option<PathBuf> {
    Some(normal(&path.parent()?.join(name)))
}

/// The file that is named in the file at `path`, if the way to it leads up out of a folder that is a link: in a mirror,
/// where that folder is none, it would lead elsewhere.
fn behind_link(path: &Path, name: &str) -> Option<PathBuf> {
    if !name.contains("..") {
        return None;
    }
    let real = path.parent()?.join(name).canonicalize().ok()?;
    let apparent = included(path, name).and_then(|apparent| apparent.canonicalize().ok());
    (apparent.as_ref() != Some(&real)).then_some(real)
}
