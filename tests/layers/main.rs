//! The order of the project: the crates, folders and files that each may use. CONTRIBUTING draws
//! this order; the test enforces it.

mod imports;
mod modules;
mod planted;

use std::fs;
use std::path::PathBuf;
use std::slice;

use imports::{Import, circles, imports};
use modules::Sources;
use omegi_tests::sources::{self, root};

/// The groups of `omegi-runtime`: each uses only itself and those before it.
const GROUPS: &[&[&str]] = &[
    &["secret.rs"],
    &["vocabulary"],
    &["settings"],
    &["recording"],
    &["deciding"],
    &["exporting"],
    &["collecting"],
    &["interop"],
    &["starting"],
    &["lib.rs", "off.rs", "private.rs", "propagation.rs"],
];

/// The files of the recorder: each uses only those before it.
const RECORDER: &[&str] = &[
    "text.rs",
    "budget.rs",
    "shield.rs",
    "muting.rs",
    "threads.rs",
    "hooks.rs",
    "polling.rs",
    "profiling/overhead.rs",
    "profiling/site.rs",
    "profiling/table.rs",
    "profiling/thread_table.rs",
    "profiling/call.rs",
    "profiling/task.rs",
    "profiling/measuring.rs",
    "data/record.rs",
    "data/spare_records.rs",
    "data/records.rs",
    "data/scalar.rs",
    "data/attributes.rs",
    "data/tags.rs",
    "data/updates.rs",
    "data/waits.rs",
    "data/summary.rs",
    "data/parting.rs",
    "data/answers.rs",
    "data/error_kinds.rs",
    "data/judged_errors.rs",
    "data/error_query.rs",
    "data/error_paths.rs",
    "data/errors.rs",
    "data/recorded.rs",
    "data/mod.rs",
    "policy.rs",
    "before_start.rs",
    "ids.rs",
    "flow/sync.rs",
    "flow/gathering.rs",
    "flow/shared_flow.rs",
    "flow/slot.rs",
    "flow/opener.rs",
    "flow/origin.rs",
    "flow/watched.rs",
    "flow/mod.rs",
    "segment/adoption.rs",
    "segment/long_spans.rs",
    "segment/open_functions.rs",
    "segment/mod.rs",
    "segment/calls.rs",
    "segment/failing.rs",
    "segment/judging.rs",
    "segment/foreign.rs",
    "segment/forking.rs",
    "segment/handing_over.rs",
    "segment/handles.rs",
    "segment/overflowing.rs",
    "segment/parking.rs",
    "segment/loop_turns.rs",
    "segment/cutting.rs",
    "segment/telling.rs",
    "segment/watching.rs",
    "thread/heap.rs",
    "thread/pool.rs",
    "thread/watching.rs",
    "thread/current.rs",
    "thread/registry.rs",
    "thread/mod.rs",
    "lifecycle.rs",
    "external_parent.rs",
    "probe/error_view.rs",
    "probe/error.rs",
    "probe/question_mark.rs",
    "probe/value.rs",
    "probe/none.rs",
    "probe/mod.rs",
    "panics.rs",
    "program_hook.rs",
    "span/entered.rs",
    "span/ending.rs",
    "span/call.rs",
    "span/unrecorded.rs",
    "span/task.rs",
    "span/loop_turn.rs",
    "span/handle.rs",
    "span/work_span.rs",
    "span/fork.rs",
    "span/spawned_work.rs",
    "span/sites.rs",
    "span/active.rs",
    "span/mod.rs",
    "mod.rs",
];

/// The crates of the workspace, each with those of ours that it may use. All of them stand above
/// it.
const CRATES: &[(&str, &[&str])] = &[
    ("omegi-weave", &[]),
    ("omegi-macros", &["omegi-weave"]),
    ("omegi-config", &[]),
    ("omegi-otlp", &["omegi-config"]),
    ("omegi-kafka", &["omegi-config"]),
    ("omegi-runtime", &["omegi-config", "omegi-kafka", "omegi-otlp"]),
    ("omegi", &["omegi-macros", "omegi-runtime"]),
    ("cargo-omegi", &["omegi-runtime", "omegi-weave"]),
    ("omegi-http", &["omegi"]),
    ("omegi-actix-web", &["omegi", "omegi-http"]),
    ("omegi-reqwest", &["omegi", "omegi-http"]),
    ("omegi-tower", &["omegi", "omegi-http"]),
    ("omegi-axum", &["omegi", "omegi-tower"]),
    ("omegi-tonic", &["omegi", "omegi-http", "omegi-tower"]),
];

