//! Ends this process as another one.

use std::io;
use std::process::{Command, ExitCode, ExitStatus};

/// Replaces this process by `command`, as cargo replaces its own by the program. A signal then
/// reaches that process alone, and the waiting one gets its exit status.
#[cfg(unix)]
pub(crate) fn hand_over(mut command: Command) -> io::Result<ExitCode> {
    use std::os::unix::process::CommandExt as _;
    Err(command.exec())
}

/// Runs `command`, and returns its exit code.
#[cfg(not(unix))]
pub(crate) fn hand_over(mut command: Command) -> io::Result<ExitCode> {
    command.status().map(exit_code)
}

/// Returns the exit code that a shell gives to this status.
pub(crate) fn exit_code(status: ExitStatus) -> ExitCode {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status).map(|signal| 128 + signal);
    #[cfg(not(unix))]
    let signal = None;
    let code = status.code().or(signal);
    ExitCode::from(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}
