//! Errors of functions that fail as a part of their work.

use std::path::Path;

use omegi_tests::programs::{command, stderr, stdout};

/// Returns the numbers that the program prints, and its stderr.
fn run(sort: &str, variables: &[(&str, &str)]) -> ([u64; 5], String) {
    let mut command = command(Path::new(env!("CARGO_BIN_EXE_parser")), variables);
    let output = command.arg(sort).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let text = stdout(&output);
    let mut numbers = text.lines().map(|line| line.split(' ').nth(1).unwrap().parse().unwrap());
    (std::array::from_fn(|_| numbers.next().unwrap()), stderr(&output))
}

#[test]
fn flows_with_expected_errors_alone_are_bounded_and_counted() {
    let ([handled, escaped, dropped, kinds, later], stderr) = run("half", &[("OMEGI_DEBUG", "true")]);
    // Until the parser is known, and some examples then. A slow machine keeps one more a minute.
    assert!((100..200).contains(&handled), "{handled}");
    assert_eq!(handled + dropped, 10_000, "each flow is kept or counted");
    assert_eq!((escaped, kinds, later), (1, 1, 0), "one that escapes counts at once");
    let lines: Vec<_> = stderr.lines().filter(|line| line.contains("protocol::parse")).collect();
    assert_eq!(lines.len(), 2, "{stderr}");
    assert!(lines[0].contains("are expected and keep no flow any more"), "{stderr}");
    assert!(lines[1].contains("are not expected any more and keep their flows: one escaped"), "{stderr}");
}

#[test]
fn many_calls_in_each_flow_are_learned_from_as_well() {
    let ([handled, escaped, dropped, kinds, _], _) = run("one_flow", &[]);
    assert!((2..30).contains(&handled), "{handled}");
    assert_eq!((handled + dropped, escaped, kinds), (200, 1, 1));
}

#[test]
fn rare_errors_and_panics_always_count() {
    assert_eq!(run("rare", &[]).0, [500, 1, 0, 0, 0]);
    assert_eq!(run("panics", &[]).0, [300, 1, 0, 0, 0]);
}

#[test]
fn any_counts_expected_errors_too() {
    assert_eq!(run("half", &[("OMEGI_ERRORS", "any"), ("OMEGI_ERROR_LIMIT", "0")]).0, [10_000, 1, 0, 0, 0]);
}
