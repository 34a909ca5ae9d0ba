//! Requests to an OpenTelemetry backend.

use std::path::PathBuf;
use std::time::Duration;

use omegi_config::{Compression, OtlpConfig, OtlpProtocol, UrlParts};

use super::endpoint::Endpoint;
use super::lists::comma_list;
use super::pairs::pair;
use super::parsed::Reason;
use super::parsing::{milliseconds, path, timeout};
use super::printing::{Privacy, shown};
use super::proxies::resolve_proxy;
use super::reader::Reader;
use super::secret::{SecretText, check_for_header};
use super::variable::Fallback::{Rule, Text};
use super::variable::Parser::{Pieces, System, Whole};
use super::variable::{Variable, VariableEntry};
use super::words::{boolean, one_of};

/// Headers by name; their values may be secrets.
type HeaderPairs = Vec<(String, String)>;

pub(super) static OTLP_ENDPOINT: Variable<String> = Variable::new(
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    Rule("`http://localhost:4318`; with `grpc` `http://localhost:4317`"),
    Whole(any_text),
    "base URL of an OpenTelemetry backend; `/v1/traces` or `/v1/metrics` is appended unless the protocol is \
     `grpc`; with `https` the connection is encrypted; a user and password in it are sent as `Basic`",
)
.private(Privacy::Url);

pub(super) static OTLP_TRACES_ENDPOINT: Variable<String> = Variable::new(
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    Rule("from `OTEL_EXPORTER_OTLP_ENDPOINT`"),
    Whole(any_text),
    "URL to which flows are sent, used as it is",
)
.private(Privacy::Url);

pub(super) static OTLP_TRACES_PROTOCOL: Variable<OtlpProtocol> = Variable::new(
    "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
    Text("http/protobuf"),
    Whole(parse_protocol),
    "`http/protobuf`, `http/json`, `grpc`",
)
.or(&["OTEL_EXPORTER_OTLP_PROTOCOL"]);

pub(super) static OTLP_TRACES_HEADERS: Variable<HeaderPairs> = Variable::new(
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    Rule("none"),
    Pieces(|text, _| comma_list(text, parse_header)),
    "headers of each OTLP request: `name=value,name=value`, percent-encoded",
)
.or(&["OTEL_EXPORTER_OTLP_HEADERS"])
.private(Privacy::Pairs);

pub(super) static OTLP_TRACES_INSECURE: Variable<bool> = Variable::new(
    "OTEL_EXPORTER_OTLP_TRACES_INSECURE",
    Text("false"),
    Whole(boolean),
    "`true`: with `grpc` an endpoint without a scheme is `http`, not `https`",
)
.or(&["OTEL_EXPORTER_OTLP_INSECURE"]);

pub(super) static OTLP_TRACES_CERTIFICATE: Variable<PathBuf> = Variable::new(
    "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE",
    Rule("the certificates that the system trusts"),
    System(path),
    "PEM file: the certificates that verify the backend's",
)
.or(&["OTEL_EXPORTER_OTLP_CERTIFICATE"]);

pub(super) static OTLP_TRACES_CLIENT_CERTIFICATE: Variable<PathBuf> = Variable::new(
    "OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE",
    Rule("none"),
    System(path),
    "PEM file: the certificate that the program shows to the backend",
)
.or(&["OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"]);

pub(super) static OTLP_TRACES_CLIENT_KEY: Variable<PathBuf> = Variable::new(
    "OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY",
    Rule("none"),
    System(path),
    "PEM file: the key of that certificate",
)
.or(&["OTEL_EXPORTER_OTLP_CLIENT_KEY"]);

pub(super) static OTLP_TRACES_TIMEOUT: Variable<Duration> = Variable::new(
    "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
    Text("10000"),
    Whole(|text| milliseconds(text).map(timeout)),
    "longest time in milliseconds for one OTLP export; `0` is no limit",
)
.or(&["OTEL_EXPORTER_OTLP_TIMEOUT"]);

pub(super) static OTLP_TRACES_COMPRESSION: Variable<Compression> = Variable::new(
    "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION",
    Text("none"),
    Whole(|text| one_of(&[("none", Ok(Compression::None)), ("gzip", Ok(Compression::Gzip))], text)),
    "compression of OTLP requests: `none`, `gzip`",
)
.or(&["OTEL_EXPORTER_OTLP_COMPRESSION"]);

pub(super) static OTLP_METRICS_ENDPOINT: Variable<String> = Variable::new(
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
    Rule("from `OTEL_EXPORTER_OTLP_ENDPOINT`"),
    Whole(any_text),
    "URL to which metrics are sent, used as it is",
)
.private(Privacy::Url);

pub(super) static OTLP_METRICS_PROTOCOL: Variable<OtlpProtocol> =
    OTLP_TRACES_PROTOCOL.for_metrics("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL");

