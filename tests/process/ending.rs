//! The ends of programs, and the diagnostics of each.

use std::time::{Duration, Instant};

use super::{program, stderr, stdout};

#[test]
fn an_exit_on_another_thread_than_that_of_init_loses_nothing() {
    let variables = [("OMEGI_CONSOLE_FORMAT", "tree"), ("OMEGI_FLOW_RATE", "0")];
    let output = program("exits-elsewhere", &variables).output().unwrap();
    let tree = stdout(&output);
    assert_eq!(output.status.code(), Some(3));
    assert!(tree.contains("… shop::exits") && tree.contains("began in  shop::find"), "{tree}");
    assert_eq!(stderr(&output), "");
}

#[test]
fn a_sampled_flow_that_the_program_exits_in_is_kept_too() {
    let variables = [("OMEGI_CONSOLE_FORMAT", "tree"), ("OMEGI_FLOW_RATE", "1")];
    let output = program("exits", &variables).output().unwrap();
    assert_eq!(stdout(&output).matches("… shop::exits").count(), 1, "{}", stdout(&output));
}

#[test]
fn an_exit_while_stdout_is_locked_waits_for_the_flush_timeout_once() {
    let started = Instant::now();
    let output = program("holds-stdout", &[("OTEL_BSP_EXPORT_TIMEOUT", "1000")]).output().unwrap();
    let took = started.elapsed();
    assert!(took >= Duration::from_millis(1000) && took < Duration::from_millis(2000), "{took:?}");
    let messages = stderr(&output);
    assert!(messages.lines().count() == 1 && messages.contains("OTEL_BSP_EXPORT_TIMEOUT"), "{messages}");
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn the_last_line_of_the_diagnostics_counts_the_flows() {
    for (when, rate, line) in [
        (
            "once",
            "1",
            "flows: 2 ended (4 spans), 1 kept for an error, 0 kept on request, \
             1 kept by sampling, 0 too many of their kind, 0 with errors of the caller, 0 with \
             expected errors, 2 exported \
             (4 spans), 0 on disk, 0 lost",
        ),
        (
            "without-guard",
            "0",
            "flows: 2 ended (4 spans), 1 kept for an error, 0 kept on request, \
             0 kept by sampling, 0 too many of their kind, 0 with errors of the caller, 0 with \
             expected errors, 1 exported (2 spans)",
        ),
        ("exits-elsewhere", "0", "flows: 1 ended (3 spans), 1 kept for an error"),
    ] {
        let variables = [("OMEGI_DEBUG", "true"), ("OMEGI_FLOW_RATE", rate)];
        let messages = stderr(&program(when, &variables).output().unwrap());
        assert_eq!(messages.matches("omegi: flows: ").count(), 1, "{when}: {messages}");
        let last = messages.lines().last().unwrap();
        assert!(last.starts_with(&format!("omegi: {line}")), "{when}: {last}");
    }
}

#[test]
fn flows_without_an_exporter_are_not_exported() {
    let variables = [("OMEGI_DEBUG", "true"), ("OMEGI_EXPORTER_KIND", "none")];
    let messages = stderr(&program("once", &variables).output().unwrap());
    let last = messages.lines().last().unwrap();
    assert!(
        last.contains(" 0 exported (0 spans), 0 on disk, 0 lost for want of memory, 0 lost in"),
        "{last}"
    );
}
