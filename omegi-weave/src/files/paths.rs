//! Compares and shortens paths as texts. The disk is not read, because links would lead elsewhere.

use std::path::{Component, Path, PathBuf};

/// Returns `path` without `.` and `..`, as far as names alone resolve them.
#[must_use]
pub fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(normal.components().next_back(), Some(Component::Normal(_))) => {
                normal.pop();
            }
            component => normal.push(component),
        }
    }
    normal
}

/// Returns the innermost folder that contains all of `paths`; `None` if there are none.
#[must_use]
pub fn common_ancestor<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Option<PathBuf> {
    let mut paths = paths.into_iter();
    let mut common = paths.next()?.to_owned();
    for path in paths {
        while !path.starts_with(&common) {
            common.pop();
        }
    }
    Some(common)
}

/// Returns `path` with another extension behind those that it has: a method of std since Rust 1.91.
#[must_use]
pub fn with_added_extension(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(extension);
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_resolved() {
        for (path, expected) in [
            ("/a/./b/../c", "/a/c"),
            ("../a", "../a"),
            ("a/../../b", "../b"),
            ("./src/main.rs", "src/main.rs"),
        ] {
            assert_eq!(normal(Path::new(path)), Path::new(expected), "{path}");
        }
    }

    #[test]
    fn the_common_ancestor_contains_all() {
        let paths = ["/a/b/c", "/a/b/d/e", "/a/b"].map(Path::new);
        assert_eq!(common_ancestor(paths), Some("/a/b".into()));
        assert_eq!(common_ancestor(["/a", "/b"].map(Path::new)), Some("/".into()));
    }

    #[test]
    fn an_extension_is_added_behind_the_others() {
        for (path, expected) in [("/a/b", "/a/b.7"), ("b.rs", "b.rs.7"), ("a/b.x.rs/", "a/b.x.rs.7")] {
            assert_eq!(with_added_extension(Path::new(path), "7"), Path::new(expected), "{path}");
        }
    }
}
