//! The README says what is so.

use std::fs;
use std::path::Path;

fn readme() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("README.md")).unwrap()
}

#[test]
fn the_table_of_metrics_is_what_they_are_read_by() {
    let table = omegi::markdown_table_of_metrics();
    assert!(readme().contains(table.trim()), "README.md must hold this table:\n{table}");
}

#[test]
fn the_tables_of_variables_are_those_that_are_parsed_by() {
    for table in [omegi::markdown_table(), omegi::markdown_table_of_unheeded()] {
        assert!(readme().contains(table.trim()), "README.md must hold this table:\n{table}");
    }
}
