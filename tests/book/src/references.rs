//! Every link of the documents goes to a file and a heading that exist, and every block keeps the
//! rules.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::README;
use crate::document::Document;
use crate::plan::Plan;
use crate::sandbox::checkout;

/// The address of the files of this repository.
const REPOSITORY: &str = "https://github.com/omegi/omegi-rust/";

/// The book's table of contents.
const SUMMARY: &str = "docs/SUMMARY.md";

/// Documents by their paths from the repository's root.
type Documents = BTreeMap<String, Document>;

/// Returns the links of a document that go nowhere, with their lines.
fn dead_links(root: &Path, documents: &Documents, path: &str) -> Vec<String> {
    let links = documents[path].links.iter();
    let problems = links.filter_map(|link| {
        let problem = problem(root, documents, path, &link.target)?;
        Some(format!("{path}:{}: {}: {problem}", link.line, link.target))
    });
    problems.collect()
}

fn problem(root: &Path, documents: &Documents, path: &str, target: &str) -> Option<&'static str> {
    if target.starts_with('[') {
        return Some("no definition of this reference");
    }
    if let Some(rest) = target.strip_prefix(REPOSITORY) {
        return match rest.split_once("/main/") {
            Some(("blob" | "tree", target)) => problem_of_file(root, documents, target),
            _ => None,
        };
    }
    if let Some((scheme, rest)) = target.split_once("://") {
        return problem_of_address(scheme, rest);
    }
    if target.starts_with("mailto:") {
        return None;
    }
    if target.starts_with('/') {
        return Some("an absolute path: GitHub and the book have different roots");
    }
    let (file, anchor) = target.split_once('#').map_or((target, ""), |(file, anchor)| (file, anchor));
    let file = if file.is_empty() { path.to_owned() } else { joined(path, file) };
    if path.starts_with("docs/") && !file.starts_with("docs/") {
        return Some("outside of the book: use the full address at GitHub");
    }
    let target = if anchor.is_empty() { file } else { format!("{file}#{anchor}") };
    problem_of_file(root, documents, &target)
}

fn problem_of_file(root: &Path, documents: &Documents, target: &str) -> Option<&'static str> {
    let (file, anchor) = target.split_once('#').map_or((target, None), |(file, anchor)| (file, Some(anchor)));
    if !root.join(file).exists() {
        return Some("no such file");
    }
    let anchor = anchor?;
    let document = match documents.get(file) {
        Some(document) => document,
        None if file.ends_with(".md") => return Some("an anchor of a document that is not checked"),
        None => return None,
    };
    (!document.anchors.iter().any(|known| known == anchor)).then_some("no such heading")
}

fn problem_of_address(scheme: &str, rest: &str) -> Option<&'static str> {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.split(':').next().unwrap_or_default();
    let is_local = host == "localhost" || host == "127.0.0.1";
    match scheme {
        "http" if is_local => None,
        "https" if is_local || is_domain(host) => rest.contains(char::is_whitespace).then_some("a blank"),
        "https" => Some("no name of a host"),
        _ => Some("not https"),
    }
}

fn is_domain(host: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !label.starts_with('-')
    };
    host.contains('.') && host.split('.').all(is_label)
}

/// Returns a path that is relative to a document as one from the root.
fn joined(document: &str, path: &str) -> String {
    let mut joined = Path::new(document).parent().map(PathBuf::from).unwrap_or_default();
    for component in Path::new(path).components() {
        match component {
            Component::ParentDir => drop(joined.pop()),
            Component::Normal(name) => joined.push(name),
            _ => {}
        }
    }
    joined.to_str().expect("paths of documents are UTF-8").to_owned()
}

/// Returns the pages that the table of contents lacks, lists twice, or invents.
fn problems_of_summary(documents: &Documents) -> Vec<String> {
    let mut unlisted: BTreeSet<_> =
        documents.keys().filter(|path| path.starts_with("docs/") && *path != SUMMARY).cloned().collect();
    let mut problems = Vec::new();
    for link in &documents[SUMMARY].links {
        let page = joined(SUMMARY, &link.target);
        if !unlisted.remove(&page) {
            problems.push(format!("{SUMMARY}:{}: {page}: twice, or no such page", link.line));
        }
    }
    problems.extend(unlisted.into_iter().map(|page| format!("{page}: not in {SUMMARY}")));
    problems
}

