//! File paths as they are recorded: relative to the project's root.

use std::path::{Path, PathBuf};

/// Makes paths relative to the project.
#[derive(Debug, Default)]
pub(crate) struct ProjectPaths {
    root: Option<PathBuf>,
}

impl ProjectPaths {
    /// Relative to `root`, or as the compiler wrote them.
    pub(crate) fn new(root: Option<PathBuf>) -> Self {
        Self { root }
    }

    /// `file` below the root, if it is there. The compiler writes paths relative to the workspace already; those of
    /// packages outside of it are absolute.
    pub(crate) fn relative<'a>(&self, file: &'a str) -> &'a str {
        let below = self.root.as_ref().and_then(|root| Path::new(file).strip_prefix(root).ok());
        below.and_then(Path::to_str).unwrap_or(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_below_the_root_is_cut() {
        let paths = ProjectPaths::new(Some("/home/me/shop".into()));
        assert_eq!(paths.relative("/home/me/shop/src/main.rs"), "src/main.rs");
        assert_eq!(paths.relative("/home/me/shopping/src/main.rs"), "/home/me/shopping/src/main.rs");
        assert_eq!(paths.relative("src/main.rs"), "src/main.rs");
        assert_eq!(ProjectPaths::default().relative("/x/y.rs"), "/x/y.rs");
    }
}
