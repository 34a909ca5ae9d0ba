//! What the compiler in which a macro runs was called for.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use crate::paths::normal;

/// A rustc that compiles a crate, as far as it concerns the weave.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Compiler {
    /// Where it was started, and what relative paths begin at.
    pub(crate) here: PathBuf,
    /// Where it leaves what it makes.
    pub(crate) out_dir: PathBuf,
    /// What tells this crate apart from others of its name: `shop-1f2e3d4c5b6a7988`.
    pub(crate) id: String,
    arguments: Vec<String>,
}

impl Compiler {
    /// The one in whose process this is called; `None` if it is another program (an editor's, rustdoc), or if it is not
    /// told a folder for what it makes.
    pub(crate) fn around() -> Option<Self> {
        Self::new(env::current_dir().ok()?, env::args_os())
    }

    fn new(here: PathBuf, arguments: impl IntoIterator<Item = OsString>) -> Option<Self> {
        let mut arguments = arguments.into_iter();
        let program = PathBuf::from(arguments.next()?);
        // It shows sources and compiles nothing: it shall show them as they are.
        if program.file_stem()? == "rustdoc" {
            return None;
        }
        let arguments: Vec<_> = arguments.flat_map(|word| unfolded(&here, &word)).collect();
        let name = value(&arguments, "--crate-name")?;
        let extra = arguments
            .iter()
            .find_map(|word| word.strip_prefix("-C").unwrap_or(word).strip_prefix("extra-filename="));
        Some(Self {
            out_dir: normal(&here.join(value(&arguments, "--out-dir")?)),
            id: format!("{name}{}", extra.unwrap_or_default()),
            here,
            arguments,
        })
    }

    /// One that cargo started `here` for the crate whose root is `root`.
    #[cfg(test)]
    pub(crate) fn of_cargo(here: &Path, root: &str) -> Self {
        let line = ["rustc", "--crate-name", "shop", root, "--out-dir", "target/deps"];
        Self::new(here.to_owned(), line.map(OsString::from)).expect("all that has to be said is said")
    }

    /// The whole path of a file that the compiler knows as `path`.
    pub(crate) fn whole(&self, path: &Path) -> PathBuf {
        normal(&self.here.join(path))
    }

    /// Whether the modules that the file at `path` declares are in its own folder. Of a file that is neither the crate's
    /// root nor a `mod.rs` it can only be by a `#[path]` elsewhere, which is not seen from here.
    pub(crate) fn owns_folder(&self, path: &Path) -> bool {
        let is_root = || self.arguments.iter().any(|word| self.whole(Path::new(word)) == path);
        path.file_name().is_some_and(|name| name == "mod.rs") || is_root()
    }
}

/// An argument; those in a file, where they are too many for a command line.
fn unfolded(here: &Path, word: &OsString) -> Vec<String> {
    let word = word.to_string_lossy().into_owned();
    let file = word.strip_prefix('@').and_then(|file| fs::read_to_string(here.join(file)).ok());
    file.map_or_else(|| vec![word], |text| text.lines().map(ToOwned::to_owned).collect())
}

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
    fn a_call_of_cargo_is_understood() {
        let line =
            "/x/rustc --crate-name shop --edition=2024 src/main.rs -C extra-filename=-12ab --out-dir /t/deps";
        let compiler = compiler(line).unwrap();
        assert_eq!((compiler.out_dir.to_str(), compiler.id.as_str()), (Some("/t/deps"), "shop-12ab"));
        let owning = ["/shop/src/main.rs", "/shop/src/a/mod.rs", "/shop/src/a.rs", "/shop/src/lib.rs"];
        assert_eq!(owning.map(|path| compiler.owns_folder(Path::new(path))), [true, true, false, false]);
    }

    #[test]
    fn options_may_be_written_in_other_ways() {
        let compiler = compiler("rustc --crate-name=a ./a.rs -Cextra-filename=-1 --out-dir=out").unwrap();
        assert_eq!((compiler.out_dir.to_str(), compiler.id.as_str()), (Some("/shop/out"), "a-1"));
        assert!(compiler.owns_folder(Path::new("/shop/a.rs")));
    }

    #[test]
    fn what_does_not_compile_is_no_compiler() {
        let of_rustdoc = "rustdoc --crate-name a --out-dir x a.rs";
        for line in
            [of_rustdoc, "rust-analyzer-proc-macro-srv", "rustc a.rs", "rustc --crate-name a a.rs -o a"]
        {
            assert_eq!(compiler(line), None, "{line}");
        }
    }
}
