//! The table of all variables: for lookups by name, and for the documentation.

use std::fmt::Write;

use super::printing::Privacy;
use super::variable::{Fallback, VariableEntry};
use super::{
    console, diagnostics, errors, exceptions, exporters, file, general, kafka, limits, masking, metrics,
    otlp, propagators, proxies, resource, run_bounds, sampling,
};

/// Every variable, in the order of the documentation.
pub(super) static ALL: &[&VariableEntry] = &[
    &resource::SERVICE_NAME.entry,
    &resource::RESOURCE_ATTRIBUTES.entry,
    &resource::RESOURCE_DETECTORS.entry,
    &resource::RESOURCE_ENVIRON.entry,
    &resource::VCS_REVISION.entry,
    &general::TOKEN.entry,
    &general::PROJECT_ROOT.entry,
    &sampling::FLOW_RATE.entry,
    &sampling::SAMPLER.entry,
    &sampling::SAMPLER_ARG.entry,
    &errors::ERRORS.entry,
    &errors::IGNORED_ERRORS.entry,
    &errors::ERROR_LIMIT.entry,
    &exporters::EXPORTER_KIND.entry,
    &propagators::PROPAGATORS.entry,
    &general::KNOWN_METHODS.entry,
    &exceptions::EXCEPTION_SIGNAL.entry,
    &console::CONSOLE_FORMAT.entry,
    &console::CONSOLE_STREAM.entry,
    &run_bounds::RUN_MAX_SIZE.entry,
    &console::NO_COLOR,
    &general::SWITCH_OFF.entry,
    &diagnostics::DEBUG.entry,
    &diagnostics::LOG_LEVEL.entry,
    &masking::SECRET_MASKING_REGEX.entry,
    &general::ARGS.entry,
    &general::MEMORY.entry,
    &general::SPOOL.entry,
    &general::SPOOL_SIZE.entry,
    &limits::ATTRIBUTE_VALUE_LENGTH.entry,
    &limits::ATTRIBUTE_COUNT.entry,
    &limits::EVENT_COUNT.entry,
    &limits::LINK_COUNT.entry,
    &limits::EVENT_ATTRIBUTE_COUNT.entry,
    &limits::LINK_ATTRIBUTE_COUNT.entry,
    &general::SCHEDULE_DELAY.entry,
    &general::FLOW_WAIT.entry,
    &general::FLOW_OPEN.entry,
    &general::MAX_EXPORT_BATCH.entry,
    &general::FLUSH_TIMEOUT.entry,
    &file::FILE_PATH.entry,
    &file::FILE_MAX_SIZE.entry,
    &file::FILE_MAX_FILES.entry,
    &file::FILE_FSYNC.entry,
    &general::SIGNALS.entry,
    &otlp::OTLP_ENDPOINT.entry,
    &otlp::OTLP_TRACES_ENDPOINT.entry,
    &otlp::OTLP_TRACES_PROTOCOL.entry,
    &otlp::OTLP_TRACES_HEADERS.entry,
    &otlp::OTLP_TRACES_INSECURE.entry,
    &otlp::OTLP_TRACES_CERTIFICATE.entry,
    &otlp::OTLP_TRACES_CLIENT_CERTIFICATE.entry,
    &otlp::OTLP_TRACES_CLIENT_KEY.entry,
    &otlp::OTLP_TRACES_TIMEOUT.entry,
    &otlp::OTLP_TRACES_COMPRESSION.entry,
    &proxies::HTTP_PROXY.entry,
    &proxies::HTTPS_PROXY.entry,
    &proxies::ALL_PROXY.entry,
    &proxies::NO_PROXY.entry,
    &metrics::METRICS_EXPORTER.entry,
    &metrics::METRIC_INTERVAL.entry,
    &metrics::METRIC_TIMEOUT.entry,
    &metrics::OTLP_METRICS_TEMPORALITY.entry,
    &otlp::OTLP_METRICS_ENDPOINT.entry,
    &otlp::OTLP_METRICS_PROTOCOL.entry,
    &otlp::OTLP_METRICS_HEADERS.entry,
    &otlp::OTLP_METRICS_INSECURE.entry,
    &otlp::OTLP_METRICS_CERTIFICATE.entry,
    &otlp::OTLP_METRICS_CLIENT_CERTIFICATE.entry,
    &otlp::OTLP_METRICS_CLIENT_KEY.entry,
    &otlp::OTLP_METRICS_TIMEOUT.entry,
    &otlp::OTLP_METRICS_COMPRESSION.entry,
    &kafka::KAFKA_SERVER.entry,
    &kafka::KAFKA_ENCODING.entry,
    &kafka::KAFKA_TOPIC_ERROR.entry,
    &kafka::KAFKA_TOPIC_FLOW.entry,
    &kafka::KAFKA_TOPIC_SPANS.entry,
    &kafka::KAFKA_MESSAGE_MAX_BYTES.entry,
    &kafka::KAFKA_SECURITY_PROTOCOL.entry,
    &kafka::KAFKA_SSL_CA_LOCATION.entry,
    &kafka::KAFKA_SSL_CERTIFICATE_LOCATION.entry,
    &kafka::KAFKA_SSL_KEY_LOCATION.entry,
    &kafka::KAFKA_SASL_MECHANISM.entry,
    &kafka::KAFKA_SASL_USERNAME.entry,
    &kafka::KAFKA_SASL_PASSWORD.entry,
    &kafka::KAFKA_PROPERTIES.entry,
    &file::DEBUG_SPANDUMP.entry,
    &general::OVERHEAD,
];

