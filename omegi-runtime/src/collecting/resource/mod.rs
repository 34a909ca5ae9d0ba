//! The resource of the flows ([OpenTelemetry], resource): from the program, from its deployer, and
//! from detectors, a file for each.
//!
//! A worker detects it before the first export, so that the program does not wait. Detectors read
//! the environment and files of the system. One of them ([`ecs`]) makes a request, if the
//! environment names a server, and waits a second at most.
//!
//! Each source wins over those before it: detectors; the program; `OTEL_RESOURCE_ATTRIBUTES`; the
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

use crate::settings::{Detector, ResourceSettings, env};
use crate::vocabulary::{Attribute, Resource};

use super::scrubbing::Scrubber;

use builder::ResourceBuilder;
use host_environment::HostEnvironment;
pub(crate) use instance::instance_id;

/// The longest time for detection.
const DETECTION_TIMEOUT: Duration = Duration::from_secs(1);

/// The inputs besides the detectors.
#[derive(Debug)]
pub(crate) struct ResourceInputs {
    /// The id of this process.
    pub(crate) instance_id: String,
    /// The attributes set by the program.
    pub(crate) code: Vec<Attribute>,
    pub(crate) settings: ResourceSettings,
}

/// Returns the resource of this process, without secrets.
pub(crate) fn detect(inputs: ResourceInputs, scrubber: &mut Scrubber) -> Resource {
    describe(inputs, &HostEnvironment::of_this_process(), scrubber)
}

fn describe(inputs: ResourceInputs, environment: &HostEnvironment, scrubber: &mut Scrubber) -> Resource {
    let deadline = Instant::now() + DETECTION_TIMEOUT;
    let ResourceSettings { service_name, is_unnamed, .. } = &inputs.settings;
    let service_name = env::package_name().filter(|_| *is_unnamed).unwrap_or_else(|| service_name.clone());
    let mut resource = ResourceBuilder::default();
    resource.add("service.name", service_name.clone());
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
    resource.add("service.name", service_name);
    add_ourselves(&mut resource);
    let mut attributes = resource.into_attributes();
    scrubber.attributes(&mut attributes);
    Resource { attributes }
}

/// Adds the names of the SDK and of the distribution: omegi is both.
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
