//! Thousands of threads at the same time.

use std::collections::BTreeSet;
use std::path::Path;

use omegi_tests::programs::{command, stderr, stdout};

#[test]
fn four_thousand_threads_record_at_the_same_time_and_none_loses_its_error() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("many-threads.txt");
    let _ = std::fs::remove_file(&file);
    let variables = [
        ("OMEGI_CONSOLE_STREAM", file.to_str().unwrap()),
        ("OMEGI_CONSOLE_FORMAT", "tree"),
        // On a busy machine the calls wait for each other for longer than the default.
        ("OMEGI_FLOW_OPEN", "10m"),
    ];
    let mut program = command(Path::new(env!("CARGO_BIN_EXE_many_threads")), &variables);
    let output = program.arg("4096").output().unwrap();
    assert_eq!((stdout(&output).as_str(), stderr(&output).as_str()), ("failed 4096\n", ""));
    let text = std::fs::read_to_string(&file).unwrap();
    let number = |rest: &str| rest.split_once('.').and_then(|(number, _)| number.parse::<usize>().ok());
    let served: BTreeSet<_> = text.split("cannot serve ").skip(1).filter_map(number).collect();
    assert!(served.iter().copied().eq(0..4096), "{} of 4096 errors", served.len());
    let _ = std::fs::remove_file(&file);
}
