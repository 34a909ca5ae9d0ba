//! An instrument: a metric, and the function that reads its measurements.

use super::measurement::Measurement;
use super::source::MetricSource;

/// A metric.
#[derive(Debug)]
pub(super) struct Instrument {
    pub(super) name: &'static str,
    pub(super) kind: InstrumentKind,
    /// The unit, in the Unified Code for Units of Measure.
    pub(super) unit: &'static str,
    pub(super) description: &'static str,
    /// The attributes of its points and their values, for the documentation.
    pub(super) attributes: &'static str,
    pub(super) read: fn(&MetricSource<'_>) -> Vec<Measurement>,
}

/// The kind of an instrument, in OpenTelemetry's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InstrumentKind {
    /// The value only grows.
    Counter,
    /// The value grows and shrinks, and adds up over processes.
    UpDownCounter,
}
