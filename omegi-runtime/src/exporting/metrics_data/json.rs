//! Metrics in OTLP's JSON.

use std::fmt::{self, Display, Formatter};

use crate::exporting::envelope::json::{FieldNames, Quoted, attributes, message};
use crate::exporting::json::{Text, list, object};

use super::{Metric, MetricsData, Point};

const NAMES: FieldNames = ["resourceMetrics", "scopeMetrics", "metrics"];

/// Displays the message as JSON on one line.
impl Display for MetricsData<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        message(f, NAMES, self.resource, |f| list(f, self.metrics, metric))
    }
}

fn metric(f: &mut Formatter<'_>, metric: &Metric) -> fmt::Result {
    object(f, |members| {
        members.shown("name", Text(metric.name))?;
        members.shown("description", Text(metric.description))?;
        members.shown("unit", Text(metric.unit))?;
        members.member("sum", |f| sum(f, metric))
    })
}

fn sum(f: &mut Formatter<'_>, metric: &Metric) -> fmt::Result {
    object(f, |members| {
        members.member("dataPoints", |f| list(f, &metric.points, point))?;
        members.shown("aggregationTemporality", metric.temporality_number())?;
        members.shown("isMonotonic", metric.is_monotonic)
    })
}

fn point(f: &mut Formatter<'_>, point: &Point) -> fmt::Result {
    object(f, |members| {
        attributes(members, &point.attributes)?;
        members.shown("startTimeUnixNano", Quoted(point.start_ns))?;
        members.shown("timeUnixNano", Quoted(point.time_ns))?;
        members.shown("asInt", Quoted(point.signed()))
    })
}
