//! The libraries that cargo has built of omegi.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::Message;
use serde::{Deserialize, Serialize};

/// omegi as a program links it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct BuiltRuntime {
    /// The library of the crate `omegi`.
    pub(crate) library: PathBuf,
    /// All libraries that a program may have to link, its own included.
    pub(crate) libraries: BTreeSet<PathBuf>,
}

impl BuiltRuntime {
    /// Reads the file of an earlier build. `None` if there is none, or if one of its libraries is
    /// gone.
    pub(super) fn read(stamp: &Path) -> Option<Self> {
        let built: Self = serde_json::from_slice(&fs::read(stamp).ok()?).ok()?;
        built.libraries.iter().all(|library| library.exists()).then_some(built)
    }

    /// Finds the libraries in cargo's messages.
    pub(super) fn in_messages(messages: &[u8]) -> Option<Self> {
        let mut library = None;
        let mut libraries = BTreeSet::new();
        for message in Message::parse_stream(messages).map_while(Result::ok) {
            let Message::CompilerArtifact(artifact) = message else { continue };
            let files = artifact.filenames.iter().map(|file| file.as_std_path().to_owned());
            let linked: Vec<_> = files.filter(|file| is_linked(file)).collect();
            if artifact.target.name == "omegi" {
                library = linked.first().and_then(|library| in_deps(library));
            } else {
                libraries.extend(linked);
            }
        }
        let library = library?;
        libraries.insert(library.clone());
        Some(Self { library, libraries })
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
