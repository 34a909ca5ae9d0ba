//! Follows a crate's modules from its root file, and reads what is to be woven.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use omegi_weave::{Alias, CrateWeave, ModuleFile, Source, SourceFunction, failing_names};

use crate::paths::normal;

/// The functions that are to be left alone: their paths, by file.
pub(crate) type Left = BTreeMap<PathBuf, BTreeSet<String>>;

/// A source file of a crate.
#[derive(Debug)]
pub(crate) struct SourceFile {
    pub(crate) path: PathBuf,
    /// The module that it holds, below the crate: `["orders", "cart"]`.
    pub(crate) module: Vec<String>,
    pub(crate) text: String,
    pub(crate) functions: Vec<SourceFunction>,
    /// What it becomes; `None` if it stays as it is.
    pub(crate) woven: Option<String>,
    /// Why it cannot be read as Rust.
    pub(crate) error: Option<syn::Error>,
}

/// Reads the crate whose root file is `root`, with `statement` behind the root's inner attributes.
pub(crate) fn read_crate(root: &Path, statement: Option<&str>, left: &Left) -> Vec<SourceFile> {
    let mut walk = Walk { left, texts: HashMap::new(), modules: Vec::new(), aliases: Vec::new() };
    walk.find(ModuleFile { path: normal(root), owns_folder: true, module: Vec::new() });
    let modules = std::mem::take(&mut walk.modules);
    let all: BTreeSet<_> = modules.iter().map(|file| file.path.clone()).collect();
    let weave = CrateWeave { captures: false, results: Some(failing_names(&walk.aliases)) };
    let files = modules.into_iter().map(|file| {
        let is_root = file.module.is_empty();
        walk.weave(file, &weave, statement.filter(|_| is_root), &all)
    });
    let files: Vec<_> = files.collect();
    proc_macro2::extra::invalidate_current_thread_spans();
    files
}

struct Walk<'a> {
    left: &'a Left,
    texts: HashMap<PathBuf, String>,
    modules: Vec<ModuleFile>,
    /// The other names that the crate gives to types.
    aliases: Vec<Alias>,
}

impl Walk<'_> {
    /// Finds `file` and the modules that it declares, unless they were found before or are no files at all.
    fn find(&mut self, file: ModuleFile) {
        if self.texts.contains_key(&file.path) {
            return;
        }
        let Ok(text) = fs::read_to_string(&file.path) else { return };
        let declared = match Source::parse(&text) {
            Ok(source) => {
                self.aliases.extend_from_slice(source.aliases());
                source.modules(&file.path, file.owns_folder)
            }
            Err(_) => Vec::new(),
        };
        self.texts.insert(file.path.clone(), text);
        self.modules.push(file.clone());
        for mut child in declared {
            child.path = normal(&child.path);
            child.module.splice(0..0, file.module.iter().cloned());
            self.find(child);
        }
    }

    fn weave(
        &mut self,
        file: ModuleFile,
        weave: &CrateWeave,
        statement: Option<&str>,
        all: &BTreeSet<PathBuf>,
    ) -> SourceFile {
        let ModuleFile { path, module, .. } = file;
        let text = self.texts.remove(&path).unwrap_or_default();
        let left: Vec<_> = self.left.get(&path).into_iter().flatten().cloned().collect();
        let (functions, woven, error) = match Source::parse_leaving(&text, &left) {
            Ok(source) => {
                let redirect = |name: &str| included(&path, name).filter(|included| all.contains(included));
                let woven = (source.is_woven() || statement.is_some())
                    .then(|| source.woven_as(weave, statement, redirect));
                (source.functions().to_vec(), woven, None)
            }
            Err(error) => (Vec::new(), None, Some(error)),
        };
        SourceFile { path, module, text, functions, woven, error }
    }
}

/// The file that is named in the file at `path`.
fn included(path: &Path, name: &str) -> Option<PathBuf> {
    Some(normal(&path.parent()?.join(name)))
}
