//! What the environment says of how to weave: which functions to leave as they are, and whether to capture arguments.

use std::path::Path;

use omegi_weave::{Left, SourceFile};

use crate::project::matches_pattern;

/// The variable that names them: a comma list of paths as `cargo omegi list` prints them; `*` stands for anything.
/// A server's loop is one that should be: then each request in it is a flow of its own.
const LEAVE: &str = "CARGO_OMEGI_LEAVE";

/// The variable that says when a program captures arguments and returns. It can say so of a program only that has the code
/// for it, which is most of what the weave can be.
const ARGUMENTS: &str = "OMEGI_ARGS";

/// The variables that decide what a crate becomes.
pub(crate) const VARIABLES: [&str; 2] = [LEAVE, ARGUMENTS];

/// Reads the crate `name`, as [`omegi_weave::read_crate`] does, without what the environment says is to be left.
pub(crate) fn read_crate(name: &str, root: &Path, statement: Option<&str>, left: &Left) -> Vec<SourceFile> {
    let captures = std::env::var(ARGUMENTS).is_ok_and(|when| !["", "off"].contains(&when.trim()));
    let files = omegi_weave::read_crate(root, statement, left, captures);
    let wish = Wish::parse(&std::env::var(LEAVE).unwrap_or_default());
    let mut more = wish.left_in(name, &files);
    if more.is_empty() {
        return files;
    }
    for (file, functions) in left {
        more.entry(file.clone()).or_default().extend(functions.iter().cloned());
    }
    omegi_weave::read_crate(root, statement, &more, captures)
}

/// What the environment says is to be left.
#[derive(Debug)]
struct Wish(Vec<String>);

impl Wish {
    fn parse(text: &str) -> Self {
        Self(text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect())
    }

    /// The functions of the crate `name` that it means.
    fn left_in(&self, name: &str, files: &[SourceFile]) -> Left {
        let mut left = Left::new();
        for file in files {
            let meant =
                file.functions.iter().filter(|function| self.means(&path(name, file, &function.path)));
            for function in meant {
                left.entry(file.path.clone()).or_default().insert(function.path.clone());
            }
        }
        left
    }

    fn means(&self, path: &str) -> bool {
        self.0.iter().any(|pattern| matches_pattern(pattern, path))
    }
}

/// A function's whole path: of the crate, its modules, its type, itself.
pub(crate) fn path(name: &str, file: &SourceFile, function: &str) -> String {
    let names = [name].into_iter().chain(file.module.iter().map(String::as_str)).chain([function]);
    names.collect::<Vec<_>>().join("::")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_patterns_are_meant() {
        let wish = Wish::parse("shop::main, shop::server::*,*::tick");
        for path in ["shop::main", "shop::server::run", "shop::a::B::tick"] {
            assert!(wish.means(path), "{path}");
        }
        for path in ["shop::domain", "main", "shop::server", "shop::tick::tack"] {
            assert!(!wish.means(path), "{path}");
        }
        assert!(!Wish::parse(" , ").means(""));
    }
}
