//! The settings of recording, which its policy holds as they are.

use std::sync::Arc;
use std::time::Duration;

use super::choices::{ArgumentMode, Propagator};
use super::general::{ARGS, FLOW_OPEN, FLOW_WAIT, KNOWN_METHODS};
use super::limits::Limits;
use super::masking::Masking;
use super::propagators::PROPAGATORS;
use super::reader::Reader;

/// The settings that are read while calls are recorded and headers are passed on.
#[derive(Clone, Debug)]
pub(crate) struct RecordingSettings {
    /// The recording of arguments and return values of functions whose attribute does not set it.
    pub(crate) arguments: ArgumentMode,
    /// The time that a part of a forked flow waits for the others.
    pub(crate) flow_wait: Duration,
    /// The time after which the finished children of an open span are flows of their own.
    pub(crate) flow_open: Duration,
    /// The headers that carry traces between services, in the order in which they are read.
    pub(crate) propagators: Vec<Propagator>,
    /// The HTTP methods that spans are named by.
    pub(crate) known_methods: Vec<String>,
    /// The names under which values are secrets.
    pub(crate) masking: Arc<Masking>,
    /// The limits on the parts of one span. They also cut the message of an error.
    pub(crate) limits: Limits,
}

impl RecordingSettings {
    pub(super) fn resolve(reader: &mut Reader<'_>, masking: Arc<Masking>) -> Self {
        Self {
            propagators: reader.words(&PROPAGATORS),
            known_methods: reader.value(&KNOWN_METHODS),
            arguments: reader.value(&ARGS),
            limits: Limits::resolve(reader),
            flow_wait: reader.value(&FLOW_WAIT),
            flow_open: reader.value(&FLOW_OPEN),
            masking,
        }
    }
}
