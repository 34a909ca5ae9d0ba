//! Programs that never call `init`, built as `cargo omegi` builds them: with the feature
//! `autostart`.
//!
//! The feature changes defaults that other tests rely on, so omegi is built a second time in a
//! folder of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use super::{command, stderr, stdout};

static OMEGI: LazyLock<PathBuf> = LazyLock::new(|| {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("autostart");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    run(Command::new(env!("CARGO"))
        .args(["build", "--package", "omegi", "--lib", "--features", "enable,autostart", "--target-dir"])
        .arg(&target)
        .current_dir(root));
    target.join("debug")
});

static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| compile("program", "woven", &[]));

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}\n{}", stderr(&output));
}

/// Compiles the source of this name under `woven/` with these options, and returns the path of the
/// result.
fn compile(source: &str, name: &str, options: &[&str]) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("process/woven/{source}.rs"));
    let path = OMEGI.join(name);
    run(Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .args(["--edition=2024", "-o"])
        .arg(&path)
        .arg(source)
        .args(options)
        .arg(format!("--extern=omegi={}", OMEGI.join("libomegi.rlib").display()))
        .arg("-L")
        .arg(OMEGI.join("deps")));
    path
}

/// Returns the output of the program for this argument, with all flows kept and no other settings
/// than `variables`.
fn output(what: &str, variables: &[(&str, &str)]) -> Output {
    output_of(&PROGRAM, what, variables)
}

fn output_of(program: &Path, what: &str, variables: &[(&str, &str)]) -> Output {
    let variables = [&[("OMEGI_FLOW_RATE", "1")], variables].concat();
    command(program, &variables).arg(what).output().unwrap()
}

/// Returns the roots in the console exporter's output.
fn roots(json: &str) -> usize {
    json.matches("\"parent_id\": null").count()
}

#[test]
fn the_first_call_starts_omegi_which_leaves_stdout_alone() {
    for (what, own, flows) in [
        ("calls", "Ok(4) Err(\"no item 12\")\n", 2),
        ("calls-later", "Ready(Err(\"no item 12\"))\n", 1),
        ("thread", "", 1),
    ] {
        let output = output(what, &[]);
        assert_eq!((stdout(&output).as_str(), output.status.code()), (own, Some(3)), "{what}");
        let json = stderr(&output);
        assert!(json.contains("shop::place") && json.contains("no item 12"), "{what}: {json}");
        assert_eq!(roots(&json), flows, "{what}: {json}");
    }
}

#[test]
#[cfg(unix)]
fn the_first_call_in_a_forked_process_starts_omegi_there() {
    let woven = compile("program", "woven-allocator-forks", &["--cfg", "woven_allocator"]);
    for program in [&*PROGRAM, &woven] {
        let variables = [("OMEGI_FLOW_RATE", "0"), ("OMEGI_CONSOLE_FORMAT", "tree")];
        let output = output_of(program, "forks", &variables);
        let trees = stderr(&output);
        assert_eq!(output.status.code(), Some(3), "{trees}");
        for item in 11..15 {
            assert_eq!(trees.matches(&format!("no item {item}\n")).count(), 1, "{item}: {trees}");
        }
    }
}

#[test]
fn the_environment_overrides_an_automatic_start() {
    let off = output("calls", &[("OMEGI_SWITCH_OFF", "true")]);
    assert_eq!(stderr(&off), "");
    let wrong = output("calls", &[("OMEGI_EXPORTER_KIND", "none"), ("OMEGI_ARGS", "all")]);
    let messages = stderr(&wrong);
    assert!(messages.starts_with("omegi: OMEGI_ARGS") && messages.lines().count() == 1, "{messages}");
    let stdout_asked_for = output("calls", &[("OMEGI_CONSOLE_STREAM", "stdout")]);
    assert_eq!((stderr(&stdout_asked_for).as_str(), roots(&stdout(&stdout_asked_for))), ("", 2));
}

