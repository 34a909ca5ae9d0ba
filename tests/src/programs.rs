//! Whole programs that tests run.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Returns this executable as a command, with no settings of omegi but `variables`.
pub fn command(executable: &Path, variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(executable);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(is_read_by_omegi) {
            command.env_remove(name);
        }
    }
    command.envs(variables.iter().copied());
    command
}

fn is_read_by_omegi(name: &str) -> bool {
    let is_proxy = || name.to_ascii_lowercase().ends_with("_proxy");
    name.starts_with("OMEGI_") || name.starts_with("OTEL_") || is_proxy()
}

/// Returns its stdout.
pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Returns its stderr.
pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Returns the program of this source, compiled so that panics abort it, including omegi.
///
/// `folder` is where tests may write (`CARGO_TARGET_TMPDIR`).
///
/// # Panics
///
/// If the build fails.
pub fn aborting(folder: &Path, source: &Path) -> PathBuf {
    let target = folder.join("aborting");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests are a folder of omegi's");
    build(
        Command::new(env!("CARGO"))
            .args(["build", "--package", "omegi", "--lib", "--features", "enable,otlp"])
            .args(["--config", "profile.dev.panic=\"abort\"", "--target-dir"])
            .arg(&target)
            .current_dir(root),
    );
    let omegi = target.join("debug");
    let name = source.file_stem().expect("it is a file");
    let path = omegi.join(format!("aborting-{}", name.display()));
    build(
        Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
            .args(["--edition=2024", "-Cpanic=abort", "-o"])
            .arg(&path)
            .arg(source)
            .arg(format!("--extern=omegi={}", omegi.join("libomegi.rlib").display()))
            .arg("-L")
            .arg(omegi.join("deps")),
    );
    path
}

fn build(command: &mut Command) {
    let output = command.output().expect("a compiler");
    assert!(output.status.success(), "{}", stderr(&output));
}
