//! The program that `cargo omegi` wove, and the command that it was woven for.

use std::path::PathBuf;

use once_cell::race::OnceBox;

use crate::vocabulary::say;

static DESCRIBED: OnceBox<Description> = OnceBox::new();

/// The facts that are built into a program.
struct Description {
    package: &'static str,
    command: &'static str,
    folder: &'static str,
}

/// Describes the program: its package, the command of `cargo omegi` that built it, and the folder
/// for files. `main` and the tests of a woven program call this first: they may have no
/// environment.
pub fn describe_program(package: &'static str, command: &'static str, folder: &'static str) {
    let _ = DESCRIBED.set(Box::new(Description { package, command, folder }));
    described().iter().for_each(WovenProgram::keep_streams);
}

/// Returns the described package.
pub(super) fn described_package() -> Option<&'static str> {
    DESCRIBED.get().map(|program| program.package)
}

/// Returns the described program.
pub(super) fn described() -> Option<WovenProgram> {
    DESCRIBED.get().map(|program| WovenProgram::new(program.command, program.folder))
}

/// A program that `cargo omegi` wove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WovenProgram {
    /// The command that built it or runs it.
    pub(crate) command: WeaveCommand,
    /// The folder for everything that `cargo omegi` writes.
    folder: PathBuf,
}

/// A command of `cargo omegi`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WeaveCommand {
    /// `build` and `rustc`: people start the program by hand.
    Build,
    Run,
    /// `test` and `bench`.
    Test,
}

impl WovenProgram {
    /// Returns a program that the command named `command` built.
    pub(crate) fn new(command: &str, folder: impl Into<PathBuf>) -> Self {
        let command = match command {
            "run" => WeaveCommand::Run,
            "test" => WeaveCommand::Test,
            _ => WeaveCommand::Build,
        };
        Self { command, folder: folder.into() }
    }

    /// Has omegi's messages written to a file, if the program is tested: its streams may be
    /// compared.
    pub(super) fn keep_streams(&self) {
        if self.command == WeaveCommand::Test {
            say::write_to(self.folder.join("notes.txt"));
        }
    }

    /// Returns the file for the flows of tests.
    pub(super) fn flow_file(&self) -> PathBuf {
        self.folder.join("flows.json")
    }
}
