//! One row for each variable: its default, a right value, a wrong one, and the winner of two.

use std::collections::BTreeSet;

use super::{Problem, Settings, Texts, program, resolve_both};
use crate::settings::table;
use crate::settings::variable::{Fallback, VariableEntry};

/// The values that are tried with a variable.
struct Row {
    name: &'static str,
    /// A right value that is not the default.
    right: &'static str,
    /// A wrong value; `None` if every text is right.
    wrong: Option<&'static str>,
    /// Other variables that must be set for it to have an effect.
    with: &'static [(&'static str, &'static str)],
}

const fn row(name: &'static str, right: &'static str, wrong: &'static str) -> Row {
    Row { name, right, wrong: Some(wrong), with: &[] }
}

/// The row of a variable that takes any text.
const fn text(name: &'static str, right: &'static str) -> Row {
    Row { name, right, wrong: None, with: &[] }
}

const fn with(row: Row, with: &'static [(&'static str, &'static str)]) -> Row {
    Row { with, ..row }
}

/// Otherwise a wrong endpoint would still select OTLP.
const TO_OTLP: &[(&str, &str)] = &[("OMEGI_EXPORTER_KIND", "otlp")];
const GRPC: &[(&str, &str)] =
    &[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "host:4317")];
const CLIENT_KEY: &[(&str, &str)] = &[("OTEL_EXPORTER_OTLP_CLIENT_KEY", "key.pem")];
const CLIENT_CERTIFICATE: &[(&str, &str)] = &[("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "client.pem")];

const TO_HTTP: &[(&str, &str)] = &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://host:4318")];
const TO_HTTPS: &[(&str, &str)] = &[("OTEL_EXPORTER_OTLP_ENDPOINT", "https://host:4318")];
const PROXIED: &[(&str, &str)] =
    &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://host:4318"), ("all_proxy", "http://proxy:3128")];

const METRICS: &[(&str, &str)] = &[REQUESTED];
const OTHER_CERTIFICATE: (&str, &str) = ("OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE", "other.pem");
const OTHER_KEY: (&str, &str) = ("OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY", "other.key");
const REQUESTED: (&str, &str) = ("OTEL_METRICS_EXPORTER", "otlp");

const TO_TLS: &[(&str, &str)] = &[("OMEGI_KAFKA_SECURITY_PROTOCOL", "ssl")];
const TLS_KEY: &[(&str, &str)] =
    &[("OMEGI_KAFKA_SECURITY_PROTOCOL", "ssl"), ("OMEGI_KAFKA_SSL_KEY_LOCATION", "key.pem")];
const TLS_CERTIFICATE: &[(&str, &str)] =
    &[("OMEGI_KAFKA_SECURITY_PROTOCOL", "ssl"), ("OMEGI_KAFKA_SSL_CERTIFICATE_LOCATION", "client.pem")];
const USERNAME: &[(&str, &str)] =
    &[("OMEGI_KAFKA_SECURITY_PROTOCOL", "sasl_ssl"), ("OMEGI_KAFKA_SASL_USERNAME", "me")];
const PASSWORD: &[(&str, &str)] =
    &[("OMEGI_KAFKA_SECURITY_PROTOCOL", "sasl_ssl"), ("OMEGI_KAFKA_SASL_PASSWORD", "hunter2")];
const LOGIN: &[(&str, &str)] = &[
    ("OMEGI_KAFKA_SECURITY_PROTOCOL", "sasl_ssl"),
    ("OMEGI_KAFKA_SASL_USERNAME", "me"),
    ("OMEGI_KAFKA_SASL_PASSWORD", "hunter2"),
];

const ROWS: &[Row] = &[
    text("OMEGI_SERVICE_NAME", "shop"),
    row("OTEL_RESOURCE_ATTRIBUTES", "a=1", "a"),
    row("OMEGI_RESOURCE_DETECTORS", "host", "hosts"),
    row("OMEGI_RESOURCE_ENVIRON", "true", "yes"),
    text("OMEGI_VCS_REVISION", "4f2a"),
    text("OMEGI_TOKEN", "hunter2"),
    text("OMEGI_PROJECT_ROOT", "/src"),
    row("OMEGI_FLOW_RATE", "100", "1 in 100"),
    row("OTEL_TRACES_SAMPLER", "always_on", "allways_on"),
    with(row("OTEL_TRACES_SAMPLER_ARG", "0.25", "1.5"), &[("OTEL_TRACES_SAMPLER", "traceidratio")]),
    row("OMEGI_ERRORS", "escaped", "caught"),
    row("OMEGI_IGNORED_ERRORS", r#"["NotFound"]"#, "NotFound"),
    row("OMEGI_ERROR_LIMIT", "10", "-1"),
    row("OMEGI_EXPORTER_KIND", "file", "files"),
    row("OTEL_PROPAGATORS", "b3", "b4"),
    text("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS", "GET,BREW"),
    row("OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN", "", "logs"),
    row("OMEGI_CONSOLE_FORMAT", "tree", "forest"),
    row("OMEGI_CONSOLE_STREAM", "stderr", "stdfoo"),
    row("OMEGI_RUN_MAX_SIZE", "1MiB", "lots"),
    text("NO_COLOR", "1"),
    row("OMEGI_SWITCH_OFF", "true", "1"),
    row("OMEGI_DEBUG", "true", "1"),
    row("OTEL_LOG_LEVEL", "error", "loud"),
    row("OMEGI_SECRET_MASKING_REGEX", r#"["ssn"]"#, "ssn"),
    row("OMEGI_ARGS", "always", "sometimes"),
    row("OMEGI_MEMORY", "8MiB", "8 lots"),
    text("OMEGI_SPOOL", "/var/spool/omegi"),
    row("OMEGI_SPOOL_SIZE", "2MiB", "2 lots"),
    row("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "9", "nine"),
    row("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "9", "nine"),
    row("OTEL_SPAN_EVENT_COUNT_LIMIT", "9", "nine"),
    row("OTEL_SPAN_LINK_COUNT_LIMIT", "9", "nine"),
    row("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "9", "nine"),
    row("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "9", "nine"),
    row("OTEL_BSP_SCHEDULE_DELAY", "9", "9s"),
    row("OMEGI_FLOW_WAIT", "9", "9s"),
    row("OMEGI_FLOW_OPEN", "9s", "9"),
    row("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "9", "0"),
    row("OTEL_BSP_EXPORT_TIMEOUT", "9", "9s"),
    text("OMEGI_FILE_PATH", "/var/flows.jsonl"),
    row("OMEGI_FILE_MAX_SIZE", "9MB", "9 lots"),
    row("OMEGI_FILE_MAX_FILES", "9", "nine"),
    row("OMEGI_FILE_FSYNC", "batch", "always"),
    row("OMEGI_SIGNALS", "true", "SIGTERM"),
    with(row("OTEL_EXPORTER_OTLP_ENDPOINT", "http://host:4318", "host:"), TO_OTLP),
    with(row("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://host:4318/t", "host:"), TO_OTLP),
    row("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc", "http"),
    row("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "a=b", "a"),
    with(row("OTEL_EXPORTER_OTLP_TRACES_INSECURE", "true", "1"), GRPC),
    text("OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "ca.pem"),
    with(text("OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE", "client.pem"), CLIENT_KEY),
    with(text("OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY", "key.pem"), CLIENT_CERTIFICATE),
    row("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "9", "9s"),
    row("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "gzip", "zip"),
    with(row("http_proxy", "http://proxy:3128", "ftp://proxy"), TO_HTTP),
    with(row("https_proxy", "socks5://proxy", "socks4://proxy"), TO_HTTPS),
    with(row("all_proxy", "proxy", "pro xy"), TO_HTTP),
    with(row("no_proxy", "10.0.0.0/8,host", "10.*"), PROXIED),
    row("OTEL_METRICS_EXPORTER", "otlp", "prometheus"),
    with(row("OTEL_METRIC_EXPORT_INTERVAL", "9", "0"), METRICS),
    with(row("OTEL_METRIC_EXPORT_TIMEOUT", "9", "9s"), METRICS),
    with(row("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "delta", "gamma"), METRICS),
    with(row("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://host:4318/m", "host:"), METRICS),
    // A variable for all signals sets metrics alone if flows have their own.
    with(
        row("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "grpc", "http"),
        &[REQUESTED, ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json")],
    ),
    with(
        row("OTEL_EXPORTER_OTLP_METRICS_HEADERS", "a=b", "a"),
        &[REQUESTED, ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "c=d")],
    ),
    with(
        row("OTEL_EXPORTER_OTLP_METRICS_INSECURE", "true", "1"),
        &[
            REQUESTED,
            ("OTEL_EXPORTER_OTLP_TRACES_INSECURE", "false"),
            ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "host:4317"),
        ],
    ),
    with(
        text("OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE", "ca.pem"),
        &[REQUESTED, ("OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "other.pem")],
    ),
    with(
        text("OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE", "client.pem"),
        &[REQUESTED, ("OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY", "key.pem"), OTHER_CERTIFICATE, OTHER_KEY],
    ),
    with(
        text("OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY", "key.pem"),
        &[
            REQUESTED,
            ("OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE", "client.pem"),
            OTHER_CERTIFICATE,
            OTHER_KEY,
        ],
    ),
    with(
        row("OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "9", "9s"),
        &[REQUESTED, ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "8")],
    ),
    with(
        row("OTEL_EXPORTER_OTLP_METRICS_COMPRESSION", "gzip", "zip"),
        &[REQUESTED, ("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "none")],
    ),
    row("OMEGI_KAFKA_SERVER", "one:9092,two:9092", "no broker"),
    row("OMEGI_KAFKA_ENCODING", "otlp_proto", "otlp_json"),
    row("OMEGI_KAFKA_TOPIC_ERROR", "shop.errors", "shop/errors"),
    row("OMEGI_KAFKA_TOPIC_FLOW", "shop.flows", "shop/flows"),
    row("OMEGI_KAFKA_TOPIC_SPANS", "shop.spans", "shop/spans"),
    row("OMEGI_KAFKA_MESSAGE_MAX_BYTES", "20000", "20"),
    row("OMEGI_KAFKA_SECURITY_PROTOCOL", "ssl", "tls"),
    with(text("OMEGI_KAFKA_SSL_CA_LOCATION", "ca.pem"), TO_TLS),
    with(text("OMEGI_KAFKA_SSL_CERTIFICATE_LOCATION", "client.pem"), TLS_KEY),
    with(text("OMEGI_KAFKA_SSL_KEY_LOCATION", "key.pem"), TLS_CERTIFICATE),
    with(row("OMEGI_KAFKA_SASL_MECHANISM", "SCRAM-SHA-256", "GSSAPI"), LOGIN),
    with(text("OMEGI_KAFKA_SASL_USERNAME", "me"), PASSWORD),
    with(text("OMEGI_KAFKA_SASL_PASSWORD", "hunter2"), USERNAME),
    row("OMEGI_KAFKA_PROPERTIES", "compression.codec=lz4", "compression.codec"),
    text("OMEGI_DEBUG_SPANDUMP", "/tmp/dump.jsonl"),
];

/// Returns the settings in a form that can be compared, and the lines of their problems.
fn outcome(code: Texts<'_>, environment: Texts<'_>) -> (String, Vec<String>) {
    let (settings, problems) = resolve_both(&program(true), environment, code);
    let settings = Settings { origins: Default::default(), ..settings };
    (format!("{settings:?}"), problems.iter().map(Problem::to_string).collect())
}

impl Row {
    fn variable(&self) -> &'static VariableEntry {
        table::ALL
            .iter()
            .find(|variable| variable.name == self.name)
            .unwrap_or_else(|| panic!("{}", self.name))
    }

    /// Returns the outcome of an environment with `more` and the variables that it needs.
    fn outcome(&self, more: &[(&str, &str)]) -> (String, Vec<String>) {
        outcome(&[], &[more, self.with].concat())
    }

    /// Returns the settings of an environment with `more`, which is right.
    #[track_caller]
    fn right(&self, more: &[(&str, &str)]) -> String {
        let (settings, problems) = self.outcome(more);
        assert_eq!(problems, [""; 0], "{more:?}");
        settings
    }

    fn default(&self) -> String {
        self.outcome(&[]).0
    }
}

#[test]
fn every_variable_that_has_an_effect_has_a_row() {
    let supported = table::ALL.iter().filter(|variable| variable.no_effect.is_none());
    let tried: BTreeSet<_> = ROWS.iter().map(|row| row.name).collect();
    assert_eq!(tried, supported.map(|variable| variable.name).collect());
}

#[test]
fn the_default_is_the_documented_one() {
    for row in ROWS {
        if let Fallback::Text(default) = row.variable().default {
            assert_eq!(row.right(&[(row.name, default)]), row.default(), "{}", row.name);
        }
    }
}

#[test]
fn a_right_value_is_used_under_each_name() {
    for row in ROWS {
        for name in row.variable().names() {
            let settings = row.right(&[(name, row.right)]);
            assert_eq!(settings != row.default(), !row.right.is_empty(), "{name}={}", row.right);
            assert_eq!(settings, row.right(&[(row.name, row.right)]), "{name}");
        }
    }
}

#[test]
fn blanks_around_a_value_do_not_belong_to_it() {
    for row in ROWS {
        let right = row.right(&[(row.name, row.right)]);
        for (before, after) in [("", "\n"), ("", "\r\n"), (" \t", " ")] {
            let value = format!("{before}{}{after}", row.right);
            let set = [(row.name, value.as_str())];
            assert_eq!(row.right(&set), right, "{}={value:?}", row.name);
            let code = outcome(&[&set, row.with].concat(), &[]);
            assert_eq!(code, (right.clone(), vec![]), "{}={value:?} in code", row.name);
        }
    }
}

#[test]
fn a_wrong_value_is_reported_under_its_name_and_the_default_holds() {
    for row in ROWS {
        let Some(wrong) = row.wrong else { continue };
        for name in row.variable().names() {
            let (settings, problems) = row.outcome(&[(name, wrong)]);
            assert_eq!(settings, row.default(), "{name}={wrong}");
            assert!(
                matches!(&*problems, [line] if line.starts_with(name) && line.contains("; using ")),
                "{name}={wrong}: {problems:?}"
            );
        }
    }
}

#[test]
fn of_two_names_the_first_wins_unless_it_is_wrong() {
    for row in ROWS {
        let names: Vec<_> = row.variable().names().collect();
        let right = row.right(&[(row.name, row.right)]);
        for other in names.iter().skip(1) {
            let unlike = row.wrong.unwrap_or("something else");
            assert_eq!(row.right(&[(row.name, row.right), (other, unlike)]), right, "{other}");
            if let Some(wrong) = row.wrong {
                let (settings, problems) = row.outcome(&[(row.name, wrong), (other, row.right)]);
                assert_eq!((settings, problems.len()), (right.clone(), 1), "{other}");
            }
        }
    }
}

#[test]
fn the_environment_wins_over_code_unless_it_is_wrong() {
    for row in ROWS {
        let right = row.right(&[(row.name, row.right)]);
        let code = [(row.name, row.right)];
        assert_eq!(outcome(&[&code, row.with].concat(), &[]).0, right, "{}", row.name);
        let Some(wrong) = row.wrong.filter(|_| !row.right.is_empty()) else { continue };
        let set = [(row.name, wrong)];
        assert_eq!(outcome(&[&code, row.with].concat(), &set).0, right, "{}", row.name);
        let environment = [&code, row.with].concat();
        assert_eq!(outcome(&set, &environment), (right, Vec::new()), "{}", row.name);
    }
}
