//! The dep-info that the compiler writes for cargo, with the originals of the woven sources.
//!
//! The format is that of a makefile, with `\ ` for a space. Cargo reads the first rule, and the
//! lines `# env-dep:NAME=value`.

use std::fs;
use std::io;
use std::path::Path;

use crate::whole_files::write_whole;

/// The files and variables on which a crate depends without the compiler's knowledge.
#[derive(Debug, Default)]
pub(crate) struct Additions<'a> {
    pub(crate) files: Vec<&'a Path>,
    /// Variables of the environment, and their values.
    pub(crate) variables: Vec<(String, Option<String>)>,
}

/// Rewrites the file at `path`, if there is one that can be read: replaces beginnings of paths,
/// each by the second of its pair.
pub(crate) fn rewrite(
    path: &Path,
    prefixes: &[(String, String)],
    additions: &Additions<'_>,
) -> io::Result<()> {
    let Ok(text) = fs::read_to_string(path) else { return Ok(()) };
    write_whole(path, rewritten(&text, prefixes, additions).as_bytes())
}

fn rewritten(text: &str, prefixes: &[(String, String)], additions: &Additions<'_>) -> String {
    let mut text = text.to_owned();
    for (from, to) in prefixes {
        text = text.replace(&escaped(from), &escaped(to));
    }
    let files = additions.files.iter().map(|file| format!(" {}", escaped(&file.display().to_string())));
    let files: String = files.collect();
    let mut is_first = true;
    let mut lines = String::new();
    for line in text.lines() {
        lines.push_str(line);
        if is_first && line.contains(": ") {
            lines.push_str(&files);
            is_first = false;
        }
        lines.push('\n');
    }
    for (name, value) in &additions.variables {
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
        let additions = Additions {
            files: vec![Path::new("/bin/x y")],
            variables: vec![("B".into(), Some("2".into())), ("C".into(), None)],
        };
        let expected = "/t/shop.d: src/main.rs src/a.txt /bin/x\\ y\n\nsrc/main.rs:\n\n\
            # env-dep:A=1\n# env-dep:B=2\n# env-dep:C\n";
        assert_eq!(rewritten(text, &[("/my w/".into(), String::new())], &additions), expected);
    }
}
