//! What OpenTelemetry's specification lets deployers set, and omegi deliberately does not heed: with the reason, so that
//! nobody has to guess.

use std::fmt::Write;

use super::problem::{Problem, Severity};
use super::reader::Reader;

/// Variables that are known and have no effect.
#[derive(Debug)]
pub(super) struct Unheeded {
    pub(super) names: &'static [&'static str],
    why: &'static str,
    /// Whether setting one is answered with a line. Not where whole fleets are set up alike for all signals.
    is_told: bool,
}

const fn told(why: &'static str, names: &'static [&'static str]) -> Unheeded {
    Unheeded { names, why, is_told: true }
}

const fn silent(why: &'static str, names: &'static [&'static str]) -> Unheeded {
    Unheeded { names, why, is_told: false }
}

/// All of them, in the order of the documentation.
pub(super) static UNHEEDED: &[Unheeded] = &[
    told(
        "what waits for export is bounded in bytes, by `OMEGI_MEMORY`, and not in spans",
        &["OTEL_BSP_MAX_QUEUE_SIZE"],
    ),
    told(
        "omegi is set up by variables and by code; a file would switch all of them off",
        &["OTEL_CONFIG_FILE", "OTEL_EXPERIMENTAL_CONFIG_FILE"],
    ),
    told(
        "omegi has no Zipkin exporter, as the specification has deprecated it: Zipkin's server reads OTLP through a collector",
        &["OTEL_EXPORTER_ZIPKIN_ENDPOINT", "OTEL_EXPORTER_ZIPKIN_TIMEOUT", "OTEL_EXPORTER_ZIPKIN_PROTOCOL"],
    ),
    told("entities are still in development", &["OTEL_ENTITIES"]),
    silent(
        "omegi's metrics are sent over OTLP alone, and have neither exemplars nor histograms",
        &[
            "OTEL_METRICS_EXEMPLAR_FILTER",
            "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
            "OTEL_EXPORTER_PROMETHEUS_HOST",
            "OTEL_EXPORTER_PROMETHEUS_PORT",
        ],
    ),
    silent(
        "omegi records no logs",
        &[
            "OTEL_LOGS_EXPORTER",
            "OTEL_BLRP_SCHEDULE_DELAY",
            "OTEL_BLRP_EXPORT_TIMEOUT",
            "OTEL_BLRP_MAX_QUEUE_SIZE",
            "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE",
            "OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT",
            "OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT",
            "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
            "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL",
            "OTEL_EXPORTER_OTLP_LOGS_HEADERS",
            "OTEL_EXPORTER_OTLP_LOGS_TIMEOUT",
            "OTEL_EXPORTER_OTLP_LOGS_COMPRESSION",
            "OTEL_EXPORTER_OTLP_LOGS_INSECURE",
            "OTEL_EXPORTER_OTLP_LOGS_CERTIFICATE",
            "OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY",
            "OTEL_EXPORTER_OTLP_LOGS_CLIENT_CERTIFICATE",
        ],
    ),
];

/// Tells of those that are set and that somebody would wait for in vain.
pub(super) fn problems(reader: &Reader<'_>) -> Vec<Problem> {
    let told = UNHEEDED.iter().filter(|unheeded| unheeded.is_told);
    let set = told.flat_map(|unheeded| unheeded.names.iter().map(move |name| (*name, unheeded.why)));
    set.filter(|(name, _)| reader.is_name_set(name))
        .map(|(name, why)| {
            let complaint = format!("has no effect: {why}");
            Problem::with_name(name.to_owned(), complaint.into(), Severity::HasNoEffect)
        })
        .collect()
}

/// The table of variables without effect as Markdown, as `docs/settings.md` shows it.
#[must_use]
pub fn markdown_table_of_unheeded() -> String {
    let mut table = String::from("| without effect | why |\n|---|---|\n");
    for unheeded in UNHEEDED {
        let quoted: Vec<_> = unheeded.names.iter().map(|name| format!("`{name}`")).collect();
        let _ = writeln!(table, "| {} | {} |", quoted.join(", "), unheeded.why);
    }
    table
}
