//! The folder in which rustc finds the woven sources: the same tree, with other texts for the woven
//! files only.
//!
//! ```text
//! target/omegi/woven/shop-1f2e/       links to …           and files of its own
//!     Cargo.toml  ──▶                 /shop/Cargo.toml
//!     src/
//!         main.rs                                          woven
//!         table.txt  ──▶              /shop/src/table.txt
//! ```
//!
//! Every relative path in a source still works, for example `include_str!("../README.md")`.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::files::paths::with_added_extension;

/// A copy of the tree at `top`, in `folder`.
#[derive(Debug)]
pub struct Mirror {
    folder: PathBuf,
    top: PathBuf,
}

impl Mirror {
    /// Returns a mirror of `top` in `folder`. It creates no files: see [`write`](Self::write).
    #[must_use]
    pub fn new(folder: PathBuf, top: PathBuf) -> Self {
        Self { folder, top }
    }

    /// Makes the folder a mirror in which `files` have other texts. A file may have no original.
    ///
    /// Correct files stay untouched, and others are replaced atomically: another compiler may be
    /// reading them.
    ///
    /// # Errors
    ///
    /// Fails if the folder cannot be written or an original cannot be read.
    pub fn write(&self, files: &[(&Path, &str)]) -> io::Result<()> {
        let own: BTreeSet<_> = files.iter().map(|(path, _)| *path).collect();
        let folders: BTreeSet<_> = own.iter().flat_map(|path| self.folders_of(path)).collect();
        for original in &folders {
            make_folder(&self.of(original))?;
            self.fill(original, &own, &folders)?;
        }
        files.iter().try_for_each(|(path, text)| self.write_file(path, text))
    }

    /// Returns the path in the mirror of the original `path`; the path itself if it is outside.
    #[must_use]
    pub fn of(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.top).map_or_else(|_| path.to_owned(), |below| self.folder.join(below))
    }

    /// Returns the original of a path in the mirror; `None` for a path outside.
    #[must_use]
    pub fn original(&self, path: &Path) -> Option<PathBuf> {
        path.strip_prefix(&self.folder).ok().map(|below| self.top.join(below))
    }

    fn folders_of<'p>(&'p self, path: &'p Path) -> impl Iterator<Item = &'p Path> {
        path.ancestors().skip(1).filter(|folder| folder.starts_with(&self.top))
    }

    /// Links the entries of the folder `original`, and removes those that are gone.
    fn fill(&self, original: &Path, own: &BTreeSet<&Path>, folders: &BTreeSet<&Path>) -> io::Result<()> {
        let names = |folder: &Path| -> io::Result<BTreeSet<OsString>> {
            Ok(fs::read_dir(folder)?.flatten().map(|entry| entry.file_name()).collect())
        };
        let wanted = names(original)?;
        let place = self.of(original);
        for gone in names(&place)?.difference(&wanted) {
            if !own.contains(original.join(gone).as_path()) {
                remove(&place.join(gone))?;
            }
        }
        for entry in wanted.iter().map(|name| original.join(name)) {
            if !own.contains(entry.as_path()) && !folders.contains(entry.as_path()) {
                make_link(&entry, &self.of(&entry))?;
            }
        }
        Ok(())
    }

    /// Writes the file for `original` with the original's age: cargo takes a source that is younger
    /// than the compiler's start for changed.
    fn write_file(&self, original: &Path, text: &str) -> io::Result<()> {
        let place = self.of(original);
        let is_link = fs::symlink_metadata(&place).is_ok_and(|found| found.is_symlink());
        if !is_link && fs::read(&place).is_ok_and(|found| found == text.as_bytes()) {
            return Ok(());
        }
        if place.is_dir() {
            remove(&place)?;
        }
        let beside = with_added_extension(&self.folder, &std::process::id().to_string());
        fs::write(&beside, text)?;
        let modified = fs::metadata(original).and_then(|it| it.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
        File::options().write(true).open(&beside)?.set_modified(modified)?;
        fs::rename(&beside, &place)
    }
}

