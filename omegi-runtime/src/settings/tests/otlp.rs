//! Requests to an OpenTelemetry backend.

use std::time::Duration;

use super::*;

#[test]
fn otlp_endpoint_and_protocol() {
    use OtlpProtocol::{Grpc, HttpJson, HttpProtobuf};
    let grpc = ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    let shared = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://shared/base/");
    let own = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://own/path");
    let shared_is_wrong = ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318");
    let wrong =
        "OTEL_EXPORTER_OTLP_ENDPOINT=\"localhost:4318\" is not a URL such as http://localhost:4318; using ";
    let wrong_local = format!("{wrong}\"http://localhost:4318/v1/traces\"");
    let wrong_own = format!("{wrong}\"https://own/path\"");
    check(
        |settings| (settings.otlp.protocol, settings.otlp.endpoint.as_str().to_owned()),
        &[
            (&[], (HttpProtobuf, "http://localhost:4318/v1/traces".to_owned()), &[]),
            (&[grpc], (Grpc, "http://localhost:4317".to_owned()), &[]),
            (&[shared], (HttpProtobuf, "http://shared/base/v1/traces".to_owned()), &[]),
            (&[shared, grpc], (Grpc, "http://shared/base/".to_owned()), &[]),
            (&[shared, own], (HttpProtobuf, "https://own/path".to_owned()), &[]),
            (&[own, grpc], (Grpc, "https://own/path".to_owned()), &[]),
            (
                &[grpc, ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf")],
                (HttpProtobuf, "http://localhost:4318/v1/traces".to_owned()),
                &[],
            ),
            (
                &[shared_is_wrong],
                (HttpProtobuf, "http://localhost:4318/v1/traces".to_owned()),
                &[&wrong_local],
            ),
            (&[shared_is_wrong, own], (HttpProtobuf, "https://own/path".to_owned()), &[&wrong_own]),
            (
                &[
                    ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"),
                    ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http"),
                ],
                (HttpJson, "http://localhost:4318/v1/traces".to_owned()),
                &["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=\"http\" is not one of http/protobuf, http/json, \
                     grpc; using OTEL_EXPORTER_OTLP_PROTOCOL=\"http/json\""],
            ),
        ],
    );
}

#[test]
fn a_grpc_endpoint_may_have_no_scheme() {
    let grpc = ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    let schemeless = ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317");
    let with_scheme = ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector:4317");
    let insecure = ("OTEL_EXPORTER_OTLP_INSECURE", "true");
    let secure_traces = ("OTEL_EXPORTER_OTLP_TRACES_INSECURE", "false");
    check(
        |settings| settings.otlp.endpoint.as_str().to_owned(),
        &[
            (&[grpc, schemeless], "https://collector:4317".to_owned(), &[]),
            (&[grpc, schemeless, insecure], "http://collector:4317".to_owned(), &[]),
            (&[grpc, schemeless, insecure, secure_traces], "https://collector:4317".to_owned(), &[]),
            (&[grpc, with_scheme, insecure], "https://collector:4317".to_owned(), &[]),
            (
                &[schemeless, insecure],
                "http://localhost:4318/v1/traces".to_owned(),
                &["OTEL_EXPORTER_OTLP_ENDPOINT=\"collector:4317\" is not a URL such as \
                   http://localhost:4318; using \"http://localhost:4318/v1/traces\""],
            ),
        ],
    );
}

#[test]
fn otlp_certificates() {
    let own = ("OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "/own.pem");
    let shared = ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/shared.pem");
    let certificate = ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "/client.pem");
    let key = ("OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY", "/client.key");
    let pair = || Some(("/client.pem".into(), "/client.key".into()));
    check(
        |settings| {
            (settings.otlp.certificate, settings.otlp.client_certificate.zip(settings.otlp.client_key))
        },
        &[
            (&[], (None, None), &[]),
            (&[own, shared], (Some("/own.pem".into()), None), &[]),
            (&[shared, certificate, key], (Some("/shared.pem".into()), pair()), &[]),
            (
                &[certificate],
                (None, None),
                &["OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE=\"/client.pem\" has no effect without \
                   OTEL_EXPORTER_OTLP_CLIENT_KEY; using no client certificate"],
            ),
            (
                &[key],
                (None, None),
                &["OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY=\"/client.key\" has no effect without \
                   OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE; using no client certificate"],
            ),
        ],
    );
}

#[test]
fn otlp_headers() {
    let name = "OTEL_EXPORTER_OTLP_HEADERS";
    let token = ("OMEGI_TOKEN", "t");
    let pick = |settings: Settings| {
        let headers = settings.otlp.headers.into_iter();
        headers.map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>()
    };
    let list = |headers: &[&str]| headers.iter().map(|header| (*header).to_owned()).collect();
    check(
        pick,
        &[
            (&[], list(&[]), &[]),
            (&[(name, "X-Tenant=a%2Cb, k = v ")], list(&["x-tenant: a,b", "k: v"]), &[]),
            (&[token], list(&["authorization: Bearer t"]), &[]),
            (&[token, (name, "k=v")], list(&["k: v", "authorization: Bearer t"]), &[]),
            (&[token, (name, "Authorization=Basic%20x")], list(&["authorization: Basic x"]), &[]),
            (&[("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "a=1"), (name, "b=2")], list(&["a: 1"]), &[]),
            (
                &[(name, "hunter2,a b=hunter2,c=hunter%0A2,d=1")],
                list(&["d: 1"]),
                &[
                    "OTEL_EXPORTER_OTLP_HEADERS holds **** in place 1, which is not a percent-encoded \
                     name=value; using the other headers",
                    "OTEL_EXPORTER_OTLP_HEADERS holds **** in place 2, which has no valid header name before \
                     its `=`; using the other headers",
                    "OTEL_EXPORTER_OTLP_HEADERS holds \"c=****\", which holds a character that a header \
                     cannot carry (a line break?); using the other headers",
                ],
            ),
        ],
    );
}

#[test]
fn headers_of_the_transport_are_refused() {
    for name in
        ["content-length", "Transfer-Encoding", "host", "connection", "te", "upgrade", "content-encoding"]
    {
        let (settings, problems) = resolve(&[("OTEL_EXPORTER_OTLP_HEADERS", &format!("{name}=5,a=1"))]);
        assert_eq!(settings.otlp.headers.len(), 1, "{name}");
        let line = format!(
            "OTEL_EXPORTER_OTLP_HEADERS holds \"{name}=****\", which describes the transport and cannot be \
             chosen: requests would not arrive; using the other headers"
        );
        assert_eq!(problems, [line]);
    }
}

#[test]
fn otlp_timeout_and_compression() {
    check(
        |settings| (settings.otlp.timeout, settings.otlp.compression),
        &[
            (&[], (Duration::from_secs(10), Compression::None), &[]),
            (
                &[("OTEL_EXPORTER_OTLP_TIMEOUT", "1500"), ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")],
                (Duration::from_millis(1500), Compression::Gzip),
                &[],
            ),
            (
                &[("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "1"), ("OTEL_EXPORTER_OTLP_TIMEOUT", "2")],
                (Duration::from_millis(1), Compression::None),
                &[],
            ),
            (
                &[("OTEL_EXPORTER_OTLP_TIMEOUT", "1.5"), ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd")],
                (Duration::from_secs(10), Compression::None),
                &[
                    "OTEL_EXPORTER_OTLP_TIMEOUT=\"1.5\" is not a whole number (0, 1, 2 …); using 10000",
                    "OTEL_EXPORTER_OTLP_COMPRESSION=\"zstd\" is not one of none, gzip; using none",
                ],
            ),
        ],
    );
}

#[test]
fn token() {
    check(
        |settings| settings.otlp.headers.first().map(|(_, value)| value.clone()),
        &[
            (&[], None, &[]),
            (&[("OMEGI_TOKEN", "t-1 2")], Some("Bearer t-1 2".to_owned()), &[]),
            (
                &[("OMEGI_TOKEN", "hunter\n2")],
                None,
                &["OMEGI_TOKEN=**** holds a character that a header cannot carry (a line break?); \
                   using no token"],
            ),
        ],
    );
}
