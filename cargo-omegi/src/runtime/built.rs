//! The libraries that cargo has built of omegi.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use cargo_metadata::Message;
use serde::{Deserialize, Serialize};

/// omegi as a program links it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct BuiltRuntime {
    /// The library of the crate `omegi`.
    pub(crate) library: PathBuf,
    /// All libraries that a program may have to link, its own included, with their contents as
    /// built.
    libraries: BTreeMap<PathBuf, LibraryContent>,
}

/// The content of a library: one that was cut or changed has another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct LibraryContent {
    bytes: u64,
    hash: u64,
    modified: SystemTime,
}

impl BuiltRuntime {
    /// Reads the file of an earlier build. `None` if there is none, or if one of its libraries is
    /// gone or has another content.
    pub(super) fn read(stamp: &Path) -> Option<Self> {
        Self::noted(stamp).filter(|built| built.damaged().next().is_none())
    }

    /// Removes the libraries of an earlier build that have another content: cargo takes a library
    /// that is there for whole.
    pub(super) fn remove_damaged(stamp: &Path) {
        if let Some(built) = Self::noted(stamp) {
            built.damaged().for_each(|library| drop(fs::remove_file(library)));
        }
    }

    fn noted(stamp: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(stamp).ok()?).ok()
    }

    fn damaged(&self) -> impl Iterator<Item = &Path> {
        self.libraries().filter(|library| !self.is_copy(library, library))
    }

    /// Finds the libraries in cargo's messages.
    pub(super) fn in_messages(messages: &[u8]) -> Option<Self> {
        let mut library = None;
        let mut libraries = BTreeMap::new();
        for message in Message::parse_stream(messages).map_while(Result::ok) {
            let Message::CompilerArtifact(artifact) = message else { continue };
            let files = artifact.filenames.iter().map(|file| file.as_std_path().to_owned());
            let linked: Vec<_> = files.filter(|file| is_linked(file)).collect();
            if artifact.target.name == "omegi" {
                library = linked.first().and_then(|library| in_deps(library));
            } else {
                for library in linked {
                    libraries.insert(library.clone(), LibraryContent::of(&library).ok()?);
                }
            }
        }
        let library = library?;
        libraries.insert(library.clone(), LibraryContent::of(&library).ok()?);
        Some(Self { library, libraries })
    }

    /// Returns all libraries that a program may have to link.
    pub(crate) fn libraries(&self) -> impl Iterator<Item = &Path> {
        self.libraries.keys().map(PathBuf::as_path)
    }

    /// Returns whether `file` has the content of `library`.
    pub(crate) fn is_copy(&self, library: &Path, file: &Path) -> bool {
        self.libraries.get(library).is_some_and(|content| content.is_in(file))
    }
}

impl LibraryContent {
    /// Reads the file `library`.
    fn of(library: &Path) -> io::Result<Self> {
        let modified = fs::metadata(library)?.modified()?;
        let bytes = fs::read(library)?;
        // FNV-1a, eight bytes at once.
        let words = bytes.chunks(8).map(|chunk| {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            u64::from_le_bytes(word)
        });
        let hash = words.fold(0xcbf2_9ce4_8422_2325, |hash: u64, word| {
            (hash ^ word).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(29)
        });
        Ok(Self { bytes: bytes.len() as u64, hash, modified })
    }

    /// Returns whether `file` has this content. Each call of the compiler asks for all libraries,
    /// so a file of the same length and age is not read.
    fn is_in(&self, file: &Path) -> bool {
        let Ok(found) = fs::metadata(file) else { return false };
        let is_untouched = || found.modified().is_ok_and(|modified| modified == self.modified);
        found.len() == self.bytes
            && (is_untouched() || Self::of(file).is_ok_and(|found| found.hash == self.hash))
    }
}

fn is_linked(file: &Path) -> bool {
    let extension = file.extension().and_then(OsStr::to_str);
    extension.is_some_and(|extension| ["rlib", "so", "dylib", "dll"].contains(&extension))
}

/// Returns the file that the compiler finds for the library that cargo puts at `library`: the same
/// file, with a hash in its name.
fn in_deps(library: &Path) -> Option<PathBuf> {
    let identity = |path: &Path| fs::metadata(path).and_then(|it| Ok((it.len(), it.modified()?))).ok();
    let expected = identity(library)?;
    let entries = fs::read_dir(library.parent()?.join("deps")).ok()?.flatten();
    entries.map(|entry| entry.path()).find(|path| {
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        name.starts_with("libomegi-") && name.ends_with(".rlib") && identity(path) == Some(expected)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_that_was_cut_or_changed_is_removed() {
        let folder = std::env::temp_dir().join(format!("cargo-omegi-built-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (stamp, library) = (folder.join("stamp.json"), folder.join("libomegi-1.rlib"));
        for (damaged, is_whole) in [("built", true), ("bui", false), ("bu\0lt", false), ("built.", false)] {
            fs::write(&library, "built").unwrap();
            let content = LibraryContent::of(&library).unwrap();
            let built =
                BuiltRuntime { library: library.clone(), libraries: [(library.clone(), content)].into() };
            fs::write(&stamp, serde_json::to_vec(&built).unwrap()).unwrap();
            fs::write(&library, damaged).unwrap();
            let later = content.modified + std::time::Duration::from_secs(1);
            fs::File::options().write(true).open(&library).unwrap().set_modified(later).unwrap();
            assert_eq!(built.is_copy(&library, &library), is_whole, "{damaged}");
            assert_eq!(BuiltRuntime::read(&stamp).is_some(), is_whole, "{damaged}");
            BuiltRuntime::remove_damaged(&stamp);
            assert_eq!(library.exists(), is_whole, "{damaged}");
        }
        fs::write(&stamp, "{\"library\":").unwrap();
        assert!(BuiltRuntime::read(&stamp).is_none());
        fs::remove_dir_all(&folder).unwrap();
    }
}