/// Packages that no other one uses: they may use every crate.
const PROGRAMS: &[&str] = &["errors-only", "jokes", "omegi-benches", "omegi-book", "omegi-tests"];

#[test]
fn no_file_imports_itself_through_others() {
    let sources = rust_sources();
    let mut problems = String::new();
    for program in sources.keys() {
        if matches!(program.rsplit_once('/'), Some((_, "lib.rs" | "main.rs"))) {
            let found = circles(&imports(program, &sources));
            found.iter().for_each(|circle| problems += &circle.to_string());
        }
    }
    assert!(problems.is_empty(), "\n{problems}");
}

#[test]
fn imports_in_the_runtime_run_one_way() {
    let imports = imports("omegi-runtime/src/lib.rs", &rust_sources());
    assert!(
        imports.len() > 500,
        "only {} imports were found: is this still the right folder?",
        imports.len()
    );
    let problems = against(GROUPS, "omegi-runtime/src/", &imports);
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn imports_in_the_recorder_run_one_way_file_by_file() {
    let imports = imports("omegi-runtime/src/lib.rs", &rust_sources());
    let rows: Vec<_> = RECORDER.iter().map(slice::from_ref).collect();
    let problems = against(&rows, "omegi-runtime/src/recording/", &imports);
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

/// The Rust files of the repository.
fn rust_sources() -> Sources {
    let files = sources::files(|name| name.ends_with(".rs")).into_iter();
    let read = |file: PathBuf| {
        let text = fs::read_to_string(root().join(&file)).unwrap();
        (file.to_str().unwrap().to_owned(), text)
    };
    files.map(read).collect()
}

/// Returns the imports against an order of folders and files, in which each row uses only itself
/// and those before it. Only imports below `folder` count.
fn against(rows: &[&[&str]], folder: &str, imports: &[Import]) -> Vec<String> {
    let mut problems = Vec::new();
    for import in imports {
        let ends = [&import.from, &import.to].map(|file| file.strip_prefix(folder));
        let [Some(from), Some(to)] = ends else {
            continue;
        };
        match [row(rows, from), row(rows, to)] {
            [Some(from), Some(to)] if to > from => problems.push(format!("{import}, which comes after it")),
            [Some(_), Some(_)] => {}
            [None, _] => problems.push(format!("{folder}{from} has no place in the order")),
            [_, None] => problems.push(format!("{folder}{to} has no place in the order")),
        }
    }
    problems.dedup();
    problems
}

fn row(rows: &[&[&str]], file: &str) -> Option<usize> {
    let is_of =
        |entry: &&str| file.strip_prefix(*entry).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    rows.iter().position(|row| row.iter().any(is_of))
}

#[test]
fn crates_depend_one_way() {
    let mut problems = Vec::new();
    for manifest in sources::files(|name| name == "Cargo.toml") {
        let text = fs::read_to_string(root().join(manifest)).unwrap();
        let Some((name, used)) = package(&text) else {
            continue;
        };
        let place = CRATES.iter().position(|(known, _)| *known == name);
        match place.map(|place| (CRATES[place].1, &CRATES[..place])) {
            None if PROGRAMS.contains(&name) => {}
            None => problems.push(format!("{name} has no place in the order")),
            Some((allowed, above)) => {
                let is_allowed = |used: &str| {
                    allowed.contains(&used) && above.iter().any(|(crate_above, _)| *crate_above == used)
                };
                let wrong = used.into_iter().filter(|used| !is_allowed(used));
                problems.extend(wrong.map(|used| format!("{name} uses {used}")));
            }
        }
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

/// Returns the name of a manifest's package, and the crates of ours that it uses outside of tests.
fn package(manifest: &str) -> Option<(&str, Vec<&str>)> {
    let (mut section, mut name, mut used) = ("", None, Vec::new());
    for line in manifest.lines().filter(|line| !line.starts_with('#')) {
        let key = line.split(['.', '=', ' ']).next().unwrap_or_default();
        if let Some(heading) = line.strip_prefix('[') {
            section = heading.trim_end_matches(']');
            let dependency = section.strip_prefix("dependencies.").unwrap_or_default();
            used.extend(dependency.starts_with("omegi").then_some(dependency));
        } else if section == "package" && key == "name" {
            name = line.split('"').nth(1);
        } else if is_for_users(section) && key.starts_with("omegi") {
            used.push(key);
        }
    }
    name.map(|name| (name, used))
}

/// Returns whether a section of a manifest has dependencies of the crate itself.
fn is_for_users(section: &str) -> bool {
    section == "dependencies" || section.starts_with("target.") && section.ends_with(".dependencies")
}

#[test]
fn the_environment_is_read_in_one_file_only() {
    let reads = |text: &str| text.contains("env::var") || text.contains("env::vars");
    let readers: Vec<_> = rust_files("omegi-runtime/src")
        .into_iter()
        .filter(|file| reads(&fs::read_to_string(file).unwrap()))
        .collect();
    assert_eq!(readers, [root().join("omegi-runtime/src/settings/env.rs")]);
}

#[test]
fn unsafe_code_is_where_it_is_argued_for() {
    let is_unsafe = |line: &str| line.contains("unsafe {") || line.contains("unsafe extern");
    let blocks =
        |text: &str| text.lines().any(|line| is_unsafe(line) && !line.trim_start().starts_with("//"));
    let mut files: Vec<_> = ["omegi-runtime/src", "src", "omegi-macros/src"]
        .iter()
        .flat_map(|folder| rust_files(folder))
        .filter(|file| blocks(&fs::read_to_string(file).unwrap()))
        .collect();
    files.sort();
    let argued = [
        "recording/polling.rs",
        "recording/thread/heap.rs",
        "starting/at_exit.rs",
        "starting/at_fork.rs",
        "vocabulary/clock.rs",
        "vocabulary/file_lock.rs",
        "vocabulary/signal_handler.rs",
    ];
    assert_eq!(files, argued.map(|file| root().join("omegi-runtime/src").join(file)));
}

/// Statics that a child shares with the process that it is forked off, and their reasons.
const SHARED_WITH_CHILDREN: &[(&str, &str)] =
    &[("EPOCH", "it is set before recording begins"), ("COUNTER", "a test has it")];

#[test]
fn statics_with_a_lock_are_those_of_one_process() {
    const LOCKS: [&str; 7] =
        ["Mutex<", "RwLock<", "OnceLock<", "LazyLock<", "Condvar", "sync::Once ", ": Once "];
    let is_shared = |name: &str| SHARED_WITH_CHILDREN.iter().any(|(shared, _)| *shared == name);
    let mut statics = Vec::new();
    for folder in ["omegi-runtime/src", "omegi-otlp/src", "omegi-kafka/src", "src"] {
        for file in rust_files(folder) {
            let text = fs::read_to_string(&file).unwrap();
            let declared =
                text.lines().filter_map(|line| line.trim_start().split_once("static ")?.1.split_once(": "));
            let locks =
                declared.filter(|(_, rest)| LOCKS.iter().any(|lock| format!(": {rest}").contains(lock)));
            statics.extend(
                locks
                    .filter(|(name, rest)| !rest.starts_with("PerProcess<") && !is_shared(name))
                    .map(|(name, _)| format!("{}: {name}", file.display())),
            );
        }
    }
    assert_eq!(statics, [""; 0], "another thread may hold its lock at a fork: make it a PerProcess");
}

fn rust_files(folder: &str) -> Vec<PathBuf> {
    sources::below(&root().join(folder), |name| name.ends_with(".rs"))
}
