//! The export of metrics: on request, by variables of their own or those for all signals.

use std::time::Duration;

use super::super::metrics::Temporality;
use super::*;

const REQUESTED: (&str, &str) = ("OTEL_METRICS_EXPORTER", "otlp");

/// Adds the request for metrics to `variables`.
fn requested<'v>(variables: &[(&'v str, &'v str)]) -> Vec<(&'v str, &'v str)> {
    [&[REQUESTED], variables].concat()
}

#[test]
fn metrics_are_sent_on_request_only() {
    let alone = "cannot be used: omegi sends metrics over OTLP alone; using ";
    check(
        |settings| settings.metrics.is_some(),
        &[
            (&[], false, &[]),
            (&[("OTEL_METRICS_EXPORTER", "none")], false, &[]),
            (&[("OTEL_METRICS_EXPORTER", "OTLP")], true, &[]),
            (
                &[("OTEL_METRICS_EXPORTER", "prometheus")],
                false,
                &[&format!("OTEL_METRICS_EXPORTER holds \"prometheus\", which {alone}none")],
            ),
            (
                &[("OTEL_METRICS_EXPORTER", "console,otlp")],
                true,
                &[&format!("OTEL_METRICS_EXPORTER holds \"console\", which {alone}otlp")],
            ),
            (
                &[("OTEL_METRICS_EXPORTER", "otlp,none")],
                true,
                &["OTEL_METRICS_EXPORTER holds \"none\", which contradicts the other exporters in the \
                    list; using otlp"],
            ),
            (
                &[("OTEL_METRICS_EXPORTER", "otpl")],
                false,
                &["OTEL_METRICS_EXPORTER holds \"otpl\", which is not one of otlp, none (did you mean \
                    otlp?); using none"],
            ),
        ],
    );
}

#[test]
fn metrics_without_the_cargo_feature_otlp_are_reported() {
    let (settings, problems) = resolve_in(&program(false), &[REQUESTED]);
    assert!(settings.metrics.is_none());
    assert_eq!(problems.len(), 1);
    assert!(problems[0].contains("without omegi's cargo feature `otlp`"), "{problems:?}");
}

#[test]
fn times_and_temporality() {
    let pick = |settings: Settings| {
        let metrics = settings.metrics.unwrap();
        let milliseconds = |time: Duration| time.as_millis();
        (milliseconds(metrics.interval), milliseconds(metrics.otlp.timeout), metrics.temporality)
    };
    use Temporality::{Cumulative, Delta};
    let temporality = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE";
    check(
        pick,
        &[
            (&requested(&[]), (60_000, 10_000, Cumulative), &[]),
            (
                &requested(&[("OTEL_METRIC_EXPORT_INTERVAL", "1"), (temporality, "Delta")]),
                (1, 10_000, Delta),
                &[],
            ),
            (
                &requested(&[("OTEL_METRIC_EXPORT_TIMEOUT", "700"), (temporality, "lowmemory")]),
                (60_000, 700, Cumulative),
                &[],
            ),
            (
                &requested(&[
                    ("OTEL_METRIC_EXPORT_TIMEOUT", "0"),
                    ("OTEL_EXPORTER_OTLP_TIMEOUT", "2"),
                    ("OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "900"),
                ]),
                (60_000, 900, Cumulative),
                &[],
            ),
            (
                &requested(&[
                    ("OTEL_METRIC_EXPORT_INTERVAL", "0"),
                    ("OTEL_METRIC_EXPORT_TIMEOUT", "1s"),
                    (temporality, "deltas"),
                ]),
                (60_000, 10_000, Cumulative),
                &[
                    "OTEL_METRIC_EXPORT_TIMEOUT=\"1s\" is not a whole number (0, 1, 2 …); using 30000",
                    "OTEL_METRIC_EXPORT_INTERVAL=\"0\" is not between 1 and 4294967295; using 60000",
                    "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=\"deltas\" is not one of cumulative, \
                     delta, lowmemory (did you mean delta?); using cumulative",
                ],
            ),
        ],
    );
}

#[test]
fn the_endpoint_is_that_of_all_signals_unless_metrics_have_their_own() {
    use OtlpProtocol::{Grpc, HttpJson, HttpProtobuf};
    let shared = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://shared/");
    let traces = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://traces/path");
    let own = ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://own/path");
    let grpc = ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "grpc");
    let way = |endpoint: &str, protocol| (endpoint.to_owned(), protocol);
    check(
        |settings| {
            let otlp = settings.metrics.unwrap().otlp;
            (otlp.endpoint.as_str().to_owned(), otlp.protocol)
        },
        &[
            (&requested(&[]), way("http://localhost:4318/v1/metrics", HttpProtobuf), &[]),
            (&requested(&[shared, traces]), way("http://shared/v1/metrics", HttpProtobuf), &[]),
            (&requested(&[shared, own]), way("http://own/path", HttpProtobuf), &[]),
            (&requested(&[grpc]), way("http://localhost:4317", Grpc), &[]),
            (
                &requested(&[("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"), shared]),
                way("http://shared/v1/metrics", HttpJson),
                &[],
            ),
            (
                &requested(&[("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "own:1"), shared]),
                way("http://shared/v1/metrics", HttpProtobuf),
                &["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=\"own:1\" is not a URL such as \
                   http://localhost:4318; using \"http://shared/v1/metrics\""],
            ),
        ],
    );
}

#[test]
fn headers_certificates_and_compression_of_their_own() {
    let settings = right(&requested(&[
        ("OMEGI_TOKEN", "t"),
        ("OTEL_EXPORTER_OTLP_METRICS_HEADERS", "a=1"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "b=2"),
        ("OTEL_EXPORTER_OTLP_METRICS_COMPRESSION", "gzip"),
        ("OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE", "/own.pem"),
        ("OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE", "/client.pem"),
        ("OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY", "/client.key"),
    ]));
    let otlp = settings.metrics.unwrap().otlp;
    let headers: Vec<_> = otlp.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(headers, [("a", "1"), ("authorization", "Bearer t")]);
    assert_eq!((otlp.compression, settings.otlp.compression), (Compression::Gzip, Compression::None));
    assert_eq!((otlp.certificate, settings.otlp.certificate), (Some("/own.pem".into()), None));
    assert_eq!(
        (otlp.client_certificate.zip(otlp.client_key).is_some(), settings.otlp.client_key),
        (true, None)
    );
}

#[test]
fn a_problem_for_all_signals_is_reported_once_and_one_with_unused_metrics_never() {
    let wrong = ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318");
    let half = ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "/client.key");
    let (_, problems) = resolve(&requested(&[wrong, half]));
    assert_eq!(
        problems,
        [
            "OTEL_EXPORTER_OTLP_ENDPOINT=\"localhost:4318\" is not a URL such as http://localhost:4318; \
             using \"http://localhost:4318/v1/traces\"",
            "OTEL_EXPORTER_OTLP_CLIENT_KEY=\"/client.key\" has no effect without \
             OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE; using no client certificate",
        ]
    );
    right(&[
        ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "localhost:4318"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "often"),
    ]);
}
