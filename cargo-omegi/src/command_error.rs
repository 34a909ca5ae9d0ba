//! Errors of `cargo omegi` itself, each kind with its exit code.

use std::fmt;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use crate::say::say;

/// A reason for which `cargo omegi` stops, and the remedy: one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CommandError {
    kind: CommandErrorKind,
    message: String,
    remedy: String,
}

/// The part that has to change. Each has its exit code; `--help` lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CommandErrorKind {
    /// The command line.
    Usage,
    /// The project: no manifest, a broken one, an unknown package.
    Project,
    /// A source file that cannot be read.
    Source,
    /// The machine: a folder that cannot be written, a compiler that is missing or too old.
    Machine,
}

impl From<CommandErrorKind> for ExitCode {
    fn from(kind: CommandErrorKind) -> Self {
        let code: u8 = match kind {
            CommandErrorKind::Usage => 2,
            CommandErrorKind::Project => 3,
            CommandErrorKind::Source => 4,
            CommandErrorKind::Machine => 5,
        };
        code.into()
    }
}

impl CommandError {
    /// Returns an error that is printed as "`message`; `remedy`".
    pub(crate) fn new(kind: CommandErrorKind, message: impl fmt::Display, remedy: impl fmt::Display) -> Self {
        Self { kind, message: message.to_string(), remedy: remedy.to_string() }
    }

    /// Returns the error for a path that omegi cannot write.
    pub(crate) fn unwritable(path: &Path, error: &io::Error) -> Self {
        Self::new(
            CommandErrorKind::Machine,
            format!("cannot write {}: {error}", path.display()),
            "make it writable, or choose another folder by --target-dir or CARGO_OMEGI_RUNTIME_DIR",
        )
    }

    /// Prints the error on stderr, in one line, and returns its exit code.
    pub(crate) fn report(&self) -> ExitCode {
        say(self);
        self.kind.into()
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<_> = self.message.split_whitespace().collect();
        write!(f, "{}; {}", words.join(" ").trim_end_matches('.'), self.remedy)
    }
}
