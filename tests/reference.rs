//! The reference pages and the page of costs name what the sources have.

use std::collections::BTreeSet;
use std::fs;

use omegi_tests::sources::{below, root};

fn text(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Returns the names in backquotes in the first column of the tables of a page, or in any column.
fn quoted(page: &str, columns: usize) -> BTreeSet<String> {
    let rows = page.lines().filter(|line| line.starts_with('|'));
    let cells = rows.flat_map(|row| row.split('|').skip(1).take(columns));
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

/// Returns the names in a source's string literals that begin with `omegi.`. Tests are left out.
fn names_of(source: &str) -> BTreeSet<String> {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    let code: String = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let literals = code.split("\"omegi.").skip(1).filter_map(|rest| rest.split('"').next());
    literals.filter(|name| !name.is_empty()).map(|name| format!("omegi.{name}")).collect()
}

/// Returns all names that omegi gives to attributes, events and metrics.
fn names() -> BTreeSet<String> {
    let crates = ["omegi-runtime/src", "omegi-weave/src", "integrations"];
    let files = crates.iter().flat_map(|folder| below(&root().join(folder), |name| name.ends_with(".rs")));
    let sources = files.filter(|file| {
        let path = file.to_string_lossy().into_owned();
        !["/tests.rs", "/tests/", "/fixtures.rs"].iter().any(|part| path.contains(part))
    });
    sources.flat_map(|file| names_of(&fs::read_to_string(file).unwrap())).collect()
}

/// Returns a prefix with a place for the rest: `omegi.arg.` is `omegi.arg.<name>`.
fn as_documented(name: &str) -> String {
    match name {
        "omegi.arg." | "omegi.arg.{}" => "omegi.arg.<name>".to_owned(),
        "omegi.tag." => "omegi.tag.<key>".to_owned(),
        name => name.to_owned(),
    }
}

#[test]
fn every_name_of_omegis_own_is_documented() {
    let documented =
        quoted(&(text("docs/reference/attributes.md") + &text("docs/reference/metrics.md")), usize::MAX);
    let names = names();
    assert!(names.len() > 40, "{names:?}");
    // A prefix alone, as of `starts_with`, is no name.
    let is_name =
        |name: &&String| !name.ends_with('.') || ["omegi.arg.", "omegi.tag."].contains(&name.as_str());
    let missing: Vec<_> =
        names.iter().filter(is_name).filter(|name| !documented.contains(&as_documented(name))).collect();
    assert!(missing.is_empty(), "docs/reference/attributes.md does not name {missing:?}");
}

#[test]
fn every_documented_name_is_written_by_omegi() {
    let names: BTreeSet<_> = names().iter().map(|name| as_documented(name)).collect();
    let documented = quoted(&text("docs/reference/attributes.md"), 3);
    let own = documented.iter().filter(|name| name.starts_with("omegi.") && !name.contains(['(', ' ']));
    let unknown: Vec<_> = own.filter(|name| !names.contains(*name)).collect();
    assert!(unknown.is_empty(), "omegi does not write {unknown:?}");
}

#[test]
fn every_option_of_attributes_is_documented() {
    let table = text("omegi-weave/src/parse/option_table.rs");
    let known = table.split("KNOWN_OPTIONS: ").nth(1).unwrap().split("];").next().unwrap();
    let keys: BTreeSet<_> =
        known.split("key: ").skip(1).map(|rest| rest.split(',').next().unwrap()).collect();
    let keys: BTreeSet<_> = keys.into_iter().map(|key| key.trim_matches('"').to_lowercase()).collect();
    assert!(keys.len() > 10, "{keys:?}");
    let documented: BTreeSet<_> = quoted(&text("docs/reference/options.md"), 1)
        .iter()
        .map(|option| option.split([' ', '(']).next().unwrap().to_owned())
        .collect();
    assert_eq!(documented, keys);
}

#[test]
fn every_cargo_feature_is_documented() {
    let manifest = text("Cargo.toml");
    let features = manifest.split("\n[features]\n").nth(1).unwrap().split("\n[").next().unwrap();
    let features: BTreeSet<_> = features
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| Some(line.split_once(" = ")?.0.to_owned()))
        .collect();
    let page = text("docs/reference/features.md");
    let table = page.split("\n## ").next().unwrap();
    assert_eq!(quoted(table, 1), features);
}

#[test]
fn the_exit_codes_are_those_of_the_command() {
    let help = text("cargo-omegi/src/cli.rs");
    let list = help.split("Exit codes:\n").nth(1).unwrap().split("\";").next().unwrap();
    let page = text("docs/reference/exit-codes.md");
    assert!(page.contains(list), "docs/reference/exit-codes.md must show what --help prints:\n{list}");
    let source = text("cargo-omegi/src/command_error.rs");
    let of_errors = source.lines().filter_map(|line| line.trim().strip_prefix("CommandErrorKind::"));
    let of_errors = of_errors.filter_map(|line| line.split_once(" => ")?.1.strip_suffix(','));
    let codes: BTreeSet<_> = of_errors.chain(["0"]).map(str::to_owned).collect();
    let table: BTreeSet<_> = quoted(&page, 1);
    assert_eq!(table, codes);
}

#[test]
fn the_page_of_costs_has_a_row_for_each_group_of_the_benches() {
    let source = text("benches/cost/groups.rs");
    let names = source.split("NAMES: &[&str] =").nth(1).unwrap().split(';').next().unwrap();
    let groups: BTreeSet<_> = names.split('"').skip(1).step_by(2).map(str::to_owned).collect();
    assert!(groups.len() > 5, "{groups:?}");
    assert_eq!(quoted(&between("measured"), 1), groups, "benches/document.sh writes the tables");
}

#[test]
fn the_page_of_costs_counts_the_instructions_of_each_kind() {
    let script = text("benches/instructions.sh");
    let bounds = script.split("bounds=\"\n").nth(1).unwrap().split('"').next().unwrap();
    let kinds: BTreeSet<_> =
        bounds.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect();
    assert_eq!(quoted(&between("counted"), 1), kinds, "benches/document.sh writes the table");
}

/// Returns the part of the page of costs that a program writes.
fn between(what: &str) -> String {
    let page = text("docs/explain/cost.md");
    let (_, rest) = page.split_once(&format!("<!-- {what}: begin -->")).expect("a mark at its begin");
    rest.split_once(&format!("<!-- {what}: end -->")).expect("a mark at its end").0.to_owned()
}
