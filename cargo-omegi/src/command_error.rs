//! What goes wrong in `cargo omegi` itself, and the exit codes that say so.

use std::fmt;
use std::process::ExitCode;

/// Why `cargo omegi` stops: one line, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    cause: Cause,
    message: String,
    remedy: String,
}

/// Whose fault it is. Each has its exit code; `--help` lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The command line.
    Usage,
    /// The project: no manifest, a broken one, an unknown package.
    Project,
    /// A source file that cannot be read.
    Source,
    /// The machine: a folder that cannot be written, a compiler that is missing or too old.
    Machine,
}

impl Cause {
    const fn exit_code(self) -> u8 {
        match self {
            Self::Usage => 2,
            Self::Project => 3,
            Self::Source => 4,
            Self::Machine => 5,
        }
    }
}

impl From<Cause> for ExitCode {
    fn from(cause: Cause) -> Self {
        Self::from(cause.exit_code())
    }
}

impl Failure {
    /// A failure that is said as "`message`: `remedy`".
    pub(crate) fn new(cause: Cause, message: impl fmt::Display, remedy: impl fmt::Display) -> Self {
        Self { cause, message: message.to_string(), remedy: remedy.to_string() }
    }

    /// Says it on stderr, in one line.
    pub(crate) fn report(&self) -> ExitCode {
        eprintln!("cargo omegi: {self}");
        self.cause.into()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message: Vec<_> = self.message.split_whitespace().collect();
        write!(f, "{}. {}", message.join(" ").trim_end_matches('.'), self.remedy)
    }
}