fn documents(root: &Path) -> Documents {
    let mut paths: Vec<_> =
        [README, "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "RELEASING.md"].map(PathBuf::from).into();
    for folder in ["docs", "integrations", "examples", ".github"] {
        files_below(root, Path::new(folder), "md", &mut paths);
    }
    let texts = paths.iter().filter_map(|path| Some((path, fs::read_to_string(root.join(path)).ok()?)));
    texts.map(|(path, text)| (path.to_str().unwrap().to_owned(), Document::parse(&text))).collect()
}

fn files_below(root: &Path, folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(root.join(folder)).into_iter().flatten().flatten() {
        let path = folder.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            if entry.file_name() != "target" {
                files_below(root, &path, extension, found);
            }
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
}

/// Returns the addresses of this repository's files in the sources, which rustdoc shows.
fn dead_links_of_sources(root: &Path, documents: &Documents) -> Vec<String> {
    let mut sources = Vec::new();
    for entry in fs::read_dir(root).unwrap().flatten() {
        if entry.file_type().unwrap().is_dir() && entry.file_name() != "target" {
            files_below(root, Path::new(&entry.file_name()), "rs", &mut sources);
        }
    }
    sources.retain(|source| !source.ends_with("tests/book/src/references.rs"));
    let mut problems = Vec::new();
    for source in sources {
        let text = fs::read_to_string(root.join(&source)).unwrap();
        for (line, text) in (1..).zip(text.lines()) {
            for rest in text.split(&format!("{REPOSITORY}blob/main/")).skip(1) {
                let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "#/._-".contains(c)));
                let target = rest[..end.unwrap_or(rest.len())].trim_end_matches('.');
                if let Some(problem) = problem_of_file(root, documents, target) {
                    problems.push(format!("{}:{line}: {target}: {problem}", source.display()));
                }
            }
        }
    }
    problems
}

#[test]
fn every_link_goes_somewhere() {
    let root = checkout();
    let documents = documents(&root);
    let mut problems: Vec<_> =
        documents.keys().flat_map(|path| dead_links(&root, &documents, path)).collect();
    problems.extend(dead_links_of_sources(&root, &documents));
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn every_block_keeps_the_rules() {
    let documents = documents(&checkout());
    let pages = documents.iter().filter(|(path, _)| *path == README || path.starts_with("docs/"));
    let problems = pages.flat_map(|(path, document)| {
        let problems = Plan::of(document, path == README).problems;
        problems.into_iter().map(move |(line, problem)| format!("{path}:{line}: {problem}"))
    });
    let problems: Vec<_> = problems.collect();
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn every_page_is_in_the_table_of_contents() {
    let problems = problems_of_summary(&documents(&checkout()));
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

fn planted(texts: &[(&str, &str)]) -> Documents {
    texts.iter().map(|(path, text)| ((*path).to_owned(), Document::parse(text))).collect()
}

#[test]
fn planted_dead_links_are_found() {
    let documents =
        planted(&[("README.md", "# Settings\n"), ("docs/SUMMARY.md", "# A b\n"), ("docs/adr/a.md", "# C\n")]);
    for (path, target) in [
        ("README.md", "docs/none.md"),
        ("README.md", "docs/SUMMARY.md#none"),
        ("README.md", "#none"),
        ("README.md", "#Settings"),
        ("README.md", "/README.md"),
        ("README.md", "none.svg"),
        ("README.md", "[none]"),
        ("docs/SUMMARY.md", "../README.md"),
        ("docs/SUMMARY.md", "../README.md#settings"),
        ("docs/SUMMARY.md", "adr/none.md"),
        ("docs/adr/a.md", "SUMMARY.md"),
        ("README.md", "https://github.com/omegi/omegi-rust/blob/main/none.rs"),
        ("README.md", "https://github.com/omegi/omegi-rust/blob/main/README.md#none"),
        ("README.md", "https://github.com/omegi/omegi-rust/tree/main/none"),
        ("README.md", "http://example.org"),
        ("README.md", "https://example"),
        ("README.md", "https:///x"),
        ("README.md", "https://exa_mple.org/"),
        ("README.md", "ftp://example.org/"),
    ] {
        assert!(problem(&checkout(), &documents, path, target).is_some(), "{path}: {target}");
    }
}

#[test]
fn planted_links_are_accepted() {
    let documents =
        planted(&[("README.md", "# Settings\n"), ("docs/SUMMARY.md", "# A b\n"), ("docs/adr/a.md", "# C\n")]);
    for (path, target) in [
        ("README.md", "docs/SUMMARY.md"),
        ("README.md", "docs/SUMMARY.md#a-b"),
        ("README.md", "#settings"),
        ("README.md", "docs/adr/"),
        ("README.md", "LICENSE-MIT"),
        ("docs/adr/a.md", "../SUMMARY.md#a-b"),
        ("README.md", "https://github.com/omegi/omegi-rust/blob/main/src/lib.rs"),
        ("README.md", "https://github.com/omegi/omegi-rust/blob/main/README.md#settings"),
        ("README.md", "https://github.com/omegi/omegi-rust/tree/main/examples"),
        ("README.md", "https://github.com/omegi/omegi-rust/issues"),
        ("README.md", "https://docs.rs/omegi/latest/omegi/?search=x#y"),
        ("README.md", "http://localhost:16686"),
    ] {
        assert_eq!(problem(&checkout(), &documents, path, target), None, "{path}: {target}");
    }
}

#[test]
fn planted_errors_of_the_table_of_contents_are_found() {
    let summary = "- [a](a.md)\n- [a](a.md)\n- [b](b.md)\n";
    let documents = planted(&[("README.md", ""), (SUMMARY, summary), ("docs/a.md", ""), ("docs/c.md", "")]);
    let problems = [
        "docs/SUMMARY.md:2: docs/a.md: twice, or no such page",
        "docs/SUMMARY.md:3: docs/b.md: twice, or no such page",
        "docs/c.md: not in docs/SUMMARY.md",
    ];
    assert_eq!(problems_of_summary(&documents), problems);
}
