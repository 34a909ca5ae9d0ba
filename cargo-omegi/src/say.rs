//! Messages to the user, on stderr.

use std::fmt;
use std::fs::File;
use std::io::{self, Write as _};

/// Prints a message of one line. Prints nothing if stderr is closed or full: the command goes on.
pub(crate) fn say(line: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "cargo omegi: {line}");
}

/// Prints a message of one line on the terminal, if there is one. Cargo keeps the output of a
/// compiler, and repeats it in later builds.
pub(crate) fn say_on_terminal(line: impl fmt::Display) {
    if let Ok(mut terminal) = File::options().write(true).open("/dev/tty") {
        let _ = writeln!(terminal, "cargo omegi: {line}");
    }
}
