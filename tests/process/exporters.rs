//! Several exporters at once: none affects another one or the program.

use std::process::Command;

/// Returns the output and omegi's messages of the program with another exporter of this kind.
fn run(matter: &str) -> (String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_exporters"))
        .arg(matter)
        .env("OTEL_BSP_SCHEDULE_DELAY", "1")
        .output()
        .unwrap();
    let messages = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{matter}: {messages}");
    (String::from_utf8_lossy(&output.stdout).into_owned(), messages)
}

/// Returns the numbers in the line that begins with `name`.
fn numbers<const N: usize>(text: &str, name: &str) -> [u64; N] {
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("{text}"));
    let numbers: Vec<u64> = line.split(' ').filter_map(|part| part.parse().ok()).collect();
    numbers.try_into().unwrap_or_else(|_| panic!("{line}"))
}

#[test]
fn the_one_that_is_well_gets_every_flow_once() {
    for matter in
        ["fails", "fails-for-a-while", "refuses-the-first", "writes-the-first", "hangs", "is-slow", "panics"]
    {
        let (text, _) = run(matter);
        assert_eq!(numbers(&text, "well:"), [100, 9900, 0], "{matter}: {text}");
        assert_eq!(numbers(&text, "well says:"), [10_000, 0, 0, 0, 0], "{matter}: {text}");
    }
}

#[test]
fn an_exporter_that_comes_round_gets_every_failed_flow_once() {
    for matter in ["fails-for-a-while", "writes-the-first", "is-slow", "panics"] {
        let (text, messages) = run(matter);
        assert!(text.contains("flushed true"), "{matter}: {text}{messages}");
        let [failed, other, twice] = numbers(&text, "other:");
        assert_eq!((failed, twice), (100, 0), "{matter}: {text}");
        let [exported, lost, waiting, failures, retries] = numbers(&text, "other says:");
        assert_eq!((exported, exported + lost, waiting), (failed + other, 10_000, 0), "{matter}: {text}");
        assert_eq!(failures, retries, "{matter}: {text}");
        assert!((failures > 0) == (matter != "is-slow"), "{matter}: {text}");
    }
}

#[test]
fn a_broken_exporter_loses_all_and_reports_it_once() {
    let (text, messages) = run("fails");
    assert_eq!(numbers(&text, "other:"), [0, 0, 0]);
    let [exported, lost, waiting, _, retries] = numbers(&text, "other says:");
    assert_eq!((exported, lost, waiting, retries), (0, 10_000, 0, 0));
    assert!(messages.matches("exporter other: it is of no use").count() == 1, "{messages}");
}

#[test]
fn one_that_refuses_some_loses_those_and_no_others() {
    let (text, messages) = run("refuses-the-first");
    let [exported, lost, waiting, failures, retries] = numbers(&text, "other says:");
    assert_eq!((exported + lost, lost, waiting, retries), (10_000, failures, 0, 0), "{text}");
    assert_eq!(numbers(&text, "other's spans:"), [11 * exported, 11 * lost, 0], "{text}");
    assert_eq!(messages.matches("the first is too old (the rest was written").count(), 1, "{messages}");
}

#[test]
fn one_that_hangs_keeps_the_failed_flows_waiting_and_the_newest_others() {
    let (text, messages) = run("hangs");
    assert!(text.contains("flushed false"), "{text}");
    assert_eq!(numbers(&text, "other:"), [0, 0, 0]);
    let [exported, lost, waiting, ..] = numbers::<5>(&text, "other says:");
    assert_eq!((exported, lost + waiting), (0, 10_000));
    assert!(waiting > 1000 && lost > 1000, "{text}");
    assert!(
        messages.contains("OMEGI_MEMORY is used up") && messages.contains("OTEL_BSP_EXPORT_TIMEOUT"),
        "{messages}"
    );
}
