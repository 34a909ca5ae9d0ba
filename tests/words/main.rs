//! The words and lines of the repository: names and headings have the words of the field, and no
//! line exceeds its limit.

mod lines;
mod names;
mod table;

use std::fs;
use std::path::Path;

use names::{Kind, Name};
use omegi_tests::sources::{self, root};
use table::{EXCEPTIONS, Scope, WORDS};

#[test]
fn names_and_headings_have_the_words_of_the_field() {
    let mut problems = Vec::new();
    for file in sources::files(|_| true) {
        let path = file.to_str().unwrap();
        let mut names = names::of_path(&file);
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("rs") => names.extend(names::of_rust(path, &text(&file))),
            Some("md") => names.extend(names::of_markdown(&text(&file))),
            _ => {}
        }
        for name in names {
            if let Some((word, replacement)) = replaced_word(path, &name) {
                let Name { line, text, .. } = name;
                problems.push(format!("{path}:{line}: {text:?}: not {word:?}, but {replacement:?}"));
            }
        }
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn no_line_is_longer_than_its_limit() {
    let mut problems = Vec::new();
    for file in sources::files(|_| true) {
        let path = file.to_str().unwrap();
        if let Ok(text) = fs::read_to_string(root().join(&file)) {
            for (line, length, limit) in lines::too_long(path, &text) {
                problems.push(format!("{path}:{line}: {length} columns, at most {limit}"));
            }
        }
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

fn text(file: &Path) -> String {
    fs::read_to_string(root().join(file)).unwrap()
}

/// Returns the word of a name to be replaced, and its replacement.
fn replaced_word(file: &str, name: &Name) -> Option<(&'static str, &'static str)> {
    let words = name.words();
    let has = |word: &str, scope: Scope| {
        let parts: Vec<&str> = word.split(' ').collect();
        let is = |row: &[String]| row.iter().zip(&parts).all(|(own, part)| is_word(own, part));
        match scope {
            Scope::Anywhere => words.windows(parts.len()).any(is),
            Scope::WholeName => words.len() == parts.len() && is(&words),
            Scope::WholeType => {
                matches!(name.kind, Kind::Type | Kind::Module) && words.len() == 1 && is(&words)
            }
        }
    };
    let is_exception = |word: &str| {
        EXCEPTIONS.iter().any(|(of, folder, _)| (*of == word || *of == "*") && file.starts_with(folder))
    };
    let (word, _, replacement) =
        WORDS.iter().find(|(word, scope, _)| has(word, *scope) && !is_exception(word))?;
    Some((word, replacement))
}

/// Returns whether a word is this one, or its plural.
fn is_word(own: &str, word: &str) -> bool {
    own == word || own.strip_suffix('s') == Some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn words_of(text: &str, expected: &[&str]) {
        let names = names::of_rust("planted.rs", text);
        let found: Vec<_> = names.iter().filter_map(|name| replaced_word("planted.rs", name)).collect();
        assert_eq!(found.into_iter().map(|(word, _)| word).collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn a_planted_word_is_found_in_every_kind_of_name() {
        words_of(
            "struct ExportOutlet; enum HTTPParcel {} trait Keeper {} type Tallies = u8;",
            &["outlet", "parcel", "keeper", "tallies"],
        );
        words_of(
            "fn is_at_work() {} impl A { fn last_words(&self) {} const BRISK: u8 = 1; }",
            &["at work", "last words", "brisk"],
        );
        words_of(
            "mod shelves { struct A { precious: bool } } static LEDGERS: u8 = 1;",
            &["shelves", "precious", "ledger"],
        );
        words_of(
            "enum A { Verdict, Note { untold: u8 } } macro_rules! storm { () => {} }",
            &["verdict", "note", "untold", "storm"],
        );
    }

    #[test]
    fn ordinary_words_pass() {
        words_of(
            "fn sum(what: u8) { let share = here(); } struct A { left: u8, taken: u8 } // a storm at work",
            &[],
        );
        words_of("impl Visit for A { fn visit_path(&mut self) {} } fn is_kept() {} struct NotKept;", &[]);
    }

    #[test]
    fn a_planted_word_is_found_in_files_and_headings() {
        let found = |name: Name| replaced_word("planted", &name).map(|(word, _)| word);
        let in_path =
            |path: &str| names::of_path(Path::new(path)).into_iter().filter_map(found).collect::<Vec<_>>();
        assert_eq!(in_path("recording/visits/said.rs"), ["visit", "said"]);
        assert_eq!(in_path("recording/slot.rs"), [""; 0]);
        let text = "# Storms\n\nA storm.\n\n```\n# a storm\n```\n";
        assert_eq!(names::of_markdown(text).into_iter().filter_map(found).collect::<Vec<_>>(), ["storm"]);
    }
}
