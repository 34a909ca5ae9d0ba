//! Starts omegi twice, and begins a shutdown that is none.

use std::path::Path;

use super::{command, stderr, stdout};

fn run(what: &str) -> (String, String) {
    let output = command(Path::new(env!("CARGO_BIN_EXE_again")), &[]).arg(what).output().unwrap();
    (stdout(&output), stderr(&output))
}

#[test]
fn a_second_init_changes_nothing() {
    let expected = "arrived 1\n\
                    cannot start omegi: it was started before; call init once, in main\n\
                    arrived 2\ndid not wait: true\narrived 3\n";
    assert_eq!(run("second init").0, expected);
}

#[test]
fn a_guard_that_was_dropped_in_bad_times_does_not_keep_the_end_from_waiting() {
    let (arrived, messages) = run("early guard");
    assert_eq!(arrived, "arrived 1\narrived 2\narrived 3\narrived 4\n", "{messages}");
    assert!(messages.contains("cannot export the last flows: that takes longer than 300ms"), "{messages}");
}
