//! The documentation is correct.

use std::fs;
use std::path::Path;

fn text(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(file)).unwrap()
}

#[track_caller]
fn holds(file: &str, table: &str) {
    assert!(text(file).contains(table.trim()), "{file} must hold this table:\n{table}");
}

#[test]
fn the_table_of_metrics_is_the_one_in_the_source() {
    holds("docs/metrics.md", &omegi::markdown_table_of_metrics());
}

#[test]
fn the_tables_of_variables_are_those_of_the_parser() {
    holds("docs/settings.md", &omegi::markdown_table());
    holds("docs/settings.md", &omegi::markdown_table_of_unsupported());
}

#[test]
fn the_readme_shows_some_rows_of_the_table_of_variables() {
    let (readme, table) = (text("README.md"), omegi::markdown_table());
    let shown = readme.split("## Settings").nth(1).unwrap().lines().take_while(|line| !line.starts_with('#'));
    let rows: Vec<_> = shown.filter(|line| line.starts_with("| `")).collect();
    assert!(rows.len() > 5);
    for row in rows {
        assert!(table.contains(row), "not so, or not so any more: {row}");
    }
}
