//! The machine ([OpenTelemetry], host).
//!
//! [OpenTelemetry]: https://opentelemetry.io/docs/specs/semconv/resource/host/

use super::builder::ResourceBuilder;
use super::host_environment::HostEnvironment;

pub(super) fn detect(resource: &mut ResourceBuilder, environment: &HostEnvironment) {
    let name = environment.first_file(&["proc/sys/kernel/hostname", "etc/hostname"]);
    resource.add_detected("host.name", name.or_else(|| environment.variable(&["HOSTNAME", "COMPUTERNAME"])));
    resource.add("host.arch", architecture(std::env::consts::ARCH));
    resource.add_detected("host.id", environment.first_file(&["etc/machine-id", "var/lib/dbus/machine-id"]));
}

/// The architecture in the words of the conventions.
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
