//! The table of everything that can be set from outside: what parsing is driven by and what documentation is
//! made of.

use std::fmt::Write;

/// One thing that can be set through the environment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Variable {
    /// The name that wins.
    pub(super) name: &'static str,
    /// Names that are read where the ones before them are unset or wrong, in this order.
    pub(super) aliases: &'static [&'static str],
    /// What is used where no name is set.
    pub(super) default: Fallback,
    /// What it means, in one line.
    pub(super) meaning: &'static str,
    /// How much of its value may be shown.
    pub(super) privacy: Privacy,
    /// Why setting it has no effect yet, if that is so.
    pub(super) missing: Option<&'static str>,
}

/// What is used where a variable is not set.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fallback {
    /// This text, read by the variable's own parser: so the documented default is the real one.
    Text(&'static str),
    /// What this sentence says.
    Rule(&'static str),
}

/// How much of a value may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Privacy {
    /// All of it.
    Public,
    /// All but the credentials and the query of a URL.
    Url,
    /// Of `name=value,name=value` only the names, where they are names beyond doubt.
    Pairs,
    /// Nothing.
    Secret,
}

impl Variable {
    const fn new(name: &'static str, default: Fallback, meaning: &'static str) -> Self {
        Self { name, aliases: &[], default, meaning, privacy: Privacy::Public, missing: None }
    }

    const fn or(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    /// The same for metrics: what is set for all signals holds where nothing is set under `name`.
    const fn for_metrics(self, name: &'static str) -> Self {
        let meaning = "for metrics what the variable with `TRACES` in this place is for flows";
        Self { name, meaning, ..self }
    }

    const fn private(self, privacy: Privacy) -> Self {
        Self { privacy, ..self }
    }

    const fn missing(self, why: &'static str) -> Self {
        Self { missing: Some(why), ..self }
    }

    /// The default, of a variable that has one which can be parsed.
    pub(super) fn default_text(&self) -> &'static str {
        match self.default {
            Text(text) => text,
            Rule(_) => unreachable!("{} has no default that could be parsed", self.name),
        }
    }

    /// The default as it is told to people.
    pub(super) const fn default_shown(&self) -> &'static str {
        match self.default {
            Text(text) | Rule(text) => text,
        }
    }

    /// Every name, the one that wins first.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }
}

/// Names each variable and lists them all, so that none can be in use and missing from the list.
macro_rules! variables {
    ($($id:ident = $variable:expr;)*) => {
        $(pub(super) static $id: Variable = $variable;)*

        /// Every variable, in the order of the documentation.
        pub(super) static ALL: &[&Variable] = &[$(&$id),*];
    };
}

use Fallback::{Rule, Text};

