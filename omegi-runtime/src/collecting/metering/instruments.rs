//! The table of all metrics, each read from [`Health`](crate::vocabulary::Health).
//!
//! Metrics have the name of OpenTelemetry's semantic conventions where there is one ([SDK
//! metrics]). The names of the others begin with `omegi.`.
//!
//! [SDK metrics]: https://opentelemetry.io/docs/specs/semconv/otel/sdk-metrics/

use std::fmt::Write as _;

use crate::vocabulary::Attribute;

use super::instrument::{Instrument, InstrumentKind};
use super::measurement::Measurement;
use super::source::{MetricSource, component};

/// The conventions' attribute for the cause of a failure, and its values.
const ERROR_TYPE: &str = "error.type";
const QUEUE_FULL: &str = "queue_full";
const OTHER: &str = "_OTHER";
const REJECTED: &str = "rejected";

/// The documentation of an exporter's attributes.
const EXPORTER: &str = "`otel.component.type`, `otel.component.name`: the exporter";

/// All metrics, in the order of the documentation.
pub(super) static INSTRUMENTS: &[Instrument] = &[
    Instrument {
        name: "omegi.flows",
        kind: InstrumentKind::Counter,
        unit: "{flow}",
        description: "Flows that have ended, by the decision about them.",
        attributes: "`omegi.flow.decision`: kept for an `error`, on request (`asked`), because a called \
                     service keeps its part (`upstream`) or by sampling (`sampled`); `suppressed` by the \
                     error rate limit; dropped for all their errors are the caller's (`client_error`) or \
                     expected (`expected_error`); `dropped`",
        read: |MetricSource { health, .. }| {
            let kept =
                health.failed_flows + health.requested_flows + health.upstream_flows + health.sampled_flows;
            let excused = health.client_error_flows + health.expected_error_flows;
            by(
                "omegi.flow.decision",
                &[
                    ("error", health.failed_flows),
                    ("asked", health.requested_flows),
                    ("upstream", health.upstream_flows),
                    ("sampled", health.sampled_flows),
                    ("suppressed", health.suppressed_flows),
                    ("client_error", health.client_error_flows),
                    ("expected_error", health.expected_error_flows),
                    ("dropped", health.flows.saturating_sub(kept + excused + health.suppressed_flows)),
                ],
            )
        },
    },
    Instrument {
        name: "omegi.kept_flows",
        kind: InstrumentKind::Counter,
        unit: "{flow}",
        description: "Kept flows that wait for no exporter any more, by their worst result at any exporter.",
        attributes: "`omegi.flow.fate`: `exported`, `spooled` (to disk), `lost_to_memory`, `lost_to_export`",
        read: |MetricSource { health, .. }| {
            by(
                "omegi.flow.fate",
                &[
                    ("exported", health.exported_flows),
                    ("spooled", health.spooled_flows),
                    ("lost_to_memory", health.flows_lost_to_memory),
                    ("lost_to_export", health.flows_lost_to_export),
                ],
            )
        },
    },
    Instrument {
        name: "omegi.unrecorded_flows",
        kind: InstrumentKind::Counter,
        unit: "{flow}",
        description: "Flows that were not recorded, because OMEGI_MEMORY was used up when they began, or \
                      their thread seemed to run a signal handler.",
        attributes: "",
        read: |MetricSource { health, .. }| one(health.unrecorded_flows),
    },
    Instrument {
        name: "omegi.open_span_flows",
        kind: InstrumentKind::Counter,
        unit: "{flow}",
        description: "Flows that are each a child of a span which stayed open longer than OMEGI_FLOW_OPEN.",
        attributes: "",
        read: |MetricSource { health, .. }| one(health.flows_of_open_spans),
    },
    Instrument {
        name: "otel.sdk.span.started",
        kind: InstrumentKind::Counter,
        unit: "{span}",
        description: "The number of created spans, kept or not, counted when their flow has ended.",
        attributes: "",
        read: |MetricSource { health, .. }| one(health.spans),
    },
    Instrument {
        name: "omegi.dropped_spans",
        kind: InstrumentKind::Counter,
        unit: "{span}",
        description: "Spans without a record of their own: those of lost flows, and calls that were \
                      summarised.",
        attributes: "",
        read: |MetricSource { health, .. }| one(health.dropped_spans),
    },
    Instrument {
        name: "omegi.waiting.bytes",
        kind: InstrumentKind::UpDownCounter,
        unit: "By",
        description: "Bytes of OMEGI_MEMORY that flows use while they wait for exporters. Each flow counts \
                      once.",
        attributes: "",
        read: |MetricSource { health, .. }| one(health.waiting_bytes),
    },
    Instrument {
        name: "otel.sdk.processor.span.queue.size",
        kind: InstrumentKind::UpDownCounter,
        unit: "{span}",
        description: "The number of spans in the queue of an exporter.",
        attributes: "`otel.component.type` (`batching_span_processor`), `otel.component.name`",
        read: |source| {
            source.at_queues(|it| vec![(vec![], it.waiting_spans.saturating_sub(it.writing_spans))])
        },
    },
    Instrument {
        name: "otel.sdk.processor.span.processed",
        kind: InstrumentKind::Counter,
        unit: "{span}",
        description: "The number of spans that left an exporter's queue, exported or not.",
        attributes: "the same; `error.type`: `queue_full` for spans dropped for want of memory",
        read: |source| {
            source.at_queues(|it| {
                vec![
                    (vec![], it.exported_spans + it.rejected_spans + it.spans_lost_to_export),
                    (failed_by(QUEUE_FULL), it.spans_lost_to_memory),
                ]
            })
        },
    },
    Instrument {
        name: "omegi.queue.flows",
        kind: InstrumentKind::UpDownCounter,
        unit: "{flow}",
        description: "Flows that wait for an exporter or are in flight.",
        attributes: EXPORTER,
        read: |source| source.at_exporters(|it| vec![(vec![], it.waiting_flows)]),
    },
    Instrument {
        name: "omegi.queue.bytes",
        kind: InstrumentKind::UpDownCounter,
        unit: "By",
        description: "Bytes of OMEGI_MEMORY that flows use while they wait for an exporter. Exporters share \
                      flows.",
        attributes: EXPORTER,
        read: |source| source.at_exporters(|it| vec![(vec![], it.waiting_bytes)]),
    },
    Instrument {
        name: "omegi.spool.flows",
        kind: InstrumentKind::UpDownCounter,
        unit: "{flow}",
        description: "Flows that wait for an exporter on disk.",
        attributes: EXPORTER,
        read: |source| source.at_exporters(|it| vec![(vec![], it.spooled_flows)]),
    },
    Instrument {
        name: "omegi.spool.bytes",
        kind: InstrumentKind::UpDownCounter,
        unit: "By",
        description: "Bytes on disk of flows that wait there for an exporter.",
        attributes: EXPORTER,
        read: |source| source.at_exporters(|it| vec![(vec![], it.spooled_bytes)]),
    },
    Instrument {
        name: "otel.sdk.exporter.span.inflight",
        kind: InstrumentKind::UpDownCounter,
        unit: "{span}",
        description: "The number of spans which were passed to the exporter, but that have not been \
                      exported yet.",
        attributes: EXPORTER,
        read: |source| source.at_exporters(|it| vec![(vec![], it.writing_spans)]),
    },
    Instrument {
        name: "otel.sdk.exporter.span.exported",
        kind: InstrumentKind::Counter,
        unit: "{span}",
        description: "The number of spans for which the export has finished, either successful or failed.",
        attributes: "the exporter; `error.type`: `_OTHER` for spans that could not be exported, `rejected` \
                     for spans that the backend \
                     refused while it accepted others",
        read: |source| {
            source.at_exporters(|it| {
                vec![
                    (vec![], it.exported_spans),
                    (failed_by(OTHER), it.spans_lost_to_export),
                    (failed_by(REJECTED), it.rejected_spans),
                ]
            })
        },
    },
    Instrument {
        name: "omegi.exporter.flows",
        kind: InstrumentKind::Counter,
        unit: "{flow}",
        description: "Flows that an exporter has written or lost.",
        attributes: "the exporter; `omegi.exporter.result`: `exported`, `lost`",
        read: |source| {
            let result = |word| vec![Attribute::new("omegi.exporter.result", word)];
            source.at_exporters(|it| {
                vec![(result("exported"), it.exported_flows), (result("lost"), it.lost_flows)]
            })
        },
    },
    Instrument {
        name: "omegi.exporter.bytes",
        kind: InstrumentKind::Counter,
        unit: "By",
        description: "Bytes that an exporter has written, if it counts them.",
        attributes: EXPORTER,
        read: |source| {
            source.at_exporters(|it| it.exported_bytes.map(|bytes| (vec![], bytes)).into_iter().collect())
        },
    },
    Instrument {
        name: "omegi.exporter.failures",
        kind: InstrumentKind::Counter,
        unit: "{failure}",
        description: "Failed attempts of an exporter to write.",
        attributes: "the exporter; `omegi.exporter.retried`: whether another attempt with the same flows \
                     follows",
        read: |source| {
            let retried = |it: bool| vec![Attribute::new("omegi.exporter.retried", it)];
            source.at_exporters(|it| {
                let final_ones = it.failures.saturating_sub(it.retries);
                vec![(retried(true), it.retries), (retried(false), final_ones)]
            })
        },
    },
    Instrument {
        name: "otel.sdk.exporter.metric_data_point.exported",
        kind: InstrumentKind::Counter,
        unit: "{data_point}",
        description: "The number of metric data points for which the export has finished, either successful \
                      or failed.",
        attributes: "`otel.component.type`, `otel.component.name`; `error.type`: `_OTHER` for points that \
                     could not be exported",
        read: |MetricSource { health, components }| {
            let component = component(components.metrics, 0);
            let failed = [component.clone(), failed_by(OTHER)].concat();
            vec![
                Measurement { attributes: component, value: health.exported_points },
                Measurement { attributes: failed, value: health.failed_points },
            ]
        },
    },
    Instrument {
        name: "omegi.headers.ignored",
        kind: InstrumentKind::Counter,
        unit: "{header}",
        description: "Trace headers of other services that were malformed, too long or too many.",
        attributes: "",
        read: |MetricSource { health, .. }| one(health.headers_ignored),
    },
    Instrument {
        name: "omegi.tags",
        kind: InstrumentKind::Counter,
        unit: "{tag}",
        description: "Tags that were shortened, or dropped because a span had too many.",
        attributes: "`omegi.tag.limit`: `shortened`, `dropped`",
        read: |MetricSource { health, .. }| {
            by("omegi.tag.limit", &[("shortened", health.tags_shortened), ("dropped", health.tags_dropped)])
        },
    },
];