/// Returns every name of every variable.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter().flat_map(|entry| entry.names())
}

/// Returns whether all of the variable's value may be shown; a variable that is not ours is public.
pub(super) fn is_public(name: &str) -> bool {
    let known = ALL.iter().find(|entry| entry.names().any(|known| known == name));
    known.is_none_or(|entry| entry.privacy == Privacy::Public)
}

/// Returns the whole table as Markdown, as `docs/reference/settings.md` shows it.
///
/// ```text
/// | variable | default | meaning |
/// |---|---|---|
/// | `OMEGI_FLOW_RATE` | `5` | keep 1 in N flows … |
/// ```
#[must_use]
pub fn markdown_table() -> String {
    let mut table = String::from("| variable | default | meaning |\n|---|---|---|\n");
    for entry in ALL {
        let names: Vec<_> = entry.names().map(|name| format!("`{name}`")).collect();
        let _ = write!(table, "| {} | ", names.join(", else "));
        let _ = match entry.default {
            Fallback::Text(text) => write!(table, "`{text}` | "),
            Fallback::Rule(sentence) => write!(table, "{sentence} | "),
        };
        table.push_str(entry.meaning);
        if let Some(why) = entry.no_effect {
            let _ = write!(table, " (*no effect yet: {why}*)");
        }
        table.push_str(" |\n");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_name_is_in_the_table_once_except_settings_of_all_signals() {
        let is_for_all = |name: &&str| name.starts_with("OTEL_EXPORTER_OTLP_");
        let (shared, names): (Vec<_>, Vec<_>) =
            ALL.iter().flat_map(|variable| variable.aliases).copied().partition(is_for_all);
        let names: Vec<_> = names.into_iter().chain(ALL.iter().map(|variable| variable.name)).collect();
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
        assert!(shared.iter().all(|name| !names.contains(name)));
        assert_eq!(shared.iter().collect::<HashSet<_>>().len() * 2, shared.len());
    }

    #[test]
    fn the_markdown_table_has_one_row_of_three_cells_for_each_variable() {
        let table = markdown_table();
        assert_eq!(table.lines().count(), ALL.len() + 2);
        assert!(table.lines().all(|row| row.matches('|').count() == 4), "{table}");
        assert!(
            table.contains(
                "| `OMEGI_SWITCH_OFF`, else `OTEL_SDK_DISABLED` | `false` | `true`: record nothing"
            )
        );
        assert!(table.contains("*no effect yet: this version has no overhead governor*"));
    }
}
