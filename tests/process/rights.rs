//! The rights of files and folders that omegi makes.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Output;

use super::{OWN_OUTPUT, command, stderr, stdout};

const PROGRAM: &str = env!("CARGO_BIN_EXE_program");

/// A folder that is removed at the end of the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("rights-{name}"));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    /// Makes an empty file with these rights.
    fn make(&self, name: &str, mode: u32) {
        fs::write(self.path(name), "").unwrap();
        fs::set_permissions(self.path(name), Permissions::from_mode(mode)).unwrap();
    }

    /// Returns the rights of everything in the folder, by its name.
    fn rights(&self) -> BTreeMap<String, u32> {
        let mut rights = BTreeMap::new();
        let mut folders = vec![self.0.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
                let name = entry.path().strip_prefix(&self.0).unwrap().to_str().unwrap().to_owned();
                rights.insert(name, fs::metadata(entry.path()).unwrap().permissions().mode() & 0o7777);
                if entry.file_type().unwrap().is_dir() {
                    folders.push(entry.path());
                }
            }
        }
        rights
    }

    /// Runs the program with flows for every kind of file.
    fn run(&self) -> Output {
        let [flows, dump, console] = ["flows", "dump", "console"].map(|name| self.path(name));
        let variables = [
            ("OMEGI_EXPORTER_KIND", "file,console"),
            ("OMEGI_FILE_PATH", flows.as_str()),
            ("OMEGI_FILE_MAX_SIZE", "1kB"),
            ("OMEGI_DEBUG_SPANDUMP", &dump),
            ("OMEGI_CONSOLE_STREAM", &console),
            ("OMEGI_FLOW_RATE", "1"),
        ];
        let output = generous(Path::new(PROGRAM), &["once"], &variables);
        assert_eq!((stdout(&output).as_str(), stderr(&output).as_str()), (OWN_OUTPUT, ""));
        output
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Runs a program that leaves all rights to the files that it makes.
fn generous(executable: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut shell = command(Path::new("/bin/sh"), variables);
    shell.args(["-c", "umask 000; exec \"$0\" \"$@\""]).arg(executable).args(arguments);
    shell.output().unwrap()
}

fn expected<const N: usize>(rights: [(&str, u32); N]) -> BTreeMap<String, u32> {
    rights.map(|(name, mode)| (name.to_owned(), mode)).into()
}

#[test]
fn every_file_is_made_for_the_user_alone() {
    let folder = Folder::new("new");
    folder.run();
    let names = ["console", "dump", "flows", "flows.1", "flows.lock"];
    assert_eq!(folder.rights(), expected(names.map(|name| (name, 0o600))));
}

#[test]
fn a_file_that_exists_keeps_its_rights_and_so_does_the_one_that_follows_it() {
    let folder = Folder::new("chosen");
    for (name, mode) in [("console", 0o644), ("dump", 0o640), ("flows", 0o664)] {
        folder.make(name, mode);
    }
    folder.run();
    let rights =
        [("console", 0o644), ("dump", 0o640), ("flows", 0o664), ("flows.1", 0o664), ("flows.lock", 0o664)];
    assert_eq!(folder.rights(), expected(rights));
}

#[test]
fn a_link_leads_to_its_target() {
    let folder = Folder::new("linked");
    for name in ["console", "dump"] {
        symlink(folder.path(&format!("{name}-behind")), folder.path(name)).unwrap();
    }
    folder.run();
    let rights = folder.rights();
    assert_eq!([rights["console-behind"], rights["dump-behind"]], [0o600; 2]);
    assert!(fs::symlink_metadata(folder.path("console")).unwrap().is_symlink());
}

#[test]
fn a_stream_by_its_path_is_written_to() {
    let variables = [("OMEGI_CONSOLE_STREAM", "/dev/stderr"), ("OMEGI_FLOW_RATE", "1")];
    let output = generous(Path::new(PROGRAM), &["once"], &variables);
    assert_eq!(stdout(&output), OWN_OUTPUT);
    assert_eq!(stderr(&output).matches("\"trace_id\"").count(), 4, "{}", stderr(&output));
}

#[test]
fn the_spool_and_the_folders_above_it_are_made_for_the_user_alone() {
    let folder = Folder::new("spool");
    let spool = folder.path("omegi/spool");
    let executable = Path::new(env!("CARGO_BIN_EXE_spooling"));
    let output = generous(executable, &["3", "down"], &[("OMEGI_SPOOL", &spool)]);
    assert!(output.status.success(), "{}", stderr(&output));
    let rights = folder.rights();
    let (files, folders): (Vec<_>, Vec<_>) = rights.iter().partition(|(name, _)| name.contains('.'));
    assert_eq!(files.iter().map(|(_, mode)| **mode).collect::<Vec<_>>(), [0o600], "{rights:?}");
    assert_eq!(folders.iter().map(|(_, mode)| **mode).collect::<Vec<_>>(), [0o700; 2], "{rights:?}");
}
