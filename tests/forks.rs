//! Processes that are forked off one with omegi: the child records afresh, the parent goes on.

#![cfg(unix)]

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use omegi_tests::programs::{command, stderr, stdout};
use serde_json::Value;

/// The children of the busy program: half a minute on two cores. `ROUNDS` sets another number.
const ROUNDS: u32 = 2000;

/// A flow of a dump.
#[derive(Debug)]
struct Dumped {
    process: i64,
    instance: String,
    trace: String,
    spans: Vec<String>,
    /// The description of its root, if that failed.
    error: String,
}

fn file(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("forks-{name}"));
    let _ = fs::remove_file(&path);
    path
}

fn attribute<'v>(of: &'v Value, key: &str) -> &'v Value {
    let attributes = of["attributes"].as_array().unwrap();
    let attribute = attributes.iter().find(|attribute| attribute["key"] == key);
    &attribute.unwrap_or_else(|| panic!("no {key}: {of}"))["value"]
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Returns the flows of a dump, which has a line for each.
fn flows(dump: &Path) -> Vec<Dumped> {
    let lines = fs::read_to_string(dump).unwrap_or_default();
    // A process that sees half of another one's line begins a new one. That may leave an empty one.
    lines
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| flow(&serde_json::from_str(line).unwrap_or_else(|_| panic!("torn: {line}"))))
        .collect()
}

fn flow(line: &Value) -> Dumped {
    let of_resource = &line["resourceSpans"][0];
    let spans = of_resource["scopeSpans"][0]["spans"].as_array().unwrap();
    let process = &attribute(&of_resource["resource"], "process.pid")["intValue"];
    Dumped {
        process: process.as_i64().or_else(|| process.as_str()?.parse().ok()).unwrap(),
        instance: text(&attribute(&of_resource["resource"], "service.instance.id")["stringValue"]),
        trace: text(&spans[0]["traceId"]),
        spans: spans.iter().map(|span| text(&span["spanId"])).collect(),
        error: text(&spans[0]["status"]["message"]),
    }
}

fn program(name: &str, arguments: &[&str], variables: &[(&str, &str)]) -> (Command, PathBuf) {
    let dump = file(&format!("{name}.jsonl"));
    let own = [("OMEGI_DEBUG_SPANDUMP", dump.to_str().unwrap()), ("OMEGI_FLOW_RATE", "0")];
    let variables = [&own, variables].concat();
    let mut program = command(Path::new(env!("CARGO_BIN_EXE_forks")), &variables);
    program.args(arguments);
    (program, dump)
}

fn run(how: &str) -> (Output, Vec<Dumped>) {
    let (mut program, dump) = program(how, &[how], &[]);
    let output = program.output().unwrap();
    assert!(output.status.success(), "{how}: {}", stderr(&output));
    let flows = flows(&dump);
    assert_unique(&flows);
    (output, flows)
}

/// Asserts that no id is used twice, and that no instance has two processes.
fn assert_unique(flows: &[Dumped]) {
    let traces: HashSet<_> = flows.iter().map(|flow| &flow.trace).collect();
    assert_eq!(traces.len(), flows.len(), "{flows:#?}");
    let spans: HashSet<_> = flows.iter().flat_map(|flow| &flow.spans).collect();
    assert_eq!(spans.len(), flows.iter().map(|flow| flow.spans.len()).sum::<usize>());
    // The system gives the number of a process that has ended to another one.
    let instances: HashSet<_> = flows.iter().map(|flow| (flow.process, &flow.instance)).collect();
    let names: HashSet<_> = flows.iter().map(|flow| &flow.instance).collect();
    assert_eq!(instances.len(), names.len());
}

/// Returns the errors of each process, in the order of their first ones.
fn errors(flows: &[Dumped]) -> Vec<Vec<&str>> {
    let mut by_process: BTreeMap<i64, Vec<&str>> = BTreeMap::new();
    flows.iter().for_each(|flow| by_process.entry(flow.process).or_default().push(&flow.error));
    let mut errors: Vec<_> = by_process.into_values().collect();
    errors.sort();
    errors
}

