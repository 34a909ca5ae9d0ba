//! The standard streams without std's locks.
//!
//! A thread of the program may hold such a lock for long. In a forked child a thread that does not
//! exist there may hold it for ever.

use std::fs::File;
use std::io;
#[cfg(unix)]
use std::os::fd::{AsFd, BorrowedFd};

/// Returns stdout.
///
/// # Errors
///
/// It is closed, or the process has too many open files.
#[cfg(unix)]
pub(crate) fn stdout() -> io::Result<File> {
    file(io::stdout().as_fd())
}

/// Returns stderr.
///
/// # Errors
///
/// As [`stdout`].
#[cfg(unix)]
pub(crate) fn stderr() -> io::Result<File> {
    file(io::stderr().as_fd())
}

#[cfg(unix)]
fn file(stream: BorrowedFd<'_>) -> io::Result<File> {
    stream.try_clone_to_owned().map(File::from)
}

/// Returns an error: on other systems a console is no file.
#[cfg(not(unix))]
pub(crate) fn stdout() -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Returns an error: on other systems a console is no file.
#[cfg(not(unix))]
pub(crate) fn stderr() -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}
