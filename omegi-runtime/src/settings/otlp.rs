//! How to reach an OpenTelemetry backend.

use std::path::PathBuf;
use std::time::Duration;

use super::choices::{Compression, OtlpProtocol};
use super::endpoint::Endpoint;
use super::pairs::pair;
use super::parsing::{boolean, comma_list, one_of, timeout};
use super::problem::Complaint;
use super::reader::Reader;
use super::rejection::shown;
use super::secret::SecretText;
use super::variables::{self, OTLP_ENDPOINT, Privacy, Variable};

/// What is sent, and the variables that say how.
#[derive(Debug)]
pub(super) struct Signal {
    /// Where HTTP receivers take it, below the endpoint for all signals.
    path: &'static str,
    endpoint: &'static Variable,
    protocol: &'static Variable,
    headers: &'static Variable,
    insecure: &'static Variable,
    certificate: &'static Variable,
    client_certificate: &'static Variable,
    client_key: &'static Variable,
    timeout: &'static Variable,
    compression: &'static Variable,
}

/// Flows.
pub(super) static TRACES: Signal = Signal {
    path: "/v1/traces",
    endpoint: &variables::OTLP_TRACES_ENDPOINT,
    protocol: &variables::OTLP_PROTOCOL,
    headers: &variables::OTLP_HEADERS,
    insecure: &variables::OTLP_INSECURE,
    certificate: &variables::OTLP_CERTIFICATE,
    client_certificate: &variables::OTLP_CLIENT_CERTIFICATE,
    client_key: &variables::OTLP_CLIENT_KEY,
    timeout: &variables::OTLP_TIMEOUT,
    compression: &variables::OTLP_COMPRESSION,
};

/// Metrics.
pub(super) static METRICS: Signal = Signal {
    path: "/v1/metrics",
    endpoint: &variables::OTLP_METRICS_ENDPOINT,
    protocol: &variables::OTLP_METRICS_PROTOCOL,
    headers: &variables::OTLP_METRICS_HEADERS,
    insecure: &variables::OTLP_METRICS_INSECURE,
    certificate: &variables::OTLP_METRICS_CERTIFICATE,
    client_certificate: &variables::OTLP_METRICS_CLIENT_CERTIFICATE,
    client_key: &variables::OTLP_METRICS_CLIENT_KEY,
    timeout: &variables::OTLP_METRICS_TIMEOUT,
    compression: &variables::OTLP_METRICS_COMPRESSION,
};

/// How to reach an OpenTelemetry backend.
#[derive(Clone, Debug)]
pub(crate) struct OtlpSettings {
    /// How the signal is written.
    pub(crate) protocol: OtlpProtocol,
    /// Where it is sent, with its path where the protocol has one.
    pub(crate) endpoint: Endpoint,
    /// Headers of every request, names in lower case; the token is among them.
    pub(crate) headers: Vec<(String, SecretText)>,
    /// The certificates that the backend's is verified by; `None`: those that the system trusts.
    pub(crate) certificate: Option<PathBuf>,
    /// The certificate that the backend may verify us by, and its key.
    pub(crate) client: Option<(PathBuf, PathBuf)>,
    /// The longest time that one export may take.
    pub(crate) timeout: Duration,
    /// How requests are compressed.
    pub(crate) compression: Compression,
}

impl OtlpSettings {
    pub(super) fn resolve(reader: &mut Reader<'_>, signal: &Signal, token: Option<&SecretText>) -> Self {
        let protocol = reader.value(signal.protocol, parse_protocol);
        Self {
            protocol,
            endpoint: resolve_endpoint(reader, signal, protocol),
            headers: resolve_headers(reader, signal, token),
            certificate: reader.raw(signal.certificate).map(PathBuf::from),
            client: resolve_client(reader, signal),
            timeout: reader.value(signal.timeout, timeout),
            compression: reader.value(signal.compression, parse_compression),
        }
    }
}

fn parse_protocol(text: &str) -> Result<OtlpProtocol, Complaint> {
    let words = [
        ("http/protobuf", Ok(OtlpProtocol::HttpProtobuf)),
        ("http/json", Ok(OtlpProtocol::HttpJson)),
        ("grpc", Ok(OtlpProtocol::Grpc)),
    ];
    one_of(&words, text)
}

