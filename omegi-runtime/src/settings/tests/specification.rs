//! The names of OpenTelemetry's specification: each is supported, or listed with the reason why it
//! is not.
//!
//! From *Environment Variable Specification*, *OpenTelemetry Protocol Exporter* and *Semantic
//! conventions for exceptions*.

use std::collections::BTreeSet;

use crate::settings::{table, unsupported};

const GENERAL: &[&str] = &[
    "OTEL_SDK_DISABLED",
    "OTEL_ENTITIES",
    "OTEL_RESOURCE_ATTRIBUTES",
    "OTEL_SERVICE_NAME",
    "OTEL_LOG_LEVEL",
    "OTEL_PROPAGATORS",
    "OTEL_TRACES_SAMPLER",
    "OTEL_TRACES_SAMPLER_ARG",
    "OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN",
    "OTEL_CONFIG_FILE",
    "OTEL_EXPERIMENTAL_CONFIG_FILE",
];

const BATCHES: &[&str] = &[
    "OTEL_BSP_SCHEDULE_DELAY",
    "OTEL_BSP_EXPORT_TIMEOUT",
    "OTEL_BSP_MAX_QUEUE_SIZE",
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
    "OTEL_BLRP_SCHEDULE_DELAY",
    "OTEL_BLRP_EXPORT_TIMEOUT",
    "OTEL_BLRP_MAX_QUEUE_SIZE",
    "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE",
];

const LIMITS: &[&str] = &[
    "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
    "OTEL_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
    "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_SPAN_EVENT_COUNT_LIMIT",
    "OTEL_SPAN_LINK_COUNT_LIMIT",
    "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT",
    "OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT",
];

const EXPORTERS: &[&str] = &[
    "OTEL_TRACES_EXPORTER",
    "OTEL_METRICS_EXPORTER",
    "OTEL_LOGS_EXPORTER",
    "OTEL_EXPORTER_ZIPKIN_ENDPOINT",
    "OTEL_EXPORTER_ZIPKIN_TIMEOUT",
    "OTEL_EXPORTER_ZIPKIN_PROTOCOL",
    "OTEL_EXPORTER_PROMETHEUS_HOST",
    "OTEL_EXPORTER_PROMETHEUS_PORT",
    "OTEL_METRICS_EXEMPLAR_FILTER",
    "OTEL_METRIC_EXPORT_INTERVAL",
    "OTEL_METRIC_EXPORT_TIMEOUT",
];

/// Variables of the semantic conventions.
const CONVENTIONS: &[&str] = &["OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS"];

/// Each for all signals and for each of them.
const OTLP: &[&str] = &["ENDPOINT", "PROTOCOL", "HEADERS", "TIMEOUT", "COMPRESSION"];

/// The same, for TLS.
const OTLP_SECURITY: &[&str] = &["INSECURE", "CERTIFICATE", "CLIENT_KEY", "CLIENT_CERTIFICATE"];

const OTLP_METRICS: &[&str] = &[
    "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
    "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
];

fn otlp(options: &[&str], signals: &[&str]) -> BTreeSet<String> {
    let of_signal = |signal: &&str| {
        options.iter().map(|it| format!("OTEL_EXPORTER_OTLP_{signal}{it}")).collect::<Vec<_>>()
    };
    signals.iter().flat_map(of_signal).collect()
}

fn specified() -> BTreeSet<String> {
    let plain = [GENERAL, BATCHES, LIMITS, EXPORTERS, OTLP_METRICS, CONVENTIONS].concat();
    let mut names: BTreeSet<String> = plain.into_iter().map(str::to_owned).collect();
    names.extend(otlp(OTLP, &["", "TRACES_", "METRICS_", "LOGS_"]));
    names.extend(otlp(OTLP_SECURITY, &["", "TRACES_", "METRICS_", "LOGS_"]));
    names
}

#[test]
fn every_name_of_the_specification_is_supported_or_explained_and_no_other_is_invented() {
    let ours = |name: &&str| name.starts_with("OTEL_");
    let known: BTreeSet<String> =
        table::names().chain(unsupported::names()).filter(ours).map(str::to_owned).collect();
    let missing: Vec<_> = specified().difference(&known).cloned().collect();
    let invented: Vec<_> = known.difference(&specified()).cloned().collect();
    assert_eq!((missing, invented), (vec![], vec![]));
}

#[test]
fn no_variable_is_both_supported_and_unsupported() {
    let unsupported: BTreeSet<_> = unsupported::names().collect();
    assert!(!table::names().any(|name| unsupported.contains(name)));
}

#[test]
fn the_contracts_own_names_are_all_there() {
    let known: BTreeSet<_> = table::names().collect();
    for name in [
        "OMEGI_SERVICE_NAME",
        "OMEGI_TOKEN",
        "OMEGI_PROJECT_ROOT",
        "OMEGI_FLOW_RATE",
        "OMEGI_EXPORTER_KIND",
        "OMEGI_CONSOLE_FORMAT",
        "OMEGI_CONSOLE_STREAM",
        "OMEGI_KAFKA_SERVER",
        "OMEGI_KAFKA_CONFIG",
        "OMEGI_KAFKA_TOPIC_ERROR",
        "OMEGI_KAFKA_TOPIC_FLOW",
        "OMEGI_KAFKA_TOPIC_SPANS",
        "OMEGI_KAFKA_ENCODING",
        "OMEGI_SWITCH_OFF",
        "OMEGI_DEBUG",
        "OMEGI_DEBUG_SPANDUMP",
        "OMEGI_SECRET_MASKING_REGEX",
        "OMEGI_ARGS",
        "OMEGI_OVERHEAD",
        "OMEGI_MEMORY",
    ] {
        assert!(known.contains(name), "{name}");
    }
}
