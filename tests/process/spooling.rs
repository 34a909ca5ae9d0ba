//! Flows that wait on disk for a backend that is down.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use super::{command, stderr, stdout};

/// A folder that is gone at the end of the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("spool-{name}"));
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }

    /// Runs the program with its spool here.
    fn run(&self, flows: u32, backend: &str) -> Output {
        let variables = [("OMEGI_SPOOL", self.0.to_str().unwrap())];
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

/// The ids behind this word, each once.
fn ids(output: &Output, word: &str) -> BTreeSet<String> {
    let text = stdout(output);
    let ids: Vec<_> = text.lines().filter_map(|line| line.strip_prefix(word)).collect();
    let set: BTreeSet<_> = ids.iter().map(|id| (*id).to_owned()).collect();
    assert_eq!(set.len(), ids.len(), "each comes once");
    set
}

#[test]
fn what_a_backend_did_not_take_before_the_end_it_gets_after_the_next_start() {
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
fn a_folder_that_cannot_be_written_to_is_told_once() {
    let folder = Folder::new("unwritable");
    fs::write(&folder.0, "no folder").unwrap();
    let output = folder.run(300, "down");
    let said = stderr(&output);
    assert_eq!(said.matches("set OMEGI_SPOOL to a folder").count(), 1, "{said}");
    fs::remove_file(&folder.0).unwrap();
}