variables! {
    SERVICE_NAME = Variable::new(
        "OMEGI_SERVICE_NAME",
        Rule("`service.name` in `OTEL_RESOURCE_ATTRIBUTES`, else `unknown_service:<executable>`"),
        "resource `service.name`",
    ).or(&["OTEL_SERVICE_NAME"]);

    RESOURCE_ATTRIBUTES = Variable::new(
        "OTEL_RESOURCE_ATTRIBUTES",
        Rule("none"),
        "resource attributes, over what detectors and code say: `key=value,key=value`, percent-encoded",
    ).private(Privacy::Pairs);

    RESOURCE_DETECTORS = Variable::new(
        "OMEGI_RESOURCE_DETECTORS",
        Text("process,host,os,container,k8s,ecs"),
        "what is found out for the resource: a comma list of these, or `none`",
    );

    RESOURCE_ENVIRON = Variable::new(
        "OMEGI_RESOURCE_ENVIRON",
        Text("false"),
        "`true`: the resource holds the environment's variables (`process.environment_variable.<name>`), secrets masked",
    );

    VCS_REVISION = Variable::new(
        "OMEGI_VCS_REVISION",
        Rule("what it was when omegi was built"),
        "resource `vcs.ref.head.revision`: the version of the source that runs",
    );

    TOKEN = Variable::new(
        "OMEGI_TOKEN",
        Rule("none"),
        "credential: `token` in Kafka messages, `authorization: Bearer <token>` on OTLP unless `OTEL_EXPORTER_OTLP_HEADERS` sets that header",
    ).private(Privacy::Secret);

    PROJECT_ROOT = Variable::new(
        "OMEGI_PROJECT_ROOT",
        Rule("the workspace root"),
        "recorded file paths below it are told relative to it; those of the workspace's own packages stay as the compiler writes \
         them: relative to the workspace",
    );

    FLOW_RATE = Variable::new(
        "OMEGI_FLOW_RATE",
        Text("5"),
        "keep 1 in N flows that had no error; `1` keeps all, `0` keeps only flows with an error",
    );

    SAMPLER = Variable::new(
        "OTEL_TRACES_SAMPLER",
        Rule("as `OMEGI_FLOW_RATE` says"),
        "where `OMEGI_FLOW_RATE` is unset: which flows without an error are kept. `always_on`, `always_off` (none: only those with an \
         error), `traceidratio`; with `parentbased_` before it: as the calling service has decided, and by this only where the \
         flow began here",
    );

    SAMPLER_ARG = Variable::new(
        "OTEL_TRACES_SAMPLER_ARG",
        Text("1"),
        "the share that `traceidratio` keeps, from `0` to `1`",
    );

    ERRORS = Variable::new(
        "OMEGI_ERRORS",
        Text("any"),
        "for which errors a flow is kept in spite of sampling: `any`, or `escaped`: those that left the root of the flow, or of a \
         task or thread of it",
    );

    IGNORED_ERRORS = Variable::new(
        "OMEGI_IGNORED_ERRORS",
        Text("[]"),
        "JSON list of regexes: an error in whose `type: message` one is found (`NotFound: `, `^panic: `) is no reason to keep a flow",
    );

    ERROR_LIMIT = Variable::new(
        "OMEGI_ERROR_LIMIT",
        Text("1000"),
        "so many flows a minute are kept for the same kind of error, which is its type and the function that it began in; the \
         others are counted in `omegi.flow.suppressed` of the next one; `0` is no limit",
    );

    EXPORTER_KIND = Variable::new(
        "OMEGI_EXPORTER_KIND",
        Rule("`otlp` where an OTLP endpoint is set, else `console`, or nothing beside exporters of the program's own"),
        "where kept flows go: a comma list of `console`, `otlp`, `file` and `kafka`, or `none`",
    ).or(&["OTEL_TRACES_EXPORTER"]);

    PROPAGATORS = Variable::new(
        "OTEL_PROPAGATORS",
        Text("tracecontext,baggage"),
        "headers that carry traces between services: a comma list of `tracecontext`, `baggage`, `b3`, `b3multi` and \
         `jaeger`, or `none`",
    );

    KNOWN_METHODS = Variable::new(
        "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS",
        Text("CONNECT,DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT,TRACE"),
        "methods of HTTP that spans are named by; any other is `_OTHER`",
    );

    EXCEPTION_SIGNAL = Variable::new(
        "OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN",
        Rule("a span event"),
        "how an error is told besides the span's status. `logs` and `logs/dup` are answered with a line, and the span event stays: \
         omegi exports no logs",
    );

    CONSOLE_FORMAT = Variable::new(
        "OMEGI_CONSOLE_FORMAT",
        Rule("`tree` on a terminal, `json` otherwise"),
        "how the console exporter writes: `tree`, `json`",
    );

    CONSOLE_STREAM = Variable::new(
        "OMEGI_CONSOLE_STREAM",
        Rule("`stdout`; under `cargo omegi` `stderr`"),
        "where the console exporter writes: `stdout`, `stderr`, or a path with a `/` in it: a file to append to",
    );

    NO_COLOR = Variable::new(
        "NO_COLOR",
        Rule("colours on a terminal"),
        "any value: the console exporter uses no colours (<https://no-color.org>)",
    );

    SWITCH_OFF = Variable::new(
        "OMEGI_SWITCH_OFF",
        Text("false"),
        "`true`: record nothing, start nothing",
    ).or(&["OTEL_SDK_DISABLED"]);

    DEBUG = Variable::new(
        "OMEGI_DEBUG",
        Text("false"),
        "`true`: omegi's own diagnostics on stderr: each setting and where it comes from, at last what was recorded, kept and lost",
    );

    LOG_LEVEL = Variable::new(
        "OTEL_LOG_LEVEL",
        Text("info"),
        "what omegi itself says on stderr: `none`; `error`: what is lost; `warn` and `info`: also settings that cannot be used, and \
         wrong use; `debug`: as with `OMEGI_DEBUG=true`, where that is unset",
    );

    SECRET_MASKING_REGEX = Variable::new(
        "OMEGI_SECRET_MASKING_REGEX",
        Text(r#"[".*pass.*",".*key.*",".*secret.*",".*credential.*",".*token.*",".*authorization.*"]"#),
        "JSON list of case-insensitive regexes, matched from a name's beginning; a value under a matching name \
         leaves the process as `****`",
    );

    ARGS = Variable::new(
        "OMEGI_ARGS",
        Text("off"),
        "arguments and returns of functions that do not say for themselves: `off`, `sampled` (in head-sampled \
         flows), `always`",
    );

    MEMORY = Variable::new(
        "OMEGI_MEMORY",
        Text("64MiB"),
        "bound on everything that is recorded and not yet exported; at least `1MiB`",
    );

    SPOOL = Variable::new(
        "OMEGI_SPOOL",
        Rule("none"),
        "a folder in which flows with an error wait for a backend that is down when they fill half of the memory, or the \
         program ends; they are exported after the next start",
    );

    SPOOL_SIZE = Variable::new(
        "OMEGI_SPOOL_SIZE",
        Text("64MiB"),
        "bound on what one process keeps there; at least `1MiB`",
    );

    ATTRIBUTE_VALUE_LENGTH = Variable::new(
        "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
        Text("2048"),
        "characters that are kept of an attribute's text",
    ).or(&["OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"]);

    ATTRIBUTE_COUNT = Variable::new(
        "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
        Text("128"),
        "attributes of a span that are kept; those beyond are counted on it, as are events and links",
    ).or(&["OTEL_ATTRIBUTE_COUNT_LIMIT"]);

    EVENT_COUNT = Variable::new(
        "OTEL_SPAN_EVENT_COUNT_LIMIT",
        Text("128"),
        "events of a span that are kept; one that tells of an error comes before others",
    );

    LINK_COUNT = Variable::new("OTEL_SPAN_LINK_COUNT_LIMIT", Text("128"), "links of a span that are kept");

    EVENT_ATTRIBUTE_COUNT = Variable::new(
        "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT",
        Text("128"),
        "attributes of an event that are kept",
    );

    LINK_ATTRIBUTE_COUNT = Variable::new(
        "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT",
        Text("128"),
        "attributes of a link that are kept",
    );

    SCHEDULE_DELAY = Variable::new(
        "OTEL_BSP_SCHEDULE_DELAY",
        Text("100"),
        "longest time in milliseconds that a kept flow waits for others before it is exported",
    );

    FLOW_WAIT = Variable::new(
        "OMEGI_FLOW_WAIT",
        Text("5000"),
        "longest time in milliseconds that what has ended of a flow waits for the tasks and threads which the flow started, before it \
         is decided without them",
    );

    MAX_EXPORT_BATCH = Variable::new(
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
        Text("512"),
        "spans after which flows are exported without waiting longer",
    );

    FLUSH_TIMEOUT = Variable::new(
        "OTEL_BSP_EXPORT_TIMEOUT",
        Text("5000"),
        "longest time in milliseconds that one export to Kafka, and the program's end for exporters, wait; `0` is no limit",
    );

    FILE_PATH = Variable::new(
        "OMEGI_FILE_PATH",
        Text("omegi-flows.jsonl"),
        "where the file exporter writes, one OTLP/JSON `TracesData` per line",
    );

    FILE_MAX_SIZE = Variable::new(
        "OMEGI_FILE_MAX_SIZE",
        Text("64MiB"),
        "size from which on that file is put aside as `<path>.1`; `0` is no limit",
    );

    FILE_MAX_FILES = Variable::new(
        "OMEGI_FILE_MAX_FILES",
        Text("5"),
        "how many such files there are at most, with the one that is written to",
    );

    FILE_FSYNC = Variable::new(
        "OMEGI_FILE_FSYNC",
        Text("never"),
        "when the system is asked to write the file to the disk: `never`, `batch` (after each batch of flows)",
    );

    SIGNALS = Variable::new(
        "OMEGI_SIGNALS",
        Text("false"),
        "`true`: SIGTERM and SIGINT end the program after what is decided was exported, unless the program handled them before \
         `init`; needs the cargo feature `signals`",
    );

    OTLP_ENDPOINT = Variable::new(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        Rule("`http://localhost:4318`; with `grpc` `http://localhost:4317`"),
        "base URL of an OpenTelemetry backend; `/v1/traces` or `/v1/metrics` is appended unless the protocol is `grpc`; with \
         `https` the connection is encrypted",
    ).private(Privacy::Url);

    OTLP_TRACES_ENDPOINT = Variable::new(
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        Rule("from `OTEL_EXPORTER_OTLP_ENDPOINT`"),
        "URL to which flows are sent, used as it is",
    ).private(Privacy::Url);

    OTLP_PROTOCOL = Variable::new(
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
        Text("http/protobuf"),
        "`http/protobuf`, `http/json`, `grpc`",
    ).or(&["OTEL_EXPORTER_OTLP_PROTOCOL"]);

    OTLP_HEADERS = Variable::new(
        "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
        Rule("none"),
        "headers of each OTLP request: `name=value,name=value`, percent-encoded",
    ).or(&["OTEL_EXPORTER_OTLP_HEADERS"]).private(Privacy::Pairs);

    OTLP_INSECURE = Variable::new(
        "OTEL_EXPORTER_OTLP_TRACES_INSECURE",
        Text("false"),
        "`true`: with `grpc` an endpoint without a scheme is `http`, not `https`",
    ).or(&["OTEL_EXPORTER_OTLP_INSECURE"]);

    OTLP_CERTIFICATE = Variable::new(
        "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE",
        Rule("what the system trusts"),
        "PEM file: the certificates that the backend's is verified by",
    ).or(&["OTEL_EXPORTER_OTLP_CERTIFICATE"]);

    OTLP_CLIENT_CERTIFICATE = Variable::new(
        "OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE",
        Rule("none"),
        "PEM file: the certificate that the backend verifies the program by",
    ).or(&["OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"]);

    OTLP_CLIENT_KEY = Variable::new(
        "OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY",
        Rule("none"),
        "PEM file: the key of that certificate",
    ).or(&["OTEL_EXPORTER_OTLP_CLIENT_KEY"]);

    OTLP_TIMEOUT = Variable::new(
        "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
        Text("10000"),
        "longest time in milliseconds for one OTLP export; `0` is no limit",
    ).or(&["OTEL_EXPORTER_OTLP_TIMEOUT"]);

    OTLP_COMPRESSION = Variable::new(
        "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION",
        Text("none"),
        "of OTLP requests: `none`, `gzip`",
    ).or(&["OTEL_EXPORTER_OTLP_COMPRESSION"]);

    METRICS_EXPORTER = Variable::new(
        "OTEL_METRICS_EXPORTER",
        Text("none"),
        "`otlp`: the figures of `omegi::health()` are sent as metrics, with the cargo feature `otlp`. The specification's default is \
         `otlp`, which would send what nobody has asked for; of its other exporters omegi has none",
    );

    METRIC_INTERVAL = Variable::new(
        "OTEL_METRIC_EXPORT_INTERVAL",
        Text("60000"),
        "time in milliseconds from one export of metrics to the next; the last one is at the program's end",
    );

    METRIC_TIMEOUT = Variable::new(
        "OTEL_METRIC_EXPORT_TIMEOUT",
        Text("30000"),
        "longest time in milliseconds for one export of metrics; `0` is no limit. What is set for one OTLP export holds as well",
    );

    OTLP_METRICS_TEMPORALITY = Variable::new(
        "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
        Text("cumulative"),
        "what metrics count from: `cumulative`: the start of omegi; `delta`: the last export that arrived, but for sizes, which stay \
         what they are; `lowmemory`: here the same as `cumulative`, as all figures are read when they are exported",
    );

    OTLP_METRICS_ENDPOINT = Variable::new(
        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
        Rule("from `OTEL_EXPORTER_OTLP_ENDPOINT`"),
        "URL to which metrics are sent, used as it is",
    ).private(Privacy::Url);

    OTLP_METRICS_PROTOCOL = OTLP_PROTOCOL.for_metrics("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL");

    OTLP_METRICS_HEADERS = OTLP_HEADERS.for_metrics("OTEL_EXPORTER_OTLP_METRICS_HEADERS");

    OTLP_METRICS_INSECURE = OTLP_INSECURE.for_metrics("OTEL_EXPORTER_OTLP_METRICS_INSECURE");

    OTLP_METRICS_CERTIFICATE = OTLP_CERTIFICATE.for_metrics("OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE");

    OTLP_METRICS_CLIENT_CERTIFICATE =
        OTLP_CLIENT_CERTIFICATE.for_metrics("OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE");

    OTLP_METRICS_CLIENT_KEY = OTLP_CLIENT_KEY.for_metrics("OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY");

    OTLP_METRICS_TIMEOUT = OTLP_TIMEOUT.for_metrics("OTEL_EXPORTER_OTLP_METRICS_TIMEOUT");

    OTLP_METRICS_COMPRESSION = OTLP_COMPRESSION.for_metrics("OTEL_EXPORTER_OTLP_METRICS_COMPRESSION");

    KAFKA_SERVER = Variable::new(
        "OMEGI_KAFKA_SERVER",
        Text("localhost:9092"),
        "Kafka's brokers, or some of them: a comma list of `host:port`",
    ).or(&["OMEGI_KAFKA_CONFIG"]).private(Privacy::Url);

    KAFKA_ENCODING = Variable::new(
        "OMEGI_KAFKA_ENCODING",
        Text("omegi"),
        "what Kafka messages hold: `omegi`: JSON for Omegi's collect server; `otlp_proto`: OTLP's `TracesData`, for the \
         OpenTelemetry Collector's Kafka receiver",
    );

    KAFKA_TOPIC_ERROR = Variable::new(
        "OMEGI_KAFKA_TOPIC_ERROR",
        Text("error"),
        "with `omegi`: topic of flows with an error",
    );

    KAFKA_TOPIC_FLOW = Variable::new(
        "OMEGI_KAFKA_TOPIC_FLOW",
        Text("flow"),
        "with `omegi`: topic of flows without an error",
    );

    KAFKA_TOPIC_SPANS = Variable::new(
        "OMEGI_KAFKA_TOPIC_SPANS",
        Text("otlp_spans"),
        "with `otlp_proto`: topic of all flows",
    );

    KAFKA_MESSAGE_MAX_BYTES = Variable::new(
        "OMEGI_KAFKA_MESSAGE_MAX_BYTES",
        Text("1000000"),
        "size of the largest Kafka message, of which brokers take 1048588 unless told otherwise; larger flows are cut, or \
         with `otlp_proto` sent in pieces",
    );

    KAFKA_SECURITY_PROTOCOL = Variable::new(
        "OMEGI_KAFKA_SECURITY_PROTOCOL",
        Text("plaintext"),
        "`plaintext`, `ssl`, `sasl_plaintext`, `sasl_ssl`",
    );

    KAFKA_SSL_CA_LOCATION = Variable::new(
        "OMEGI_KAFKA_SSL_CA_LOCATION",
        Rule("those that the system trusts"),
        "certificates that brokers' certificates are checked by: a PEM file, or a folder of them",
    );

    KAFKA_SSL_CERTIFICATE_LOCATION = Variable::new(
        "OMEGI_KAFKA_SSL_CERTIFICATE_LOCATION",
        Rule("none"),
        "the certificate that is shown to brokers: a PEM file",
    );

    KAFKA_SSL_KEY_LOCATION = Variable::new(
        "OMEGI_KAFKA_SSL_KEY_LOCATION",
        Rule("none"),
        "the private key of that certificate: a PEM file",
    );

    KAFKA_SASL_MECHANISM = Variable::new(
        "OMEGI_KAFKA_SASL_MECHANISM",
        Text("PLAIN"),
        "how to log in, with `sasl_plaintext` and `sasl_ssl`: `PLAIN`, `SCRAM-SHA-256`, `SCRAM-SHA-512`",
    );

    KAFKA_SASL_USERNAME = Variable::new("OMEGI_KAFKA_SASL_USERNAME", Rule("none"), "who logs in");

    KAFKA_SASL_PASSWORD = Variable::new("OMEGI_KAFKA_SASL_PASSWORD", Rule("none"), "with which password")
        .private(Privacy::Secret);

    KAFKA_PROPERTIES = Variable::new(
        "OMEGI_KAFKA_PROPERTIES",
        Rule("none"),
        "further properties of librdkafka: `name=value,name=value`, percent-encoded, such as `compression.codec=lz4`",
    ).private(Privacy::Pairs);

    DEBUG_SPANDUMP = Variable::new(
        "OMEGI_DEBUG_SPANDUMP",
        Rule("none"),
        "a path: a copy of every exported flow, one OTLP/JSON `TracesData` per line",
    );

    OVERHEAD = Variable::new(
        "OMEGI_OVERHEAD",
        Text("5%"),
        "CPU share that recording may take before cheap, hot functions are summarised instead of recorded",
    ).missing("this version has no overhead governor");
}

/// Whether all of the variable's value may be shown, as far as its being one of ours tells.
pub(super) fn is_public(name: &str) -> bool {
    let known = ALL.iter().find(|variable| variable.names().any(|known| known == name));
    known.is_none_or(|variable| variable.privacy == Privacy::Public)
}

/// The whole table as Markdown, as `docs/settings.md` shows it.
///
/// ```text
/// | variable | default | meaning |
/// |---|---|---|
/// | `OMEGI_FLOW_RATE` | `5` | keep 1 in N flows … |
/// ```
#[must_use]
pub fn markdown_table() -> String {
    let mut table = String::from("| variable | default | meaning |\n|---|---|---|\n");
    for variable in ALL {
        let _ = writeln!(
            table,
            "| {} | {} | {} |",
            names_cell(variable),
            default_cell(variable),
            meaning_cell(variable)
        );
    }
    table
}

fn names_cell(variable: &Variable) -> String {
    let quoted: Vec<_> = variable.names().map(|name| format!("`{name}`")).collect();
    quoted.join(", else ")
}

fn default_cell(variable: &Variable) -> String {
    match variable.default {
        Text(text) => format!("`{text}`"),
        Rule(sentence) => sentence.to_owned(),
    }
}

fn meaning_cell(variable: &Variable) -> String {
    match variable.missing {
        None => variable.meaning.to_owned(),
        Some(why) => format!("{} (*no effect yet: {why}*)", variable.meaning),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_name_stands_in_the_table_once_but_for_what_is_set_for_all_signals() {
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
