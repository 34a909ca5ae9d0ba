//! The folder in which rustc finds the woven sources: the same tree, in which only they are other files.
//!
//! ```text
//! target/omegi/woven/shop-1f2e/       links to …           and files of its own
//!     Cargo.toml  ──▶                 /shop/Cargo.toml
//!     src/
//!         main.rs                                          woven
//!         table.txt  ──▶              /shop/src/table.txt
//! ```
//!
//! So that whatever a source names by a relative path is there: `include_str!("../README.md")` for one.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A copy of the tree at `top`, in `folder`.
#[derive(Debug)]
pub(crate) struct Mirror {
    folder: PathBuf,
    top: PathBuf,
}

impl Mirror {
    /// Makes `folder` a mirror of `top` in which `files` have other texts.
    pub(crate) fn make(folder: PathBuf, top: PathBuf, files: &[(&Path, &str)]) -> io::Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        let mirror = Self { folder, top };
        let own: BTreeSet<_> = files.iter().map(|(path, _)| *path).collect();
        let folders: BTreeSet<_> = own.iter().flat_map(|path| mirror.folders_of(path)).collect();
        for original in &folders {
            fs::create_dir_all(mirror.of(original))?;
            mirror.link_entries(original, &own, &folders)?;
        }
        for (path, text) in files {
            fs::write(mirror.of(path), text)?;
        }
        Ok(mirror)
    }

    /// What stands for the original `path`; the path itself if it is outside.
    pub(crate) fn of(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.top).map_or_else(|_| path.to_owned(), |below| self.folder.join(below))
    }

    /// The original that a path in the mirror stands for.
    pub(crate) fn original(&self, path: &Path) -> Option<PathBuf> {
        path.strip_prefix(&self.folder).ok().map(|below| self.top.join(below))
    }

    fn folders_of<'p>(&'p self, path: &'p Path) -> impl Iterator<Item = &'p Path> {
        path.ancestors().skip(1).filter(|folder| folder.starts_with(&self.top))
    }

    fn link_entries(
        &self,
        folder: &Path,
        own: &BTreeSet<&Path>,
        folders: &BTreeSet<&Path>,
    ) -> io::Result<()> {
        for entry in fs::read_dir(folder)?.flatten() {
            let original = entry.path();
            if !own.contains(original.as_path()) && !folders.contains(original.as_path()) {
                link(&original, &self.of(&original))?;
            }
        }
        Ok(())
    }
}

#[cfg(unix)]
fn link(original: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(original, link)
}

#[cfg(windows)]
fn link(original: &Path, link: &Path) -> io::Result<()> {
    if original.is_dir() {
        std::os::windows::fs::symlink_dir(original, link)
    } else {
        std::os::windows::fs::symlink_file(original, link)
    }
}