#[test]
fn of_many_first_calls_one_starts_and_the_others_wait() {
    let flows: Vec<_> = (0..3).map(|_| roots(&stderr(&output("race", &[])))).collect();
    assert!(flows.iter().all(|flows| *flows > 0), "{flows:?}");
    assert!(flows.contains(&16), "none is lost on a machine that is not stopped meanwhile: {flows:?}");
}

#[test]
fn a_call_of_a_panicking_thread_starts_nothing_and_the_next_one_does() {
    let output = output("panics", &[]);
    let messages = stderr(&output);
    assert_eq!((output.status.code(), roots(&messages)), (Some(3), 1), "{messages}");
}

#[test]
fn an_allocator_that_is_woven_is_survived() {
    let program = compile("program", "woven-allocator", &["--cfg", "woven_allocator"]);
    for what in ["calls", "race", "thread"] {
        let variables = [("OMEGI_CONSOLE_FORMAT", "tree"), ("OMEGI_FLOW_RATE", "0")];
        let output = output_of(&program, what, &variables);
        let trees = stderr(&output);
        assert_eq!(output.status.code(), Some(3), "{trees}");
        assert!(trees.contains("shop::find") && trees.contains("no item 12"), "{what}: {trees}");
    }
}

#[test]
fn a_later_init_returns_a_guard_and_reports_no_problem() {
    let aborted = stderr(&output("init-and-aborts", &[]));
    assert_eq!((roots(&aborted), aborted.contains("omegi:")), (1, false), "the guard flushes: {aborted}");

    let quiet = output("init-with-settings", &[]);
    let (messages, own) = (stderr(&quiet), stdout(&quiet));
    assert_eq!((roots(&messages), messages.contains("omegi:")), (2, false), "{messages}");
    let reached_mine: u32 = own.lines().map(|line| line["mine: ".len()..].parse::<u32>().unwrap()).sum();
    assert!((1..=2).contains(&reached_mine), "{own}");
}

#[test]
fn a_late_init_reports_ignored_settings_on_request() {
    let debug = stderr(&output("init-with-settings", &[("OMEGI_DEBUG", "true")]));
    let lines: Vec<_> = debug.lines().filter(|line| line.contains("have no effect")).collect();
    assert_eq!(lines.len(), 1, "{debug}");
    assert!(lines[0].contains("settings (seed_ids):"), "the environment says a rate: {lines:?}");
    assert_eq!(debug.matches("omegi: flows: 2 ended").count(), 1, "{debug}");
}

#[test]
fn an_init_that_comes_first_is_as_ever() {
    let output = output("init-first", &[("OMEGI_FLOW_RATE", "")]);
    let messages = stderr(&output);
    assert_eq!(stdout(&output), "mine: 1\n");
    assert!(messages.lines().count() == 1 && messages.contains("called again"), "{messages}");
}

#[test]
fn an_exit_on_any_thread_loses_nothing() {
    let output = output("exits", &[("OMEGI_CONSOLE_FORMAT", "tree")]);
    let tree = stderr(&output);
    assert_eq!(output.status.code(), Some(3));
    assert!(tree.contains("… shop::exits") && tree.contains("began in  shop::find"), "{tree}");
}

#[test]
fn a_stream_that_the_program_holds_delays_nothing_but_the_export() {
    assert_eq!(roots(&stderr(&output("holds-stderr", &[]))), 1);
}

#[test]
fn under_the_test_harness_each_test_is_recorded() {
    let tests = compile("program", "woven-tests", &["--test"]);
    let output = output_of(&tests, "order", &[("OMEGI_CONSOLE_FORMAT", "tree")]);
    let trees = stderr(&output);
    assert!(stdout(&output).contains("1 passed; 1 failed"), "{}", stdout(&output));
    assert_eq!(trees.matches("shop::place").count() - trees.matches("began in").count(), 2, "{trees}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_library_may_be_unloaded_at_once() {
    let library = compile("library", "libwoven.so", &["--crate-type=cdylib"]);
    let host = compile("host", "host", &[]);
    for _ in 0..20 {
        let output = output_of(&host, library.to_str().unwrap(), &[]);
        assert!(output.status.success(), "{:?} {}", output.status, stderr(&output));
        assert_eq!(roots(&stderr(&output)), 1);
    }
}