pub(super) static OTLP_METRICS_HEADERS: Variable<HeaderPairs> =
    OTLP_TRACES_HEADERS.for_metrics("OTEL_EXPORTER_OTLP_METRICS_HEADERS");

pub(super) static OTLP_METRICS_INSECURE: Variable<bool> =
    OTLP_TRACES_INSECURE.for_metrics("OTEL_EXPORTER_OTLP_METRICS_INSECURE");

pub(super) static OTLP_METRICS_CERTIFICATE: Variable<PathBuf> =
    OTLP_TRACES_CERTIFICATE.for_metrics("OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE");

pub(super) static OTLP_METRICS_CLIENT_CERTIFICATE: Variable<PathBuf> =
    OTLP_TRACES_CLIENT_CERTIFICATE.for_metrics("OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE");

pub(super) static OTLP_METRICS_CLIENT_KEY: Variable<PathBuf> =
    OTLP_TRACES_CLIENT_KEY.for_metrics("OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY");

pub(super) static OTLP_METRICS_TIMEOUT: Variable<Duration> =
    OTLP_TRACES_TIMEOUT.for_metrics("OTEL_EXPORTER_OTLP_METRICS_TIMEOUT");

pub(super) static OTLP_METRICS_COMPRESSION: Variable<Compression> =
    OTLP_TRACES_COMPRESSION.for_metrics("OTEL_EXPORTER_OTLP_METRICS_COMPRESSION");

/// A kind of data that is sent, and the variables that set how.
#[derive(Debug)]
pub(super) struct SignalVariables {
    /// The path of HTTP receivers, below the endpoint for all signals.
    path: &'static str,
    endpoint: &'static Variable<String>,
    protocol: &'static Variable<OtlpProtocol>,
    headers: &'static Variable<HeaderPairs>,
    insecure: &'static Variable<bool>,
    certificate: &'static Variable<PathBuf>,
    client_certificate: &'static Variable<PathBuf>,
    client_key: &'static Variable<PathBuf>,
    timeout: &'static Variable<Duration>,
    compression: &'static Variable<Compression>,
}

/// Flows.
pub(super) static TRACES: SignalVariables = SignalVariables {
    path: "/v1/traces",
    endpoint: &OTLP_TRACES_ENDPOINT,
    protocol: &OTLP_TRACES_PROTOCOL,
    headers: &OTLP_TRACES_HEADERS,
    insecure: &OTLP_TRACES_INSECURE,
    certificate: &OTLP_TRACES_CERTIFICATE,
    client_certificate: &OTLP_TRACES_CLIENT_CERTIFICATE,
    client_key: &OTLP_TRACES_CLIENT_KEY,
    timeout: &OTLP_TRACES_TIMEOUT,
    compression: &OTLP_TRACES_COMPRESSION,
};

/// Metrics.
pub(super) static METRICS: SignalVariables = SignalVariables {
    path: "/v1/metrics",
    endpoint: &OTLP_METRICS_ENDPOINT,
    protocol: &OTLP_METRICS_PROTOCOL,
    headers: &OTLP_METRICS_HEADERS,
    insecure: &OTLP_METRICS_INSECURE,
    certificate: &OTLP_METRICS_CERTIFICATE,
    client_certificate: &OTLP_METRICS_CLIENT_CERTIFICATE,
    client_key: &OTLP_METRICS_CLIENT_KEY,
    timeout: &OTLP_METRICS_TIMEOUT,
    compression: &OTLP_METRICS_COMPRESSION,
};

/// Returns the configuration of requests to an OpenTelemetry backend.
///
/// Its headers have names in lower case, and the token among them. `max_export_batch` bounds one
/// request. `is_used` is whether requests are sent.
pub(super) fn resolve_otlp(
    reader: &mut Reader<'_>,
    signal: &SignalVariables,
    token: Option<&SecretText>,
    max_export_batch: usize,
    is_used: bool,
) -> OtlpConfig {
    let protocol = reader.value(signal.protocol);
    let (endpoint, origin) = resolve_endpoint(reader, signal, protocol);
    let endpoint = endpoint.as_str().to_owned();
    let (headers, authorized_by) = resolve_headers(reader, signal, token);
    let has_credentials = UrlParts::of(&endpoint).is_some_and(|url| url.credentials().is_some());
    if let Some(variable) = authorized_by.filter(|_| has_credentials && is_used) {
        let instead = format!("the authorization of {variable}");
        reader.warn(origin, "holds a user or password that is not sent", &instead);
    }
    let proxy = resolve_proxy(reader, &endpoint, is_used);
    let certificate = reader.path(signal.certificate);
    let (client_certificate, client_key) = resolve_client(reader, signal).unzip();
    OtlpConfig {
        protocol,
        endpoint,
        headers,
        proxy,
        certificate,
        client_certificate,
        client_key,
        timeout: reader.value(signal.timeout),
        compression: reader.value(signal.compression),
        max_spans: max_export_batch,
    }
}

