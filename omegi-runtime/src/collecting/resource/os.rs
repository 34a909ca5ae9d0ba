//! The operating system ([OpenTelemetry], OS).
//!
//! [OpenTelemetry]: https://opentelemetry.io/docs/specs/semconv/resource/os/

use super::Known;
use super::surroundings::Surroundings;

pub(super) fn detect(known: &mut Known, surroundings: &Surroundings) {
    known.add("os.type", kind(std::env::consts::OS));
    let Some(release) = surroundings.first_file(&["etc/os-release", "usr/lib/os-release"]) else { return };
    known.add_found("os.name", entry(&release, "NAME"));
    known.add_found("os.version", entry(&release, "VERSION_ID"));
    known.add_found("os.build_id", entry(&release, "BUILD_ID"));
    known.add_found("os.description", entry(&release, "PRETTY_NAME"));
}

/// The system's kind as the conventions call it.
fn kind(rust: &'static str) -> &'static str {
    match rust {
        "macos" => "darwin",
        "dragonfly" => "dragonflybsd",
        other => other,
    }
}

/// An entry of [os-release](https://www.freedesktop.org/software/systemd/man/os-release.html).
fn entry(release: &str, name: &str) -> Option<String> {
    let value = release.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))?;
    Some(value.trim_matches(|quote| matches!(quote, '"' | '\'')).to_owned())
}
