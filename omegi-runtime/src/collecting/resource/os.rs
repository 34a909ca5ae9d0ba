//! The operating system ([OpenTelemetry], OS).
//!
//! [OpenTelemetry]: https://opentelemetry.io/docs/specs/semconv/resource/os/

use super::builder::ResourceBuilder;
use super::host_environment::HostEnvironment;

pub(super) fn detect(resource: &mut ResourceBuilder, environment: &HostEnvironment) {
    resource.add("os.type", kind(std::env::consts::OS));
    let Some(release) = environment.first_file(&["etc/os-release", "usr/lib/os-release"]) else { return };
    resource.add_detected("os.name", entry(&release, "NAME"));
    resource.add_detected("os.version", entry(&release, "VERSION_ID"));
    resource.add_detected("os.build_id", entry(&release, "BUILD_ID"));
    resource.add_detected("os.description", entry(&release, "PRETTY_NAME"));
}

/// The operating system in the words of the conventions.
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
