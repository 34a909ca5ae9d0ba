//! Signal handlers that call traced functions: they run at every moment at which the program or
//! omegi allocates.

use std::path::Path;
use std::process::{Child, Output};
use std::time::{Duration, Instant};

use omegi_tests::programs::{command, stderr, stdout};

/// The longest time for a program to end. It takes seconds.
const HANGS: Duration = Duration::from_secs(300);

fn run(arguments: [&str; 3]) -> Output {
    run_with(arguments, &[])
}

fn run_with(arguments: [&str; 3], more: &[(&str, &str)]) -> Output {
    let variables = [&[("OTEL_TRACES_EXPORTER", "none"), ("OMEGI_FLOW_RATE", "1")], more].concat();
    let mut program = command(Path::new(env!("CARGO_BIN_EXE_signal_handlers")), &variables);
    ended(program.args(arguments).spawn().unwrap())
}

/// Waits for a program. Kills it if it hangs.
fn ended(mut child: Child) -> Output {
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begun.elapsed() > HANGS {
            child.kill().unwrap();
            panic!("it hangs: {:?}", child.wait_with_output());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child.wait_with_output().unwrap()
}

/// Returns how often the handler ran, and how often it called the allocator.
fn counts(output: &Output) -> [u64; 2] {
    numbers(output, ["handled ", "allocated "])
}

/// Returns the numbers that the program prints behind these names.
fn numbers(output: &Output, names: [&str; 2]) -> [u64; 2] {
    assert!(output.status.success(), "{}: {}", output.status, stderr(output));
    let text = stdout(output);
    let number = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("{text}"));
        line.split_whitespace().next().unwrap().parse().unwrap()
    };
    names.map(number)
}

#[test]
fn a_handler_may_interrupt_every_allocation() {
    // The system tells omegi of handlers that it does not see; elsewhere they have to be woven.
    let unseen = ["plain", "filled", "registered", "traced"];
    let handlers = if cfg!(target_os = "linux") { &unseen[..] } else { &[] };
    for handler in handlers.iter().chain(&["woven"]) {
        for arguments in ["off", "always"] {
            let output = run_with([handler, "allocations", "20"], &[("OMEGI_ARGS", arguments)]);
            let [handled, allocated] = counts(&output);
            assert!(handled > 1000 && allocated == 0, "{handler}, {arguments}: {handled}, {allocated}");
        }
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_signal_that_is_blocked_on_purpose_loses_no_flow_uncounted() {
    // omegi does not handle a signal that the program blocks before, and ignores its own handler.
    let watched = [("OMEGI_SIGNALS", "true")];
    for variables in [&[][..], &watched] {
        let output = run_with(["blocked", "before", "100"], variables);
        assert_eq!(numbers(&output, ["flows ", "unrecorded "]), [100, 0], "{variables:?}");
        let is_said = stderr(&output).contains("cannot watch SIGTERM: the program blocks it");
        assert_eq!(is_said, !variables.is_empty(), "{}", stderr(&output));
    }
    let output = run(["blocked", "after", "100"]);
    assert_eq!(numbers(&output, ["flows ", "unrecorded "]), [0, 100]);
    let said = stderr(&output);
    assert_eq!(said.matches("cannot record 100 calls in signal handlers").count(), 1, "{said}");
}

#[test]
#[cfg(target_os = "linux")]
fn threads_that_block_a_signal_of_omegi_alone_are_recorded() {
    let output = run_with(["blocked", "unhandled", "100"], &[("OMEGI_SIGNALS", "true")]);
    assert_eq!(numbers(&output, ["flows ", "unrecorded "]), [100, 0], "{}", stderr(&output));
}

#[test]
fn threads_that_begin_and_end_get_on_while_handlers_run_all_the_time() {
    let [handled, allocated] = counts(&run(["woven", "timer", "2"]));
    assert!(handled > 100 && allocated == 0, "{handled}, {allocated} with memory");
}

#[test]
#[ignore = "a minute and a half: cargo test -p omegi-tests --test process -- --ignored signal"]
fn handlers_run_20_000_times_a_second_for_20_seconds() {
    for handler in ["plain", "filled", "registered", "traced", "woven"] {
        let [handled, allocated] = counts(&run([handler, "timer", "20"]));
        assert!(handled > 10_000 && allocated == 0, "{handler}: {handled}, {allocated} with memory");
    }
}
