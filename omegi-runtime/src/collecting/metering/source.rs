//! The source of all measurements: the counters of the process and of its exporters.

use crate::vocabulary::{Attribute, ExporterHealth, Health};

use super::components::{Components, PROCESSOR};
use super::measurement::Measurement;

/// The counters at one moment, and the names of the exporters.
#[derive(Clone, Copy, Debug)]
pub(super) struct MetricSource<'h> {
    pub(super) health: &'h Health,
    pub(super) components: &'h Components,
}

impl MetricSource<'_> {
    /// The values that `read` returns for each exporter, with the exporter's name.
    pub(super) fn at_exporters(
        &self,
        read: impl Fn(&ExporterHealth) -> Vec<(Vec<Attribute>, u64)>,
    ) -> Vec<Measurement> {
        self.at(|exporter| self.components.exporter(exporter.name), read)
    }

    /// The values that `read` returns for each exporter, with the name of its queue.
    pub(super) fn at_queues(
        &self,
        read: impl Fn(&ExporterHealth) -> Vec<(Vec<Attribute>, u64)>,
    ) -> Vec<Measurement> {
        self.at(|_| PROCESSOR, read)
    }

    /// An exporter and its queue have the same number: the exporter's index.
    fn at(
        &self,
        component_type: impl Fn(&ExporterHealth) -> &'static str,
        read: impl Fn(&ExporterHealth) -> Vec<(Vec<Attribute>, u64)>,
    ) -> Vec<Measurement> {
        let of_exporter = |(nth, exporter): (usize, &ExporterHealth)| {
            let component = component(component_type(exporter), nth);
            let measurement =
                |(more, value)| Measurement { attributes: [component.clone(), more].concat(), value };
            read(exporter).into_iter().map(measurement).collect::<Vec<_>>()
        };
        self.health.exporters.iter().enumerate().flat_map(of_exporter).collect()
    }
}

/// The attributes that identify a component.
pub(super) fn component(component_type: &'static str, number: usize) -> Vec<Attribute> {
    vec![
        Attribute::new("otel.component.type", component_type),
        Attribute::new("otel.component.name", format!("{component_type}/{number}")),
    ]
}
