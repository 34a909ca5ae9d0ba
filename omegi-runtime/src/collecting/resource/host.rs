//! The machine ([OpenTelemetry], host).
//!
//! [OpenTelemetry]: https://opentelemetry.io/docs/specs/semconv/resource/host/

use super::Known;
use super::surroundings::Surroundings;

pub(super) fn detect(known: &mut Known, surroundings: &Surroundings) {
    let name = surroundings.first_file(&["proc/sys/kernel/hostname", "etc/hostname"]);
    known.add_found("host.name", name.or_else(|| surroundings.variable(&["HOSTNAME", "COMPUTERNAME"])));
    known.add("host.arch", architecture(std::env::consts::ARCH));
    known.add_found("host.id", surroundings.first_file(&["etc/machine-id", "var/lib/dbus/machine-id"]));
}

/// The machine's kind as the conventions call it.
fn architecture(rust: &'static str) -> &'static str {
    match rust {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "arm" => "arm32",
        "powerpc" => "ppc32",
        "powerpc64" => "ppc64",
        other => other,
    }
}
