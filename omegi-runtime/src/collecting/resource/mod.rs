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

mod container;
pub(crate) mod dependencies;
mod ecs;
mod environ;
mod host;
mod http;
mod instance;
mod kubernetes;
mod os;
mod process;
mod surroundings;

use std::time::{Duration, Instant};

use crate::settings::{Detector, ResourceSettings};
use crate::vocabulary::{Attribute, Resource};

use super::scrubbing::Scrubber;

pub(crate) use instance::instance_id;
use surroundings::Surroundings;

/// How long finding out may take.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is known before anything is found out.
#[derive(Debug)]
pub(crate) struct Given {
    pub(crate) service_name: String,
    /// This process's own id.
    pub(crate) instance_id: String,
    /// What the program says.
    pub(crate) code: Vec<Attribute>,
    /// What `OTEL_RESOURCE_ATTRIBUTES` says.
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) settings: ResourceSettings,
}

/// The resource of this process, without secrets.
pub(crate) fn detect(given: Given, scrubber: &mut Scrubber) -> Resource {
    describe(given, &Surroundings::of_this_process(), scrubber)
}

fn describe(given: Given, surroundings: &Surroundings, scrubber: &mut Scrubber) -> Resource {
    let deadline = Instant::now() + PATIENCE;
    let mut known = Known::default();
    known.add("service.name", given.service_name.clone());
    known.add("service.instance.id", given.instance_id);
    for detector in &given.settings.detectors {
        match detector {
            Detector::Process => process::detect(&mut known, surroundings, scrubber),
            Detector::Host => host::detect(&mut known, surroundings),
            Detector::Os => os::detect(&mut known, surroundings),
            Detector::Container => container::detect(&mut known, surroundings),
            Detector::Kubernetes => kubernetes::detect(&mut known, surroundings),
            Detector::Ecs => ecs::detect(&mut known, surroundings, deadline),
        }
    }
    known.add_found("vcs.ref.head.revision", given.settings.revision);
    if given.settings.environ {
        environ::detect(&mut known, scrubber);
    }
    given.code.into_iter().for_each(|attribute| known.set(attribute));
    given.environment.into_iter().for_each(|(key, value)| known.set(Attribute::new(key, value)));
    known.add("service.name", given.service_name);
    add_ourselves(&mut known);
    scrubber.attributes(&mut known.0);
    Resource { attributes: known.0 }
}

/// What records: an SDK of its own, and what puts it into programs.
fn add_ourselves(known: &mut Known) {
    let version = env!("CARGO_PKG_VERSION");
    known.add("telemetry.sdk.name", "omegi");
    known.add("telemetry.sdk.language", "rust");
    known.add("telemetry.sdk.version", version);
    known.add("telemetry.distro.name", "omegi");
    known.add("telemetry.distro.version", version);
    known.add("omegi.version", version);
}

/// What is known by now, each thing once.
#[derive(Debug, Default)]
struct Known(Vec<Attribute>);

impl Known {
    fn add(&mut self, key: &'static str, value: impl Into<crate::vocabulary::Value>) {
        self.set(Attribute::new(key, value));
    }

    /// Adds it if it was found.
    fn add_found(&mut self, key: &'static str, value: Option<String>) {
        if let Some(value) = value.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()) {
            self.add(key, value);
        }
    }

    fn set(&mut self, attribute: Attribute) {
        match self.0.iter_mut().find(|known| known.key == attribute.key) {
            Some(known) => known.value = attribute.value,
            None => self.0.push(attribute),
        }
    }
}

#[cfg(test)]
mod tests;
