//! Follows modules from file to file, and weaves what is in them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use crate::modules::ModuleFile;
use crate::paths::normal;
use crate::source::{Source, SourceFunction};

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

/// Reads the crate whose root file is `root`, with `statement` behind the root's inner attributes.
#[must_use]
pub fn read_crate(root: &Path, statement: Option<&str>, left: &Left) -> Vec<SourceFile> {
    let root = normal(root);
    let mut tree = Tree::default();
    tree.find(ModuleFile { path: root.clone(), owns_folder: true, module: Vec::new() });
    let statement = statement.map(|text| (root.as_path(), text));
    tree.weave(statement, left, |_| false)
}

/// Files that were found, each with its text.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    texts: HashMap<PathBuf, String>,
    files: Vec<ModuleFile>,
}

impl Tree {
    /// Finds `file` and the modules that it declares, unless they were found before or are no files at all.
    pub(crate) fn find(&mut self, file: ModuleFile) {
        if self.texts.contains_key(&file.path) {
            return;
        }
        let Ok(text) = fs::read_to_string(&file.path) else { return };
        let declared = Source::parse(&text).map(|source| source.modules(&file.path, file.owns_folder));
        self.texts.insert(file.path.clone(), text);
        self.files.push(file.clone());
        for mut child in declared.unwrap_or_default() {
            child.path = normal(&child.path);
            child.module.splice(0..0, file.module.iter().cloned());
            self.find(child);
        }
    }

    /// The files that were found.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(|file| file.path.as_path())
    }

    /// Weaves every file: with a `statement` behind the inner attributes of one, without the functions that are to be
    /// `left`, and with a whole path for what they include of one another or of what is `elsewhere`.
    pub(crate) fn weave(
        self,
        statement: Option<(&Path, &str)>,
        left: &Left,
        elsewhere: impl Fn(&Path) -> bool,
    ) -> Vec<SourceFile> {
        let Self { mut texts, files } = self;
        let all: BTreeSet<_> = files.iter().map(|file| file.path.clone()).collect();
        let is_redirected = |path: &PathBuf| all.contains(path) || elsewhere(path);
        let files = files.into_iter().map(|ModuleFile { path, module, .. }| {
            let text = texts.remove(&path).unwrap_or_default();
            let statement = statement.filter(|(file, _)| *file == path).map(|(_, text)| text);
            let left: Vec<_> = left.get(&path).into_iter().flatten().cloned().collect();
            let redirect =
                |name: &str| included(&path, name).filter(is_redirected).or_else(|| behind_link(&path, name));
            let (functions, woven, error) = match Source::parse_leaving(&text, &left) {
                Ok(source) => {
                    let is_woven = source.is_woven() || statement.is_some();
                    let woven = is_woven.then(|| source.woven_as(statement, redirect));
                    (source.functions().to_vec(), woven, None)
                }
                Err(error) => (Vec::new(), None, Some(NotRust::new(&error))),
            };
            SourceFile { path, module, text, functions, woven, error }
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
