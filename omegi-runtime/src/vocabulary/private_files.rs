//! Files and folders for flows. Only the user of the program can read them: flows hold data of the
//! program.
//!
//! The rights are set when the file is made, never afterwards: another user would have a moment to
//! open it. A file that exists keeps the rights that it has.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::path::Path;

/// Returns options that make files for the user alone.
pub(crate) fn options() -> OpenOptions {
    with_mode(0o600)
}

/// Returns options that make files with the rights of `file`: its user may have chosen them.
///
/// # Errors
///
/// The system's.
#[cfg(unix)]
pub(crate) fn options_like(file: &File) -> io::Result<OpenOptions> {
    let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata()?.permissions());
    // Reading and writing: flows are nothing to execute.
    Ok(with_mode(mode & 0o666))
}

/// Returns options as [`options`] does: files of other systems have no such rights.
#[cfg(not(unix))]
pub(crate) fn options_like(_: &File) -> io::Result<OpenOptions> {
    Ok(options())
}

/// Makes a folder for the user alone, and those above it that are missing.
///
/// # Errors
///
/// The system's. A folder that exists is none.
pub(crate) fn create_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg_attr(not(unix), expect(unused_variables, reason = "files of other systems have no such rights"))]
fn with_mode(mode: u32) -> OpenOptions {
    let mut options = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    options
}
