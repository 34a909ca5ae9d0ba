//! The environment's variables, where somebody wants to see them (`OMEGI_RESOURCE_ENVIRON`; [OpenTelemetry],
//! `process.environment_variable`).
//!
//! [OpenTelemetry]: https://opentelemetry.io/docs/specs/semconv/registry/attributes/process/

use crate::settings::{MASK, env};
use crate::vocabulary::Attribute;

use super::super::scrubbing::Scrubber;
use super::builder::ResourceBuilder;

/// So many variables, and so many characters of each: the resource goes along with every export.
const VARIABLES: usize = 200;
const CHARACTERS: usize = 1000;

pub(super) fn detect(resource: &mut ResourceBuilder, scrubber: &mut Scrubber) {
    for (name, value) in env::reportable().take(VARIABLES) {
        let value = if scrubber.is_secret(&name) { MASK.to_owned() } else { value };
        let value: String = value.chars().take(CHARACTERS).collect();
        resource.set(Attribute::new(format!("process.environment_variable.{name}"), value));
    }
}
