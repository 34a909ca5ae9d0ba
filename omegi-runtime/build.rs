//! Takes down which compiler builds for which target: a program says so of itself.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-env=BUILT_BY_RUSTC={}", rustc_version().unwrap_or_else(|| "unknown".to_owned()));
    println!("cargo::rustc-env=BUILT_FOR_TARGET={}", std::env::var("TARGET").unwrap_or_default());
}

/// `1.95.0 (0123abc 2026-04-01)` of `rustc 1.95.0 (0123abc 2026-04-01)`.
fn rustc_version() -> Option<String> {
    let output = Command::new(std::env::var_os("RUSTC")?).arg("--version").output().ok()?;
    let version = String::from_utf8(output.stdout).ok()?;
    version.trim().strip_prefix("rustc ").map(str::to_owned)
}