fn parse_compression(text: &str) -> Result<Compression, Complaint> {
    one_of(&[("none", Ok(Compression::None)), ("gzip", Ok(Compression::Gzip))], text)
}

/// The signal's own endpoint as it is, else the one for every signal, else the protocol's default; but the environment's one for every
/// signal before the program's own one.
fn resolve_endpoint(reader: &mut Reader<'_>, signal: &Signal, protocol: OtlpProtocol) -> Endpoint {
    let insecure = reader.value(signal.insecure, boolean);
    let parse = |text: &str| match protocol {
        OtlpProtocol::Grpc => Endpoint::parse_for_grpc(text, insecure),
        OtlpProtocol::HttpProtobuf | OtlpProtocol::HttpJson => Endpoint::parse(text),
    };
    let own = reader.read(signal.endpoint, parse);
    let shared = reader.read(&OTLP_ENDPOINT, parse);
    let is_overruled = shared.overrules(&own);
    let heeded = own.value().filter(|_| !is_overruled);
    let endpoint = match (heeded, shared.value(), protocol) {
        (Some(own), _, _) => own.clone(),
        (None, Some(shared), OtlpProtocol::Grpc) => shared.clone(),
        (None, Some(shared), _) => shared.below(signal.path),
        (None, None, OtlpProtocol::Grpc) => Endpoint::known("http://localhost:4317"),
        (None, None, _) => Endpoint::known("http://localhost:4318").below(signal.path),
    };
    let instead = shown(endpoint.as_str(), Privacy::Url);
    reader.settle(own, &instead);
    reader.settle(shared, &instead);
    if is_overruled {
        reader.overrule(signal.endpoint);
    }
    endpoint
}

/// A client certificate and its key: neither is of use without the other.
fn resolve_client(reader: &mut Reader<'_>, signal: &Signal) -> Option<(PathBuf, PathBuf)> {
    let (certificate, key) = (reader.raw(signal.client_certificate), reader.raw(signal.client_key));
    let halves =
        [(signal.client_certificate, signal.client_key), (signal.client_key, signal.client_certificate)];
    // Complains of the half that is there, if the other is not.
    for (half, other) in halves.into_iter().filter(|_| certificate.is_some() != key.is_some()) {
        // By its name for all signals, for each of which this may be found.
        let other = other.names().last().unwrap_or(other.name);
        reader.disregard(half, format!("has no effect without {other}"), "no client certificate");
    }
    certificate.zip(key).map(|(certificate, key)| (certificate.into(), key.into()))
}

fn resolve_headers(
    reader: &mut Reader<'_>,
    signal: &Signal,
    token: Option<&SecretText>,
) -> Vec<(String, SecretText)> {
    let reading = reader.read_pieces(signal.headers, |text| comma_list(text, parse_header));
    let mut headers = reader.settle(reading, "the other headers").unwrap_or_default();
    let authorized = headers.iter().any(|(name, _)| name == "authorization");
    if let Some(token) = token.filter(|_| !authorized) {
        headers.push(("authorization".to_owned(), token.as_bearer()));
    }
    headers
}

/// Headers that say how a request travels: with another value than the one that fits, none arrives.
const OF_THE_TRANSPORT: [&str; 10] = [
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

/// A header; its name in lower case, as HTTP/2 demands.
fn parse_header(piece: &str) -> Result<(String, SecretText), Complaint> {
    let (name, value) = pair(piece).ok_or("is not a percent-encoded name=value")?;
    if !name.bytes().all(is_header_name_byte) {
        return Err("has no valid header name before its `=`".into());
    }
    let name = name.to_ascii_lowercase();
    if OF_THE_TRANSPORT.contains(&&*name) {
        return Err("says how a request travels, and is not to be chosen: requests would not arrive".into());
    }
    Ok((name, SecretText::for_header(value)?))
}

/// Whether the byte is a `tchar` ([RFC 9110, 5.6.2](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2)).
fn is_header_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
