//! The README says what is so.

use std::fs;
use std::path::Path;

fn readme() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("README.md")).unwrap()
}

#[test]
fn the_table_of_variables_is_the_one_that_is_parsed_by() {
    let table = omegi::markdown_table();
    assert!(readme().contains(table.trim()), "README.md must hold this table:\n{table}");
}