fn make_folder(place: &Path) -> io::Result<()> {
    if !fs::symlink_metadata(place).is_ok_and(|found| found.is_dir()) {
        remove(place)?;
    }
    fs::create_dir_all(place)
}

fn make_link(original: &Path, place: &Path) -> io::Result<()> {
    let is_there = || fs::read_link(place).is_ok_and(|found| found == original);
    if is_there() {
        return Ok(());
    }
    remove(place)?;
    // Another compiler may have made the link first.
    link(original, place).or_else(|error| if is_there() { Ok(()) } else { Err(error) })
}

/// Removes the file, folder or link at `place`, if there is one. The target of a link stays.
fn remove(place: &Path) -> io::Result<()> {
    match fs::symlink_metadata(place) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(place),
        // Windows removes a link to a folder as a folder.
        Ok(_) => fs::remove_file(place).or_else(|_| fs::remove_dir(place)),
        Err(_) => Ok(()),
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

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    struct TestTree(PathBuf);

    impl TestTree {
        fn new(name: &str) -> Self {
            let tree = std::env::temp_dir().join(format!("omegi-mirror-{name}-{}", std::process::id()));
            fs::create_dir_all(tree.join("top/src/a")).unwrap();
            for file in ["lib.rs", "a.rs", "a/b.rs", "a/b.txt"] {
                fs::write(tree.join("top/src").join(file), "plain").unwrap();
            }
            Self(tree)
        }

        fn original(&self, file: &str) -> PathBuf {
            self.0.join("top/src").join(file)
        }

        fn mirror(&self, files: &[(&str, &str)]) -> Mirror {
            let files: Vec<_> = files.iter().map(|(file, text)| (self.original(file), *text)).collect();
            let files: Vec<_> = files.iter().map(|(file, text)| (file.as_path(), *text)).collect();
            let mirror = Mirror::new(self.0.join("copy"), self.0.join("top"));
            mirror.write(&files).unwrap();
            mirror
        }

        fn read(&self, mirror: &Mirror, file: &str) -> Option<String> {
            fs::read_to_string(mirror.of(&self.original(file))).ok()
        }
    }

    impl Drop for TestTree {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn only_the_given_files_have_other_texts() {
        let tree = TestTree::new("own");
        let mirror = tree.mirror(&[("a/b.rs", "woven")]);
        let texts = ["lib.rs", "a.rs", "a/b.rs", "a/b.txt"].map(|file| tree.read(&mirror, file).unwrap());
        assert_eq!(texts, ["plain", "plain", "woven", "plain"]);
        let copy = mirror.of(&tree.original("a/b.rs"));
        assert_eq!(mirror.original(&copy), Some(tree.original("a/b.rs")));
        for _ in 0..2 {
            tree.mirror(&[("a/b.rs", "woven"), ("a/new.rs", "new")]);
        }
        assert_eq!(tree.read(&mirror, "a/new.rs").unwrap(), "new");
        let age = |path: &Path| fs::metadata(path).unwrap().modified().unwrap();
        assert_eq!(age(&copy), age(&tree.original("a/b.rs")));
    }

    #[test]
    fn it_follows_changes_of_the_tree() {
        let tree = TestTree::new("changes");
        tree.mirror(&[("a/b.rs", "woven"), ("a.rs", "woven")]);
        fs::rename(tree.original("a.rs"), tree.original("a/mod.rs")).unwrap();
        let mirror = tree.mirror(&[("a/mod.rs", "woven again")]);
        assert_eq!(tree.read(&mirror, "a.rs"), None, "the removed file would be a second one of the module");
        assert_eq!(tree.read(&mirror, "a/mod.rs").unwrap(), "woven again");
        assert_eq!(tree.read(&mirror, "a/b.rs").unwrap(), "plain");
        let mirror = tree.mirror(&[("lib.rs", "woven")]);
        assert!(mirror.of(&tree.original("a")).is_symlink());
        assert_eq!(tree.read(&mirror, "a/mod.rs").unwrap(), "plain");
    }
}
