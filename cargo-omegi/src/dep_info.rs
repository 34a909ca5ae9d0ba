//! What the compiler says it has read, told of the originals: cargo looks there for changes.
//!
//! The format is that of a makefile, with `\ ` for a space; cargo reads the first rule, and the lines `# env-dep:NAME=value`.

use std::fs;
use std::io;
use std::path::Path;

/// What cargo is to be told besides.
#[derive(Debug, Default)]
pub(crate) struct Besides<'a> {
    /// Files on which the outcome depends as well.
    pub(crate) files: Vec<&'a Path>,
    /// Variables on which it depends, and their values.
    pub(crate) variables: Vec<(String, Option<String>)>,
}

/// Rewrites the file at `path`: `replace` are prefixes of paths, and what they become.
pub(crate) fn rewrite(path: &Path, replace: &[(String, String)], besides: &Besides<'_>) -> io::Result<()> {
    let text = fs::read_to_string(path)?;
    fs::write(path, rewritten(&text, replace, besides))
}

fn rewritten(text: &str, replace: &[(String, String)], besides: &Besides<'_>) -> String {
    let mut text = text.to_owned();
    for (from, to) in replace {
        text = text.replace(&escaped(from), &escaped(to));
    }
    let more: String =
        besides.files.iter().map(|file| format!(" {}", escaped(&file.display().to_string()))).collect();
    let mut is_first = true;
    let mut lines = String::new();
    for line in text.lines() {
        lines.push_str(line);
        if is_first && line.contains(": ") {
            lines.push_str(&more);
            is_first = false;
        }
        lines.push('\n');
    }
    for (name, value) in &besides.variables {
        let value = value.as_ref().map(|value| format!("={value}")).unwrap_or_default();
        lines.push_str(&format!("# env-dep:{name}{value}\n"));
    }
    lines
}

fn escaped(path: &str) -> String {
    path.replace(' ', "\\ ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_originals() {
        let text =
            "/t/shop.d: /my\\ w/src/main.rs /my\\ w/src/a.txt\n\n/my\\ w/src/main.rs:\n\n# env-dep:A=1\n";
        let besides = Besides {
            files: vec![Path::new("/bin/x y")],
            variables: vec![("B".into(), Some("2".into())), ("C".into(), None)],
        };
        let expected = "/t/shop.d: src/main.rs src/a.txt /bin/x\\ y\n\nsrc/main.rs:\n\n# env-dep:A=1\n# env-dep:B=2\n# env-dep:C\n";
        assert_eq!(rewritten(text, &[("/my w/".into(), String::new())], &besides), expected);
    }
}
