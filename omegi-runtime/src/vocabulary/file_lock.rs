//! Exclusive locks of files, which end with the process that holds them.
//!
//! std has such locks since Rust 1.89, and they are the same: programs of either kind keep each
//! other out.

use std::fs::File;
use std::io;

/// Waits for the lock of `file`.
///
/// # Errors
///
/// The system's, also where it has no locks.
pub(crate) fn lock(file: &File) -> io::Result<()> {
    system::lock(file)
}

/// Takes the lock of `file` and returns `true`, unless another open file holds it.
///
/// # Errors
///
/// As [`lock`].
pub(crate) fn try_lock(file: &File) -> io::Result<bool> {
    system::try_lock(file)
}

/// Lets go of the lock of `file`, also where a forked child has it open too.
///
/// # Errors
///
/// As [`lock`].
pub(crate) fn unlock(file: &File) -> io::Result<()> {
    system::unlock(file)
}

#[cfg(all(unix, not(target_os = "solaris")))]
#[expect(unsafe_code, reason = "std has these locks since Rust 1.89")]
mod system {
    use std::ffi::c_int;
    use std::fs::File;
    use std::io;
    use std::os::fd::AsRawFd;

    const EXCLUSIVE: c_int = 2;
    const WITHOUT_WAITING: c_int = 4;
    const UNLOCK: c_int = 8;

    // SAFETY: every Unix but Solaris declares it like this, with these three numbers. It reads its
    // arguments alone, and returns an error for a descriptor that is not open.
    unsafe extern "C" {
        safe fn flock(descriptor: c_int, operation: c_int) -> c_int;
    }

    pub(super) fn lock(file: &File) -> io::Result<()> {
        call(file, EXCLUSIVE)
    }

    pub(super) fn try_lock(file: &File) -> io::Result<bool> {
        match call(file, EXCLUSIVE | WITHOUT_WAITING) {
            Err(problem) if problem.kind() == io::ErrorKind::WouldBlock => Ok(false),
            done => done.map(|()| true),
        }
    }

    pub(super) fn unlock(file: &File) -> io::Result<()> {
        call(file, UNLOCK)
    }

    fn call(file: &File, operation: c_int) -> io::Result<()> {
        match flock(file.as_raw_fd(), operation) {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

#[cfg(windows)]
mod system {
    use std::fs::File;
    use std::io;

    use fs4::{FileExt, TryLockError};

    pub(super) fn lock(file: &File) -> io::Result<()> {
        FileExt::lock(file)
    }

    pub(super) fn try_lock(file: &File) -> io::Result<bool> {
        match FileExt::try_lock(file) {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(problem)) => Err(problem),
        }
    }

    pub(super) fn unlock(file: &File) -> io::Result<()> {
        FileExt::unlock(file)
    }
}

#[cfg(not(any(windows, all(unix, not(target_os = "solaris")))))]
mod system {
    use std::fs::File;
    use std::io;

    pub(super) fn lock(_: &File) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn try_lock(file: &File) -> io::Result<bool> {
        lock(file).map(|()| true)
    }

    pub(super) fn unlock(file: &File) -> io::Result<()> {
        lock(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_open_file_holds_the_lock_as_long_as_it_wants() {
        let path = std::env::temp_dir().join(format!("omegi-file-lock-{}", std::process::id()));
        let (first, second) = (File::create(&path).unwrap(), File::create(&path).unwrap());
        assert!(try_lock(&first).unwrap());
        assert!(!try_lock(&second).unwrap());
        unlock(&first).unwrap();
        lock(&second).unwrap();
        assert!(!try_lock(&first).unwrap());
        drop(second);
        assert!(try_lock(&first).unwrap());
        std::fs::remove_file(&path).unwrap();
    }
}
