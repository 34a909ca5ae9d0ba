//! omegi's own metrics as OTLP's message [`MetricsData`], also known as
//! `ExportMetricsServiceRequest`: the common parts, and a file for each encoding.
//!
//! All metrics are sums of whole numbers.
//!
//! [`MetricsData`]: https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/metrics/v1/metrics.proto

mod json;
mod protobuf;
#[cfg(test)]
mod tests;

use crate::settings::Temporality;
use crate::vocabulary::{Attribute, Resource};

/// Metrics of one resource, for one message.
#[derive(Debug)]
pub(crate) struct MetricsData<'m> {
    /// The resource that produced them.
    pub(crate) resource: &'m Resource,
    /// The metrics.
    pub(crate) metrics: &'m [Metric],
}

/// A sum.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Metric {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    /// The unit, in the Unified Code for Units of Measure.
    pub(crate) unit: &'static str,
    /// True if the value only grows.
    pub(crate) is_monotonic: bool,
    pub(crate) temporality: Temporality,
    pub(crate) points: Vec<Point>,
}

/// A data point: the value for one set of attributes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Point {
    pub(crate) attributes: Vec<Attribute>,
    /// The start of counting, in nanoseconds of Unix time.
    pub(crate) start_ns: u64,
    /// The end of counting, in nanoseconds of Unix time.
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
    /// The value as OTLP's whole numbers are: signed.
    fn signed(&self) -> i64 {
        i64::try_from(self.value).unwrap_or(i64::MAX)
    }
}
