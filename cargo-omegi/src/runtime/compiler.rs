//! The compiler that builds omegi and the woven program.

use std::ffi::OsStr;
use std::process::Command;

use crate::command_error::{CommandError, CommandErrorKind};

/// The oldest compiler that builds omegi, as in `1.N`.
const OLDEST: &str = env!("CARGO_PKG_RUST_VERSION");

/// Returns the version text of the compiler `rustc`.
///
/// # Errors
///
/// A compiler that does not run, or that is known to be too old.
pub(super) fn version_text(rustc: &OsStr) -> Result<String, CommandError> {
    let output = Command::new(rustc).arg("-vV").output();
    let output = output.ok().filter(|output| output.status.success());
    let text = output.and_then(|output| String::from_utf8(output.stdout).ok()).ok_or_else(|| {
        CommandError::new(
            CommandErrorKind::Machine,
            format!("cannot use the compiler: `{} -vV` does not work", rustc.display()),
            "install a Rust toolchain: https://rustup.rs",
        )
    })?;
    match minor_version(&text) {
        minor @ Some(_) if minor < minor_version(OLDEST) => Err(CommandError::new(
            CommandErrorKind::Machine,
            format!(
                "cannot use {}: omegi needs Rust {OLDEST} or newer",
                text.lines().next().unwrap_or_default()
            ),
            "run `rustup update`, or name another toolchain: `cargo +stable omegi …`",
        )),
        _ => Ok(text),
    }
}

/// Reads N of `1.N` or of `rustc 1.N.0 (…)`.
fn minor_version(text: &str) -> Option<u32> {
    text.trim_start_matches("rustc ").strip_prefix("1.")?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_minor_version_is_read() {
        assert_eq!(minor_version("rustc 1.95.0-nightly (0123abc 2026-02-01)\nbinary: rustc\n"), Some(95));
        assert!(minor_version(OLDEST).is_some());
        assert_eq!(minor_version("rustc 2.0.0"), None);
        assert_eq!(minor_version("clang 1.2"), None);
    }
}
