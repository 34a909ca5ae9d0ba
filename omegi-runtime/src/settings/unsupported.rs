//! Variables of OpenTelemetry's specification that omegi does not support, and the reasons.

use std::fmt::Write;

use super::problem::{Problem, Severity};
use super::reader::Reader;

/// Variables that are known and have no effect, for one reason.
#[derive(Debug)]
pub(super) struct Unsupported {
    pub(super) names: &'static [&'static str],
    why: &'static str,
    /// True if omegi reports a variable that is set. It is silent about those that whole fleets set
    /// alike for all signals.
    is_reported: bool,
}

const fn reported(why: &'static str, names: &'static [&'static str]) -> Unsupported {
    Unsupported { names, why, is_reported: true }
}

const fn silent(why: &'static str, names: &'static [&'static str]) -> Unsupported {
    Unsupported { names, why, is_reported: false }
}

/// All unsupported variables, in the order of the documentation.
pub(super) static UNSUPPORTED: &[Unsupported] = &[
    reported(
        "waiting flows are bounded in bytes, by `OMEGI_MEMORY`, and not in spans",
        &["OTEL_BSP_MAX_QUEUE_SIZE"],
    ),
    reported(
        "omegi is set up by variables and by code, and a file would replace all of them",
        &["OTEL_CONFIG_FILE", "OTEL_EXPERIMENTAL_CONFIG_FILE"],
    ),
    reported(
        "omegi has no Zipkin exporter: the specification deprecates it, and Zipkin's server reads OTLP \
         through a collector",
        &["OTEL_EXPORTER_ZIPKIN_ENDPOINT", "OTEL_EXPORTER_ZIPKIN_TIMEOUT", "OTEL_EXPORTER_ZIPKIN_PROTOCOL"],
    ),
    reported("entities are still in development", &["OTEL_ENTITIES"]),
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

/// Returns a problem for each unsupported variable that is set and may be expected to have an
/// effect from.
pub(super) fn problems(reader: &Reader<'_>) -> Vec<Problem> {
    let reported = UNSUPPORTED.iter().filter(|unsupported| unsupported.is_reported);
    let names =
        reported.flat_map(|unsupported| unsupported.names.iter().map(|name| (*name, unsupported.why)));
    names
        .filter(|(name, _)| reader.is_name_set(name))
        .map(|(name, why)| {
            Problem::of_name(name.to_owned(), format!("has no effect: {why}"), Severity::NoEffect)
        })
        .collect()
}

/// Returns every unsupported name.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    UNSUPPORTED.iter().flat_map(|unsupported| unsupported.names).copied()
}

/// Returns the table of unsupported variables as Markdown, as `docs/reference/settings.md` shows
/// it.
#[must_use]
pub fn markdown_table_of_unsupported() -> String {
    let mut table = String::from("| without effect | why |\n|---|---|\n");
    for unsupported in UNSUPPORTED {
        let quoted: Vec<_> = unsupported.names.iter().map(|name| format!("`{name}`")).collect();
        let _ = writeln!(table, "| {} | {} |", quoted.join(", "), unsupported.why);
    }
    table
}
