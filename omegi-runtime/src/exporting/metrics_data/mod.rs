//! Figures of omegi's own as OTLP's message [`MetricsData`], of which `ExportMetricsServiceRequest` is another name: what all
//! forms of it have in common, and a file for each form.
//!
//! All that omegi counts are whole numbers that add up, so there are only sums.
//!
//! [`MetricsData`]: https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/metrics/v1/metrics.proto

mod json;
mod protobuf;
#[cfg(test)]
mod tests;

use crate::settings::Temporality;
use crate::vocabulary::{Attribute, Resource};

/// Metrics of one resource, to be written as one message.
#[derive(Debug)]
pub(crate) struct MetricsData<'m> {
    /// What produced them.
    pub(crate) resource: &'m Resource,
    /// The metrics.
    pub(crate) metrics: &'m [Metric],
}

/// A sum, and what it is a sum of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Metric {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    /// In the Unified Code for Units of Measure.
    pub(crate) unit: &'static str,
    /// Whether it never becomes less.
    pub(crate) is_monotonic: bool,
    pub(crate) temporality: Temporality,
    pub(crate) points: Vec<Point>,
}

/// A sum of what has these attributes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Point {
    pub(crate) attributes: Vec<Attribute>,
    /// Since when was counted, in nanoseconds of Unix time.
    pub(crate) start_ns: u64,
    /// Until when.
    pub(crate) time_ns: u64,
    pub(crate) value: u64,
}

impl Metric {
    /// The number of the enum `AggregationTemporality`.
    const fn temporality_number(&self) -> u64 {
        match self.temporality {
            Temporality::Delta => 1,
            Temporality::Cumulative => 2,
        }
    }
}

impl Point {
    /// The value as OTLP has whole numbers: signed.
    fn signed(&self) -> i64 {
        i64::try_from(self.value).unwrap_or(i64::MAX)
    }
}
