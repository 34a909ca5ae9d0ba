//! Flows that are open for long, or when the program ends: their errors come out.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use super::command;

/// A time that no test waits for.
const NEVER: (&str, &str) = ("OMEGI_FLOW_OPEN", "1h");

/// Runs the program, which writes its spans to a file of this name, until it says that a job has
/// failed.
fn run(how: &str, name: &str, variables: &[(&str, &str)]) -> (Child, PathBuf) {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_file(&file);
    let own = [
        ("OMEGI_CONSOLE_STREAM", file.to_str().unwrap()),
        ("OMEGI_CONSOLE_FORMAT", "json"),
        ("OMEGI_FLOW_RATE", "0"),
    ];
    let variables = [&own, variables].concat();
    let mut child =
        command(Path::new(env!("CARGO_BIN_EXE_stays_open")), &variables).arg(how).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "failed\n");
    (child, file)
}

/// Ends the program, and returns the spans that it wrote, one a line.
fn spans_after_the_end(mut child: Child, file: &Path) -> Vec<String> {
    child.wait().unwrap();
    spans(file)
}

fn spans(file: &Path) -> Vec<String> {
    std::fs::read_to_string(file).unwrap_or_default().lines().map(str::to_owned).collect()
}

/// Asserts that the error is told once, with its path, in a flow that is marked as open.
fn assert_told_open(spans: &[String], names: [&str; 3]) {
    let of = |name: &str| -> Vec<&String> {
        spans.iter().filter(|span| span.contains(&format!("\"name\": \"{name}\""))).collect()
    };
    assert_eq!(spans.len(), 3, "{spans:#?}");
    for name in names {
        assert_eq!(of(name).len(), 1, "{name}: {spans:#?}");
    }
    assert_eq!(spans.iter().filter(|span| span.contains("exception.message")).count(), 1, "{spans:#?}");
    assert!(of("shop::find")[0].contains("no job 1"), "{spans:#?}");
    assert!(of(names[0])[0].contains("\"omegi.flow.open\": true"), "{spans:#?}");
}

const OF_THREAD: [&str; 3] = ["shop::worker", "shop::job", "shop::find"];
const OF_TASK: [&str; 3] = ["shop::task", "shop::job", "shop::find"];

#[test]
fn an_exit_exports_the_errors_of_open_flows_on_other_threads() {
    let (child, file) = run("exits", "open-exits.jsonl", &[NEVER]);
    assert_told_open(&spans_after_the_end(child, &file), OF_THREAD);
}

#[test]
fn a_return_from_main_does_too() {
    let (child, file) = run("returns", "open-returns.jsonl", &[NEVER]);
    assert_told_open(&spans_after_the_end(child, &file), OF_THREAD);
}

#[test]
fn so_does_an_exit_beside_a_task_that_nobody_polls() {
    let (child, file) = run("task exits", "open-task.jsonl", &[NEVER]);
    assert_told_open(&spans_after_the_end(child, &file), OF_TASK);
}

#[test]
fn so_does_a_panic_that_aborts() {
    let (child, file) = run("panics", "open-panics.jsonl", &[NEVER]);
    assert_told_open(&spans_after_the_end(child, &file), OF_THREAD);
}

#[test]
fn so_does_a_signal() {
    let (child, file) = run("parks", "open-signal.jsonl", &[NEVER, ("OMEGI_SIGNALS", "true")]);
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    assert_told_open(&spans_after_the_end(child, &file), OF_THREAD);
}

#[test]
fn a_flush_exports_them_once_and_the_rest_follows() {
    let (mut child, file) = run("flushes", "open-flush.jsonl", &[NEVER]);
    let mut rest = String::new();
    child.stdout.as_mut().unwrap().read_to_string(&mut rest).unwrap();
    let spans = spans_after_the_end(child, &file);
    assert_eq!(rest, "flushed 1\n", "the second flush has nothing to tell: {spans:#?}");
    assert_eq!(spans.len(), 4, "{spans:#?}");
    assert_told_open(&spans[..3], OF_THREAD);
    assert!(
        spans[3].contains("shop::worker") && spans[3].contains("\"omegi.flow.open\": false"),
        "{spans:#?}"
    );
}

#[test]
fn an_error_comes_out_soon_although_its_thread_calls_nothing_any_more() {
    let (mut child, file) = run("parks", "open-parks.jsonl", &[("OMEGI_FLOW_OPEN", "50ms")]);
    let begun = Instant::now();
    while spans(&file).len() < 2 {
        assert!(begun.elapsed() < Duration::from_secs(60), "the error does not come out");
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    let mut messages = String::new();
    child.stderr.as_mut().unwrap().read_to_string(&mut messages).unwrap();
    let spans = spans_after_the_end(child, &file);
    assert_eq!(spans.iter().filter(|span| span.contains("exception.message")).count(), 1, "{spans:#?}");
    assert!(messages.contains("shop::worker has been open for"), "{messages}");
    assert_eq!(messages.lines().count(), 1, "{messages}");
}

#[test]
fn a_flow_that_does_not_end_takes_no_more_and_no_more_memory() {
    let variables = [
        ("OMEGI_FLOW_OPEN", "1ms"),
        ("OMEGI_MEMORY", "1MiB"),
        ("OMEGI_FLOW_RATE", "0"),
        ("OMEGI_EXPORTER_KIND", "none"),
        ("OMEGI_ERROR_LIMIT", "0"),
        ("OMEGI_ERRORS", "any"),
    ];
    let output =
        command(Path::new(env!("CARGO_BIN_EXE_stays_open")), &variables).arg("serves").output().unwrap();
    let counts = String::from_utf8_lossy(&output.stdout).into_owned();
    // Each job is two spans, and the open span is one. A job that takes longer than a millisecond
    // is an open span itself, and so fails in two flows.
    assert!(counts.starts_with("40001 spans, 0 dropped, 18"), "{counts} {}", super::stderr(&output));
}
