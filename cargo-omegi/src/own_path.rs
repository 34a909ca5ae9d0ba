//! The file of this program.

use std::path::PathBuf;

use crate::command_error::{CommandError, CommandErrorKind};

/// Returns the path of this program.
pub(crate) fn own_path() -> Result<PathBuf, CommandError> {
    std::env::current_exe().map_err(|error| {
        CommandError::new(
            CommandErrorKind::Machine,
            format!("cannot find the file of cargo-omegi itself: {error}"),
            "install it again",
        )
    })
}
