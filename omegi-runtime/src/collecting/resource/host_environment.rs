//! The environment that the resource is detected in: variables and files. Tests supply both.

use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;

use crate::settings::env;

/// The most bytes read from a file.
const FILE_BYTES: u64 = 256 * 1024;

/// Returns the value of a variable.
type Lookup = Box<dyn Fn(&str) -> Option<String>>;

/// The environment that the resource is detected in.
pub(super) struct HostEnvironment {
    variable: Lookup,
    /// The root of the file system.
    root: PathBuf,
}

impl HostEnvironment {
    pub(super) fn of_this_process() -> Self {
        Self { variable: Box::new(env::text), root: PathBuf::from("/") }
    }

    #[cfg(test)]
    pub(super) fn fake(variables: &'static [(&'static str, &'static str)], root: PathBuf) -> Self {
        let variable = |name: &str| {
            variables.iter().find(|(resource, _)| *resource == name).map(|(_, value)| (*value).to_owned())
        };
        Self { variable: Box::new(variable), root }
    }

    /// The value of the first of these variables that is set.
    pub(super) fn variable(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| (self.variable)(name))
    }

    /// The beginning of a file, by its path below the root.
    pub(super) fn file(&self, path: &str) -> Option<String> {
        let mut bytes = Vec::new();
        File::open(self.root.join(path)).ok()?.take(FILE_BYTES).read_to_end(&mut bytes).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The beginning of the first of these files that exists.
    pub(super) fn first_file(&self, paths: &[&str]) -> Option<String> {
        paths.iter().find_map(|path| self.file(path))
    }
}
