//! The variables of the environment, on request (`OMEGI_RESOURCE_ENVIRON`; [OpenTelemetry],
//! `process.environment_variable`).
//!
//! [OpenTelemetry]: https://opentelemetry.io/docs/specs/semconv/registry/attributes/process/

use crate::settings::{MASK, env};
use crate::vocabulary::Attribute;

use super::super::scrubbing::Scrubber;
use super::builder::ResourceBuilder;

/// The most variables, and the most characters of each: every export carries the resource.
const VARIABLES: usize = 200;
const CHARACTERS: usize = 1000;

pub(super) fn detect(resource: &mut ResourceBuilder, scrubber: &mut Scrubber) {
    for (name, value) in env::reportable().take(VARIABLES) {
        let value = if scrubber.is_secret(&name) { MASK.to_owned() } else { value };
        let value: String = value.chars().take(CHARACTERS).collect();
        resource.set(Attribute::new(format!("process.environment_variable.{name}"), value));
    }
}
