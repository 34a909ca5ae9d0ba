//! The limit on exported errors of each kind.

use std::process::Command;

/// Returns the number of exported flows for each root, and that of suppressed flows.
fn run(arguments: &[&str]) -> Vec<u64> {
    let output = Command::new(env!("CARGO_BIN_EXE_error_limit")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| line.split(' ').nth(1).unwrap().parse().unwrap()).collect()
}

#[test]
fn a_frequent_error_is_limited_and_hides_no_other_kind() {
    let kept = run(&[]);
    // The limit applies for a minute. A slower machine exports a second hundred.
    assert!(kept[0] >= 99 && kept[0] <= 1000, "{kept:?}");
    assert_eq!(kept[1..5], [8, 8, 0, 0]);
    assert_eq!(kept[0] + kept[5], 400_000, "all others are counted");
}

#[test]
fn a_flow_is_kept_for_the_errors_that_count() {
    assert_eq!(run(&["any"]), [1, 1, 1, 1, 0, 0]);
    assert_eq!(run(&["escaped"]), [1, 1, 1, 0, 0, 0]);
    assert_eq!(run(&["rule"]), [0, 1, 1, 0, 0, 0]);
}

#[test]
fn the_limit_counts_a_flow_whose_failing_part_outlives_it() {
    let kept = run(&["outlived"]);
    assert_eq!(kept[4], 1, "{kept:?}");
    assert_eq!(kept[5], 198, "of 99, with the part of each that was decided by itself: {kept:?}");
}
