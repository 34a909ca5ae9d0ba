//! The limits of lines: of code, of comments, and of prose.

/// Columns of a line of code.
const CODE: usize = 110;

/// Columns of a line of a comment, or of prose.
const PROSE: usize = 100;

/// The kinds of files that have limits.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Language {
    Rust,
    Script,
    Toml,
    Markdown,
}

/// Returns the lines of a file that are too long: their number, their length and the limit, in
/// columns.
///
/// Tables, code blocks and definitions of links in documents have no limit, and neither have files
/// of other kinds.
pub(crate) fn too_long(file: &str, text: &str) -> Vec<(usize, usize, usize)> {
    let Some(language) = language(file, text) else {
        return Vec::new();
    };
    let mut is_in_block = false;
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let limit = limit(language, line, &mut is_in_block);
        let length = line.chars().count();
        if let Some(limit) = limit.filter(|limit| length > *limit) {
            found.push((number, length, limit));
        }
    }
    found
}

fn language(file: &str, text: &str) -> Option<Language> {
    let name = file.rsplit('/').next().unwrap_or(file);
    match name.rsplit_once('.') {
        Some((_, "rs")) => Some(Language::Rust),
        Some((_, "md")) => Some(Language::Markdown),
        Some((_, "toml")) => Some(Language::Toml),
        Some((_, "sh" | "py" | "yml" | "yaml")) => Some(Language::Script),
        None if name == "justfile" => Some(Language::Script),
        _ => text.starts_with("#!").then_some(Language::Script),
    }
}

fn limit(language: Language, line: &str, is_in_block: &mut bool) -> Option<usize> {
    let trimmed = line.trim_start();
    let (prose, is_indented) = match language {
        Language::Rust if !trimmed.starts_with("//") => return Some(CODE),
        Language::Rust => (trimmed.trim_start_matches(['/', '!']), false),
        // Cargo reads a dependency and its features from one line, so only comments have a limit.
        Language::Toml => return trimmed.starts_with('#').then_some(PROSE),
        Language::Script => return Some(if trimmed.starts_with('#') { PROSE } else { CODE }),
        Language::Markdown => (line, line.starts_with("    ")),
    };
    let prose = prose.trim_start();
    if prose.starts_with("```") {
        *is_in_block = !*is_in_block;
    }
    let is_link = prose.starts_with('[') && prose.contains("]: ") || prose.starts_with("<svg");
    if prose.starts_with('|') || is_link || is_indented || language == Language::Markdown && *is_in_block {
        return None;
    }
    Some(if *is_in_block { CODE } else { PROSE })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of(file: &str, text: &str) -> Vec<usize> {
        too_long(file, text).into_iter().map(|(line, _, _)| line).collect()
    }

    #[test]
    fn a_planted_line_is_found() {
        let (prose, code) = ("x".repeat(PROSE), "x".repeat(CODE));
        let rust =
            format!("// {prose}\n    /// {prose}\n//! {prose}\n{code}\n{code}x\n//! {}\n", &prose[4..]);
        assert_eq!(lines_of("src/a.rs", &rust), [1, 2, 3, 5]);
        assert_eq!(lines_of("a/run", &format!("#!/bin/sh\n# {prose}\n{code}\n{code}x\n")), [2, 4]);
        assert_eq!(lines_of("a/Cargo.toml", &format!("# {prose}\n{code}x\n## {prose}\n")), [1, 3]);
        assert_eq!(lines_of("A.md", &format!("# {prose}\n\n{prose}x\n{prose}\n")), [1, 3]);
        for file in ["justfile", "a/ci.yml", "a/b.yaml"] {
            assert_eq!(lines_of(file, &format!("# {prose}\n{code}\n{code}x\n")), [1, 3], "{file}");
        }
    }

    #[test]
    fn tables_code_and_links_of_documents_have_no_limit() {
        let long = "x".repeat(200);
        let text = format!("| {long} |\n```\n{long}\n```\n[a]: {long}\n\n    {long}\n{long}\n");
        assert_eq!(lines_of("A.md", &text), [8]);
        assert_eq!(lines_of("a.rs", &format!("/// | {long} |\n/// [a]: {long}\n")), [0; 0]);
        assert_eq!(lines_of("a.stderr", &long), [0; 0]);
    }
}
