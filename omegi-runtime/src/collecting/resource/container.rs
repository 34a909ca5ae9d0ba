//! The container of the process ([OpenTelemetry], container).
//!
//! A process does not know its container's id. The id is part of the name of its control group
//! (version 1), or of files that are mounted into it (version 2).
//!
//! [OpenTelemetry]: https://opentelemetry.io/docs/specs/semconv/resource/container/

use super::builder::ResourceBuilder;
use super::host_environment::HostEnvironment;

/// The length of an id.
const DIGITS: usize = 64;

pub(super) fn detect(resource: &mut ResourceBuilder, environment: &HostEnvironment) {
    let of_group = environment.file("proc/self/cgroup").and_then(|groups| id_of_group(&groups));
    let of_mounts = || environment.file("proc/self/mountinfo").and_then(|mounts| id_of_mounts(&mounts));
    resource.add_detected("container.id", of_group.or_else(of_mounts));
}

/// `12:cpu:/docker/<id>`, `0::/system.slice/docker-<id>.scope`, `…/cri-containerd-<id>.scope`.
fn id_of_group(groups: &str) -> Option<String> {
    groups.lines().find_map(|line| {
        let last = line.rsplit('/').next()?;
        let name = last.split('.').next()?;
        id(name.rsplit('-').next()?)
    })
}

/// `… /var/lib/docker/containers/<id>/hostname /etc/hostname …`.
fn id_of_mounts(mounts: &str) -> Option<String> {
    let files = ["/etc/hostname", "/etc/resolv.conf", "/etc/hosts"];
    let lines = mounts.lines().filter(|line| files.iter().any(|file| line.contains(file)));
    lines.flat_map(|line| line.split(['/', ' '])).find_map(id)
}

fn id(text: &str) -> Option<String> {
    let is_id = text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id.then(|| text.to_owned())
}
