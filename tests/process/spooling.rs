//! Flows that wait on disk for a backend that is down.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use super::{command, program, stderr, stdout};

/// A folder that is removed at the end of the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("spool-{name}"));
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }

    /// Runs the program with its spool in this folder.
    fn run(&self, flows: u32, backend: &str) -> Output {
        self.run_with(&[], flows, backend)
    }

    /// Runs the same with these variables.
    fn run_with(&self, variables: &[(&str, &str)], flows: u32, backend: &str) -> Output {
        let variables = [&[("OMEGI_SPOOL", self.0.to_str().unwrap())], variables].concat();
        let mut program = command(Path::new(env!("CARGO_BIN_EXE_spooling")), &variables);
        let output = program.args([&flows.to_string(), backend]).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        output
    }

    fn files(&self) -> usize {
        fs::read_dir(&self.0).map_or(0, Iterator::count)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Returns the distinct ids behind this word.
fn ids(output: &Output, word: &str) -> BTreeSet<String> {
    let text = stdout(output);
    let ids: Vec<_> = text.lines().filter_map(|line| line.strip_prefix(word)).collect();
    let set: BTreeSet<_> = ids.iter().map(|id| (*id).to_owned()).collect();
    assert_eq!(set.len(), ids.len(), "each comes once");
    set
}

#[test]
fn flows_that_were_not_exported_before_the_end_are_sent_after_the_next_start() {
    let folder = Folder::new("restart");
    for backend in ["down", "hangs"] {
        let made = ids(&folder.run(300, backend), "made ");
        assert_eq!((made.len(), folder.files()), (300, 1));
        let next = folder.run(1, "up");
        let arrived = ids(&next, "arrived ");
        assert_eq!(arrived.len(), 301, "{backend}");
        assert!(made.is_subset(&arrived), "{backend}");
        let after = ids(&folder.run(0, "up"), "arrived ");
        assert_eq!((after.len(), folder.files()), (0, 0), "{backend}");
    }
}

#[test]
fn a_backend_that_comes_back_gets_more_than_memory_can_hold() {
    let folder = Folder::new("recovery");
    let output = folder.run(5000, "recovers");
    let (made, arrived) = (ids(&output, "made "), ids(&output, "arrived "));
    assert_eq!((made.len(), made.difference(&arrived).count()), (5000, 0), "{}", stderr(&output));
}

#[test]
fn a_folder_without_write_access_is_reported_once() {
    let folder = Folder::new("unwritable");
    fs::write(&folder.0, "no folder").unwrap();
    let output = folder.run(300, "down");
    let messages = stderr(&output);
    assert_eq!(messages.matches("set OMEGI_SPOOL to a folder").count(), 1, "{messages}");
    fs::remove_file(&folder.0).unwrap();
}

#[test]
fn a_folder_that_is_mended_is_written_to_though_memory_is_full() {
    let folder = Folder::new("mended");
    fs::write(&folder.0, "no folder").unwrap();
    let output = folder.run(20_000, "down-and-mended");
    assert!(stdout(&output).ends_with("spooled true\n"), "{}", stderr(&output));
    assert_eq!(folder.files(), 1);
}

#[test]
fn flows_that_do_not_fit_at_the_end_are_reported_once() {
    let folder = Folder::new("full");
    let messages = stderr(&folder.run_with(&[("OMEGI_SPOOL_SIZE", "1MiB")], 60_000, "down"));
    assert_eq!(messages.matches("Raise OMEGI_SPOOL_SIZE").count(), 1, "{messages}");
}

#[test]
fn a_start_with_a_wrong_setting_leaves_the_flows_on_disk() {
    let folder = Folder::new("misconfigured");
    let run = |variables: &[(&str, &str)]| {
        let own = [
            ("OMEGI_SPOOL", folder.0.to_str().unwrap()),
            ("OMEGI_EXPORTER_KIND", "otlp"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://127.0.0.1:1"),
        ];
        stderr(&program("once", &[&own, variables].concat()).output().unwrap())
    };
    run(&[]);
    assert_eq!(folder.files(), 1);
    let messages = run(&[("OTEL_EXPORTER_OTLP_CERTIFICATE", "/not/mounted.pem")]);
    assert_eq!(folder.files(), 2, "{messages}");
    assert_eq!(messages.matches("cannot start exporter otlp: ").count(), 1, "{messages}");
}