const PARENT: [&str; 6] = [
    "cannot serve before 0.",
    "cannot serve before 1.",
    "cannot serve before 2.",
    "cannot serve after 0.",
    "cannot serve after 1.",
    "cannot serve after 2.",
];

const CHILD: [&str; 3] = ["cannot serve child 0.", "cannot serve child 1.", "cannot serve child 2."];

#[test]
fn a_forked_process_records_afresh_and_the_parent_goes_on() {
    for how in ["return", "exit", "_exit", "init"] {
        let (output, flows) = run(how);
        assert_eq!(errors(&flows), [&PARENT[..], &CHILD], "{how}");
        assert_eq!(stderr(&output), "", "{how}");
        // The console has the same flows.
        let console = stdout(&output);
        for error in [&PARENT[..], &CHILD].concat() {
            assert!(console.contains(error), "{how}: {error}");
        }
    }
}

#[test]
fn a_process_that_is_forked_before_the_start_begins_in_the_child() {
    let (_, flows) = run("without-omegi");
    assert_eq!(errors(&flows), [&CHILD[..]]);
}

#[test]
fn the_child_of_a_child_records_afresh() {
    let (_, flows) = run("grandchild");
    assert_eq!(errors(&flows), [&PARENT[..], &CHILD, &["cannot serve grandchild."]]);
}

#[test]
fn a_daemon_that_is_forked_off_twice_records_afresh() {
    let (_, flows) = run("daemon");
    assert_eq!(errors(&flows), [&PARENT[..3], &["cannot serve daemon."]]);
}

#[test]
fn the_span_that_is_open_at_the_fork_goes_on_in_the_parent_only() {
    let (_, flows) = run("inside");
    let parent = [&PARENT[..3], &["left by outer parent."]].concat();
    assert_eq!(errors(&flows), [&parent[..], &["cannot serve inner child."]]);
}

#[test]
fn the_health_of_a_child_begins_at_zero() {
    let (output, _) = run("health");
    assert!(stdout(&output).contains("flows 3 failed 3 dropped 0\n"), "{}", stdout(&output));
}

#[test]
fn no_child_that_is_forked_beside_busy_threads_hangs_and_nothing_is_lost() {
    let rounds = std::env::var("ROUNDS").map_or(ROUNDS, |rounds| rounds.parse().unwrap());
    // Each thread records thousands of flows a second. The streams are files: a pipe would tear
    // long writes apart.
    let (mut program, dump) = program("often", &["all", &rounds.to_string()], &[("OMEGI_FLOW_RATE", "100")]);
    let streams = ["out", "err"].map(file);
    let append = |path: &Path| File::options().append(true).create(true).open(path).unwrap();
    let status = program.stdout(append(&streams[0])).stderr(append(&streams[1])).status();
    let [out, err] = streams.map(|stream| fs::read_to_string(stream).unwrap());
    assert!(status.unwrap().success(), "{}", err.replace('.', ""));

    let flows = flows(&dump);
    assert_unique(&flows);
    let instances: HashSet<_> = flows.iter().map(|flow| &flow.instance).collect();
    assert_eq!(instances.len(), rounds as usize + 1);
    let mut failed: Vec<_> =
        flows.iter().filter(|flow| flow.error.contains("child")).map(|flow| &flow.error).collect();
    failed.sort();
    let mut expected: Vec<_> = (0..rounds).map(|round| format!("cannot serve child {round}.")).collect();
    expected.sort();
    assert_eq!(failed, expected.iter().collect::<Vec<_>>());
    for error in &expected {
        assert!(out.contains(error.as_str()), "{error} is not on stdout");
    }
    let exported = flows.len() - expected.len();
    assert!(out.ends_with(&format!("\nexported {exported}\n")), "{exported}: {:?}", out.lines().last());
    for large in ["often.jsonl", "out", "err"] {
        file(large);
    }
}
