//! Reads the command line of the compiler in which a macro runs.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use crate::files::paths::normal;

/// The command line of a rustc that compiles a crate, as far as weaving depends on it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Compiler {
    /// The folder in which it was started: relative paths begin there.
    pub(crate) working_dir: PathBuf,
    /// The folder for its output.
    pub(crate) out_dir: PathBuf,
    /// The crate's name with the suffix that is unique to it: `shop-1f2e3d4c5b6a7988`.
    pub(crate) id: String,
    arguments: Vec<String>,
}

impl Compiler {
    /// Returns the compiler of this process; `None` in another program (an editor's, rustdoc,
    /// clippy), or without an output folder.
    pub(crate) fn of_this_process() -> Option<Self> {
        Self::new(env::current_dir().ok()?, env::args_os())
    }

    fn new(working_dir: PathBuf, arguments: impl IntoIterator<Item = OsString>) -> Option<Self> {
        let mut arguments = arguments.into_iter();
        if only_reads(&arguments.next()?) {
            return None;
        }
        let arguments: Vec<_> = arguments.flat_map(|word| expanded(&working_dir, &word)).collect();
        let name = value(&arguments, "--crate-name")?;
        let extra = arguments
            .iter()
            .find_map(|word| word.strip_prefix("-C").unwrap_or(word).strip_prefix("extra-filename="));
        Some(Self {
            out_dir: normal(&working_dir.join(value(&arguments, "--out-dir")?)),
            id: format!("{name}{}", extra.unwrap_or_default()),
            working_dir,
            arguments,
        })
    }

    /// Returns one that cargo started in `working_dir` for the crate with the root file `root`.
    #[cfg(test)]
    pub(crate) fn of_cargo(working_dir: &Path, root: &str) -> Self {
        let line = ["rustc", "--crate-name", "shop", root, "--out-dir", "target/deps"];
        Self::new(working_dir.to_owned(), line.map(OsString::from))
            .expect("the line has all that a compiler needs")
    }

    /// Returns the absolute path of a file that the compiler knows as `path`.
    pub(crate) fn absolute(&self, path: &Path) -> PathBuf {
        normal(&self.working_dir.join(path))
    }

    /// Returns whether the file at `path` has its modules in its own folder, as a crate's root or a
    /// `mod.rs` has.
    ///
    /// A `#[path]` elsewhere can make another file own its folder, which the command line does not
    /// show.
    pub(crate) fn owns_folder(&self, path: &Path) -> bool {
        let is_root = || self.arguments.iter().any(|word| self.absolute(Path::new(word)) == path);
        path.file_name().is_some_and(|name| name == "mod.rs") || is_root()
    }
}

/// Returns whether this process only reads the source, and makes no program of it.
///
/// rustdoc shows the source, and clippy judges it: both must see it as the author wrote it.
pub(crate) fn reads_only() -> bool {
    env::args_os().next().is_some_and(|program| only_reads(&program))
}

fn only_reads(program: &OsStr) -> bool {
    let name = Path::new(program).file_stem();
    name.is_some_and(|name| name == "rustdoc" || name == "clippy-driver")
}

/// Returns an argument, or those in the file that it names: `@arguments`.
fn expanded(working_dir: &Path, word: &OsString) -> Vec<String> {
    let word = word.to_string_lossy().into_owned();
    let file = word.strip_prefix('@').and_then(|file| fs::read_to_string(working_dir.join(file)).ok());
    file.map_or_else(|| vec![word], |text| text.lines().map(ToOwned::to_owned).collect())
}

/// Returns the value of an option: `--option value` or `--option=value`.
fn value<'a>(arguments: &'a [String], option: &str) -> Option<&'a str> {
    let mut words = arguments.iter();
    words
        .find_map(|word| match word.strip_prefix(option)? {
            "" => Some(None),
            rest => rest.strip_prefix('=').map(Some),
        })?
        .or_else(|| words.next().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compiler(line: &str) -> Option<Compiler> {
        Compiler::new("/shop".into(), line.split(' ').map(OsString::from))
    }

    #[test]
    fn the_command_line_of_cargo_is_read() {
        let line =
            "/x/rustc --crate-name shop --edition=2024 src/main.rs -C extra-filename=-12ab --out-dir /t/deps";
        let compiler = compiler(line).unwrap();
        assert_eq!((compiler.out_dir.to_str(), compiler.id.as_str()), (Some("/t/deps"), "shop-12ab"));
        let owning = ["/shop/src/main.rs", "/shop/src/a/mod.rs", "/shop/src/a.rs", "/shop/src/lib.rs"];
        assert_eq!(owning.map(|path| compiler.owns_folder(Path::new(path))), [true, true, false, false]);
    }

    #[test]
    fn options_may_be_joined_with_their_values() {
        let compiler = compiler("rustc --crate-name=a ./a.rs -Cextra-filename=-1 --out-dir=out").unwrap();
        assert_eq!((compiler.out_dir.to_str(), compiler.id.as_str()), (Some("/shop/out"), "a-1"));
        assert!(compiler.owns_folder(Path::new("/shop/a.rs")));
    }

    #[test]
    fn other_programs_are_no_compilers() {
        let of_rustdoc = "rustdoc --crate-name a --out-dir x a.rs";
        let of_clippy = "/x/clippy-driver /x/rustc --crate-name a --out-dir x a.rs";
        for line in [
            of_rustdoc,
            of_clippy,
            "rust-analyzer-proc-macro-srv",
            "rustc a.rs",
            "rustc --crate-name a a.rs -o a",
        ] {
            assert_eq!(compiler(line), None, "{line}");
        }
    }
}