/// Returns the endpoint of a signal and its variable: the signal's own one as it is, else a path
/// below the one for all signals, else the default of the protocol. With `grpc` no path is added.
///
/// The environment wins over code for both together. So an endpoint for all signals in the
/// environment wins over the signal's own one in code.
fn resolve_endpoint(
    reader: &mut Reader<'_>,
    signal: &SignalVariables,
    protocol: OtlpProtocol,
) -> (Endpoint, &'static VariableEntry) {
    let insecure = reader.value(signal.insecure);
    let parse = |text: String| match protocol {
        OtlpProtocol::Grpc => Endpoint::parse_for_grpc(&text, insecure),
        OtlpProtocol::HttpProtobuf | OtlpProtocol::HttpJson => Endpoint::parse(&text),
    };
    let own = reader.read_then(signal.endpoint, parse);
    let shared = reader.read_then(&OTLP_ENDPOINT, parse);
    let is_overruled = shared.overrules(&own);
    let endpoint = match (own.value().filter(|_| !is_overruled), shared.value(), protocol) {
        (Some(own), _, _) => own.clone(),
        (None, Some(shared), OtlpProtocol::Grpc) => shared.clone(),
        (None, Some(shared), _) => shared.below(signal.path),
        (None, None, OtlpProtocol::Grpc) => Endpoint::known("http://localhost:4317"),
        (None, None, _) => Endpoint::known("http://localhost:4318").below(signal.path),
    };
    let is_own = own.value().is_some() && !is_overruled;
    let origin = if is_own { &signal.endpoint.entry } else { &OTLP_ENDPOINT.entry };
    let instead = shown(endpoint.as_str(), Privacy::Url);
    reader.finish(own, &instead);
    reader.finish(shared, &instead);
    if is_overruled {
        reader.mark_overruled(&signal.endpoint.entry);
    }
    (endpoint, origin)
}

/// Returns the headers, and the variable that sets `authorization` among them.
fn resolve_headers(
    reader: &mut Reader<'_>,
    signal: &SignalVariables,
    token: Option<&SecretText>,
) -> (HeaderPairs, Option<&'static str>) {
    let mut headers = reader.optional(signal.headers, "the other headers").unwrap_or_default();
    if headers.iter().any(|(name, _)| name == "authorization") {
        return (headers, Some("OTEL_EXPORTER_OTLP_HEADERS"));
    }
    let Some(token) = token else { return (headers, None) };
    headers.push(("authorization".to_owned(), format!("Bearer {}", token.expose())));
    (headers, Some("OMEGI_TOKEN"))
}

/// Returns a client certificate and its key. Each is useless without the other, and then reported.
fn resolve_client(reader: &mut Reader<'_>, signal: &SignalVariables) -> Option<(PathBuf, PathBuf)> {
    let (certificate, key) = (reader.path(signal.client_certificate), reader.path(signal.client_key));
    let halves =
        [(signal.client_certificate, signal.client_key), (signal.client_key, signal.client_certificate)];
    for (half, other) in halves.into_iter().filter(|_| certificate.is_some() != key.is_some()) {
        // By its name for all signals: the same may be found for each of them.
        let other = other.entry.names().last().unwrap_or(other.entry.name);
        let reason = format!("has no effect without {other}");
        reader.mark_unused(&half.entry, reason, Some("no client certificate"));
    }
    certificate.zip(key)
}

fn any_text(text: &str) -> Result<String, Reason> {
    Ok(text.to_owned())
}

fn parse_protocol(text: &str) -> Result<OtlpProtocol, Reason> {
    let words = [
        ("http/protobuf", Ok(OtlpProtocol::HttpProtobuf)),
        ("http/json", Ok(OtlpProtocol::HttpJson)),
        ("grpc", Ok(OtlpProtocol::Grpc)),
    ];
    one_of(&words, text)
}

/// Headers that describe the transport of a request: with any other value, no request arrives.
const TRANSPORT_HEADERS: [&str; 10] = [
    "connection",
    "content-encoding",
    "content-length",
    "grpc-encoding",
    "host",
    "keep-alive",
    "proxy-connection",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// Reads a header; its name becomes lower case, as HTTP/2 demands.
///
/// Checked here, so that the message names the deployer's variable. `omegi-otlp` checks an
/// `OtlpConfig` again: a program can build one in code.
fn parse_header(piece: &str) -> Result<(String, String), Reason> {
    let (name, value) = pair(piece).ok_or("is not a percent-encoded name=value")?;
    if !name.bytes().all(is_header_name_byte) {
        return Err("has no valid header name before its `=`".into());
    }
    let name = name.to_ascii_lowercase();
    if TRANSPORT_HEADERS.contains(&&*name) {
        return Err("describes the transport and cannot be chosen: requests would not arrive".into());
    }
    check_for_header(&value)?;
    Ok((name, value))
}

/// Returns whether the byte is a `tchar` ([RFC 9110, 5.6.2]).
///
/// [RFC 9110, 5.6.2]: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2
fn is_header_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
