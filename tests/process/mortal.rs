//! Programs that are stopped in the middle of their work: the flows that were decided before are
//! exported.

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use omegi_tests::programs::aborting;

use super::{command, stderr};

const SIGTERM: i32 = 15;
const SIGABRT: i32 = 6;

/// Half of the time that the aborting programs may wait for exporters.
const A_MINUTE: Duration = Duration::from_secs(60);

/// Runs the program, which writes its flows to a file of this name, and stops it by a signal if it
/// is to be killed.
fn run(end: &str, name: &str, variables: &[(&str, &str)]) -> (ExitStatus, Vec<String>, String) {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_file(&file);
    let own = [("OMEGI_CONSOLE_STREAM", file.to_str().unwrap()), ("OMEGI_CONSOLE_FORMAT", "tree")];
    let variables = [&own, variables].concat();
    let mut child = command(Path::new(env!("CARGO_BIN_EXE_mortal")), &variables).arg(end).spawn().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    if end.starts_with("killed") {
        // The signal comes in the middle of its work.
        for _ in 0..200 {
            output.read_line(&mut text).unwrap();
        }
        let killed = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
        assert!(killed.success());
    }
    output.read_to_string(&mut text).unwrap();
    let status = child.wait().unwrap();
    let flows = std::fs::read_to_string(&file).unwrap_or_default();
    (status, text.lines().map(str::to_owned).collect(), flows)
}

fn assert_all_arrived(numbers: &[String], flows: &str) {
    for number in numbers.iter().filter(|line| line.ends_with('.')) {
        assert!(flows.contains(&format!("number {number}")), "{number} was decided, and is not there");
    }
}

#[test]
fn a_signal_exports_the_decided_flows_and_then_ends_the_program_as_usual() {
    let (status, numbers, flows) = run("killed", "killed.trees", &[("OMEGI_SIGNALS", "true")]);
    assert_eq!(status.signal(), Some(SIGTERM));
    assert!(numbers.len() >= 200);
    assert_all_arrived(&numbers[..200], &flows);
}

#[test]
fn a_program_that_handles_the_signal_itself_decides_when_to_end() {
    let (status, numbers, flows) = run("killed-handled", "handled.trees", &[("OMEGI_SIGNALS", "true")]);
    assert_eq!((status.signal(), status.code()), (None, Some(0)));
    assert_eq!(numbers.last().unwrap(), "ended by itself");
    assert_all_arrived(&numbers, &flows);
}

#[test]
fn by_default_omegi_leaves_signals_alone() {
    let (status, ..) = run("killed", "alone.trees", &[]);
    assert_eq!(status.signal(), Some(SIGTERM));
}

#[test]
fn an_exit_in_the_middle_loses_nothing() {
    let (status, numbers, flows) = run("exits", "exits.trees", &[]);
    assert_eq!((status.code(), numbers.len()), (Some(3), 1001));
    assert_all_arrived(&numbers, &flows);
}

#[test]
fn a_panic_that_nothing_can_catch_is_exported_with_its_flow_and_all_before() {
    for (end, root, says) in [
        ("panics-twice", "twice", &["on purpose", "again on purpose"][..]),
        ("panics-in-c", "in_c", &["on purpose"]),
    ] {
        let (status, numbers, flows) = run(end, &format!("{end}.trees"), &[]);
        assert_eq!((status.signal(), numbers.len()), (Some(SIGABRT), 101), "{end}");
        assert_all_arrived(&numbers, &flows);
        let tree = flows.split(&format!("✗ {root}")).nth(1).unwrap_or_else(|| panic!("{end}: {flows}"));
        assert!(tree.contains("✗ panics"), "{end}: {tree}");
        assert!(says.iter().all(|says| tree.contains(&format!("panic: {says}"))), "{end}: {tree}");
    }
}

static ABORTING: LazyLock<PathBuf> = LazyLock::new(|| {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("process/woven/aborting.rs");
    aborting(Path::new(env!("CARGO_TARGET_TMPDIR")), &source)
});

/// Returns the output of the program with this end.
fn aborted(end: &str) -> String {
    let variables = [
        ("OMEGI_CONSOLE_STREAM", "stderr"),
        ("OMEGI_CONSOLE_FORMAT", "tree"),
        ("OMEGI_FLOW_RATE", "1"),
        ("OTEL_BSP_EXPORT_TIMEOUT", "120000"),
        // The run is long enough to export flows meanwhile.
        ("RUST_BACKTRACE", "0"),
    ];
    let output = command(&ABORTING, &variables).arg(end).output().unwrap();
    assert_eq!(output.status.signal(), Some(SIGABRT), "{}", stderr(&output));
    stderr(&output)
}

#[test]
fn a_panic_that_aborts_is_exported_with_its_flow_and_all_before() {
    for end in ["panics", "panics-elsewhere"] {
        let messages = aborted(end);
        for number in 0..100 {
            assert!(
                messages.contains(&format!("number {number}.")),
                "{end}: {number} is not there: {messages}"
            );
        }
        let tree = messages.split("✗ outer").nth(1).unwrap_or_else(|| panic!("{end}: {messages}"));
        assert!(tree.contains("✗ inner") && tree.contains("panic: on purpose"), "{end}: {messages}");
        assert!(messages.contains("began in  inner"), "{end}: {messages}");
        assert!(messages.contains("panicked at"), "the program's own message is there: {messages}");
    }
}

#[test]
fn flows_decided_before_an_aborting_panic_in_code_that_only_omegi_calls_are_exported() {
    let messages = aborted("error-panics");
    assert!((0..100).all(|number| messages.contains(&format!("number {number}."))), "{messages}");
    assert!(messages.contains("goes_well"), "{messages}");
}

#[test]
fn an_exporter_that_panics_is_not_waited_for_where_that_aborts() {
    let begun = Instant::now();
    let messages = aborted("exporter-panics");
    assert!(begun.elapsed() < A_MINUTE, "{messages}");
    assert!(messages.contains("angry on purpose"), "{messages}");
}

#[test]
fn an_abort_loses_nothing_that_had_a_moment_to_go_out() {
    let messages = aborted("aborts-a-moment-later");
    assert!((0..100).all(|number| messages.contains(&format!("number {number}."))), "{messages}");
}
