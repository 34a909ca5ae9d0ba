//! Paths of source files, relative to the project's root.

use std::path::{Path, PathBuf};

/// The folder of woven modules, and the number of folders between it and a copied path: one for the
/// crate, one for the statement `instrument_modules!`.
const WOVEN: (&str, usize) = ("omegi-woven", 2);

/// Makes paths relative to the project.
#[derive(Clone, Debug, Default)]
pub(crate) struct ProjectPaths {
    root: Option<PathBuf>,
}

impl ProjectPaths {
    /// Paths relative to `root`; unchanged paths without a root.
    pub(crate) fn new(root: Option<PathBuf>) -> Self {
        Self { root }
    }

    /// Returns the path of `file` below the root, or `file` itself if it is elsewhere.
    ///
    /// The compiler writes paths relative to the workspace. Those of packages outside of it are
    /// absolute.
    pub(crate) fn relative<'a>(&self, file: &'a str) -> &'a str {
        if let Some(original) = original(file) {
            return original;
        }
        let below = self.root.as_ref().and_then(|root| Path::new(file).strip_prefix(root).ok());
        below.and_then(Path::to_str).unwrap_or(file)
    }
}

/// The original path of a woven file.
fn original(file: &str) -> Option<&str> {
    let (folder, below) = WOVEN;
    let (_, path) = file.rsplit_once(folder)?;
    path.strip_prefix(['/', '\\'])?.splitn(below + 1, ['/', '\\']).nth(below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_below_the_root_are_shortened() {
        let paths = ProjectPaths::new(Some("/home/me/shop".into()));
        assert_eq!(paths.relative("/home/me/shop/src/main.rs"), "src/main.rs");
        assert_eq!(paths.relative("/home/me/shopping/src/main.rs"), "/home/me/shopping/src/main.rs");
        assert_eq!(paths.relative("src/main.rs"), "src/main.rs");
        assert_eq!(ProjectPaths::default().relative("/x/y.rs"), "/x/y.rs");
    }

    #[test]
    fn a_woven_file_is_known_by_its_originals_name() {
        let paths = ProjectPaths::new(Some("/home/me/shop".into()));
        for (file, expected) in [
            ("/home/me/shop/target/debug/deps/omegi-woven/shop-1f2e/0/src/a/b.rs", "src/a/b.rs"),
            ("C:\\t\\deps\\omegi-woven\\shop-1f2e\\0\\src\\a.rs", "src\\a.rs"),
            ("/home/me/shop/omegi-woven.rs", "omegi-woven.rs"),
            ("omegi-woven/src/a.rs", "omegi-woven/src/a.rs"),
        ] {
            assert_eq!(paths.relative(file), expected);
        }
    }
}
