//! The documentation is correct.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn text(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap()
}

#[track_caller]
fn holds(file: &str, table: &str) {
    assert!(text(file).contains(table.trim()), "{file} must hold this table:\n{table}");
}

#[test]
fn the_table_of_metrics_is_the_one_in_the_source() {
    holds("docs/reference/metrics.md", &omegi::markdown_table_of_metrics());
}

#[test]
fn the_tables_of_variables_are_those_of_the_parser() {
    holds("docs/reference/settings.md", &omegi::markdown_table());
    holds("docs/reference/settings.md", &omegi::markdown_table_of_unsupported());
}

#[test]
fn tables_of_settings_on_other_pages_have_rows_of_that_table() {
    let all = omegi::markdown_table();
    let mut pages = vec![root().join("README.md")];
    pages_below(&root().join("docs"), &mut pages);
    let mut shown = 0;
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        let mut lines = text.lines();
        while lines.any(|line| line == "| variable | default | meaning |") {
            for row in lines.by_ref().take_while(|line| line.starts_with('|')).skip(1) {
                assert!(all.contains(row), "{}: not so, or not so any more: {row}", page.display());
                shown += 1;
            }
        }
    }
    assert!(shown > 50, "the page of settings has more rows than {shown}");
}

#[test]
fn the_readme_has_costs_of_the_page_of_costs() {
    let [readme, costs] = ["README.md", "docs/explain/cost.md"].map(text);
    let [shown, measured] =
        [&readme, &costs].map(|page| columns(page, ["subject", "minimum", "allocations a span"]));
    assert!(shown.len() >= 3, "{shown:?}");
    for row in shown {
        let subject = row[0].clone();
        let current: Vec<_> = measured.iter().filter(|row| row[0] == subject).collect();
        assert!(current.contains(&&row), "README.md has {row:?}, docs/explain/cost.md {current:?}");
    }
}

#[test]
fn the_readme_names_the_oldest_compiler() {
    let manifest = text("Cargo.toml");
    let version = manifest.lines().find_map(|line| line.strip_prefix("rust-version = ")).unwrap();
    let sentence = format!("omegi needs Rust {} or later", version.trim_matches('"'));
    let readme = text("README.md").replace('\n', " ");
    assert!(readme.contains(&sentence), "README.md must say: {sentence}");
}

/// Returns the cells in these columns of the first table that has them.
fn columns(page: &str, names: [&str; 3]) -> Vec<Vec<String>> {
    let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let mut lines = page.lines();
    let places = lines.by_ref().find_map(|line| {
        let head = cells(line);
        let place = |name: &&str| head.iter().position(|cell| cell == name);
        names.iter().map(place).collect::<Option<Vec<_>>>()
    });
    let places = places.expect("a table with these columns");
    let rows = lines.take_while(|line| line.starts_with('|')).skip(1).map(cells);
    rows.map(|row| places.iter().map(|place| row[*place].clone()).collect()).collect()
}

fn pages_below(folder: &Path, pages: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            pages_below(&path, pages);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            pages.push(path);
        }
    }
}