/// The measurement of a metric without attributes.
fn one(value: u64) -> Vec<Measurement> {
    vec![Measurement { attributes: Vec::new(), value }]
}

/// The measurements of a metric with one attribute.
fn by(key: &'static str, values: &[(&'static str, u64)]) -> Vec<Measurement> {
    let measurement = |(word, value): &(&'static str, u64)| Measurement {
        attributes: vec![Attribute::new(key, *word)],
        value: *value,
    };
    values.iter().map(measurement).collect()
}

fn failed_by(cause: &'static str) -> Vec<Attribute> {
    vec![Attribute::new(ERROR_TYPE, cause)]
}

/// Returns all metrics as a Markdown table, as `docs/reference/metrics.md` shows them.
#[must_use]
pub fn markdown_table_of_metrics() -> String {
    let mut table = String::from("| metric | unit | description | attributes |\n|---|---|---|---|\n");
    for Instrument { name, kind, unit, description, attributes, .. } in INSTRUMENTS {
        let kind = if *kind == InstrumentKind::UpDownCounter { ", up-down" } else { "" };
        let _ = writeln!(table, "| `{name}` | `{unit}`{kind} | {description} | {attributes} |");
    }
    table
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::collecting::metering::components::{Components, PROCESSOR};
    use crate::settings::OtlpProtocol;
    use crate::vocabulary::{ExporterHealth, Health};

    fn read_all() -> Vec<(&'static Instrument, Vec<Measurement>)> {
        let exporter = |name| ExporterHealth { name, exported_bytes: Some(1), ..ExporterHealth::default() };
        let health = Health { exporters: vec![exporter("console"), exporter("otlp")], ..Health::default() };
        let components = Components::speaking(OtlpProtocol::Grpc, OtlpProtocol::HttpJson);
        let source = MetricSource { health: &health, components: &components };
        INSTRUMENTS.iter().map(|instrument| (instrument, (instrument.read)(&source))).collect()
    }

    #[test]
    fn names_and_points_are_unique() {
        let names: HashSet<_> = INSTRUMENTS.iter().map(|instrument| instrument.name).collect();
        assert_eq!(names.len(), INSTRUMENTS.len());
        for (instrument, measurements) in read_all() {
            let shown: HashSet<_> = measurements.iter().map(|it| format!("{:?}", it.attributes)).collect();
            assert_eq!(
                (shown.len(), measurements.is_empty()),
                (measurements.len(), false),
                "{}",
                instrument.name
            );
        }
    }

    #[test]
    fn attributes_are_those_of_the_table() {
        for (instrument, measurements) in read_all() {
            let named =
                instrument.attributes.replace("the same", PROCESSOR).replace("the exporter", EXPORTER);
            for attribute in measurements.iter().flat_map(|measurement| &measurement.attributes) {
                let component = attribute.key.starts_with("otel.component.");
                let is_named = named.contains(&format!("`{}`", attribute.key));
                assert!(
                    is_named || (component && named.contains(PROCESSOR)),
                    "{}: {attribute:?}",
                    instrument.name
                );
            }
        }
    }

    #[test]
    fn exporters_have_the_names_of_the_conventions() {
        let measurements = read_all();
        let named = |name: &str| -> Vec<String> {
            let (_, measurements) =
                measurements.iter().find(|(instrument, _)| instrument.name == name).unwrap();
            let names = measurements.iter().flat_map(|measurement| &measurement.attributes);
            names.filter(|it| it.key == "otel.component.name").map(|it| it.value.to_string()).collect()
        };
        assert_eq!(named("omegi.queue.flows"), ["console/0", "otlp_grpc_span_exporter/1"]);
        let queues = ["batching_span_processor/0", "batching_span_processor/1"];
        assert_eq!(named("otel.sdk.processor.span.queue.size"), queues);
        let points = named("otel.sdk.exporter.metric_data_point.exported");
        assert_eq!(points, ["otlp_http_json_metric_exporter/0"; 2]);
    }
}
