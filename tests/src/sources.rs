//! The files of this repository, for tests of the repository itself.

use std::fs;
use std::path::{Path, PathBuf};

/// Returns the folder of the workspace.
///
/// # Panics
///
/// Never in a checkout.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Returns the files of the repository with such a name, by their paths below [`root`], in order.
///
/// # Panics
///
/// If a folder cannot be read.
pub fn files(is_wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let root = root();
    let files = below(&root, is_wanted);
    files.into_iter().map(|file| file.strip_prefix(&root).unwrap().to_owned()).collect()
}

/// Returns the files below a folder with such a name, in order. Skips build folders and hidden
/// ones, except `.ci` and `.github`, and links to files and folders of elsewhere.
///
/// # Panics
///
/// If a folder cannot be read.
pub fn below(folder: &Path, is_wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_symlink() {
                continue;
            }
            if path.is_dir() {
                if [".ci", ".github"].contains(&name) || !(name == "target" || name.starts_with('.')) {
                    open.push(path);
                }
            } else if is_wanted(name) {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}
