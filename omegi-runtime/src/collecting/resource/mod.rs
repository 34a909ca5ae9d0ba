//! What produces the flows ([OpenTelemetry], resource): what the program and its deployer say, and what is found out, a file
//! for each kind.
//!
//! Found out on omegi's own thread, when the first flow is exported: the program does not wait. All is read from files that
//! the system makes up and from the environment, but for one thing that is asked over the network, where the environment says
//! that it is there ([`ecs`]), for a second at most.
//!
//! Each speaks louder than those before it: what is found out; what the program says; `OTEL_RESOURCE_ATTRIBUTES`; the
//! service's name.
//!
//! [OpenTelemetry]: https://opentelemetry.io/docs/specs/otel/resource/sdk/

mod builder;
mod container;
pub(crate) mod dependencies;
mod ecs;
mod environ;
mod host;
mod host_environment;
mod http;
mod instance;
mod kubernetes;
mod os;
mod process;

use std::time::{Duration, Instant};

use crate::settings::{Detector, ResourceSettings};
use crate::vocabulary::{Attribute, Resource};

use super::scrubbing::Scrubber;

use builder::ResourceBuilder;
use host_environment::HostEnvironment;
pub(crate) use instance::instance_id;

/// How long finding out may take.
const DETECTION_TIMEOUT: Duration = Duration::from_secs(1);

/// What is known before anything is found out.
#[derive(Debug)]
pub(crate) struct ResourceInputs {
    /// This process's own id.
    pub(crate) instance_id: String,
    /// What the program says.
    pub(crate) code: Vec<Attribute>,
    pub(crate) settings: ResourceSettings,
}

/// The resource of this process, without secrets.
pub(crate) fn detect(inputs: ResourceInputs, scrubber: &mut Scrubber) -> Resource {
    describe(inputs, &HostEnvironment::of_this_process(), scrubber)
}

fn describe(inputs: ResourceInputs, environment: &HostEnvironment, scrubber: &mut Scrubber) -> Resource {
    let deadline = Instant::now() + DETECTION_TIMEOUT;
    let mut resource = ResourceBuilder::default();
    resource.add("service.name", inputs.settings.service_name.clone());
    resource.add("service.instance.id", inputs.instance_id);
    for detector in &inputs.settings.detectors {
        match detector {
            Detector::Process => process::detect(&mut resource, environment, scrubber),
            Detector::Host => host::detect(&mut resource, environment),
            Detector::Os => os::detect(&mut resource, environment),
            Detector::Container => container::detect(&mut resource, environment),
            Detector::Kubernetes => kubernetes::detect(&mut resource, environment),
            Detector::Ecs => ecs::detect(&mut resource, environment, deadline),
        }
    }
    resource.add_detected("vcs.ref.head.revision", inputs.settings.revision);
    if inputs.settings.environ {
        environ::detect(&mut resource, scrubber);
    }
    inputs.code.into_iter().for_each(|attribute| resource.set(attribute));
    inputs.settings.attributes.into_iter().for_each(|(key, value)| resource.set(Attribute::new(key, value)));
    resource.add("service.name", inputs.settings.service_name);
    add_ourselves(&mut resource);
    let mut attributes = resource.into_attributes();
    scrubber.attributes(&mut attributes);
    Resource { attributes }
}

/// What records: an SDK of its own, and what puts it into programs.
fn add_ourselves(resource: &mut ResourceBuilder) {
    let version = env!("CARGO_PKG_VERSION");
    resource.add("telemetry.sdk.name", "omegi");
    resource.add("telemetry.sdk.language", "rust");
    resource.add("telemetry.sdk.version", version);
    resource.add("telemetry.distro.name", "omegi");
    resource.add("telemetry.distro.version", version);
    resource.add("omegi.version", version);
}

#[cfg(test)]
mod tests;
