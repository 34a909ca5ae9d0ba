//! Connections and messages to Kafka.

use std::path::PathBuf;
use std::time::Duration;

use omegi_config::{
    KafkaConfig, KafkaEncoding, KafkaLogin, KafkaSecurity, RESERVED_KAFKA_PROPERTIES, SaslMechanism,
    is_host_and_port,
};

use super::lists::comma_list;
use super::pairs::pair;
use super::parsed::Reason;
use super::parsing::{count, path};
use super::printing::Privacy;
use super::reader::Reader;
use super::secret::{SecretText, check_for_c};
use super::variable::Fallback::{Rule, Text};
use super::variable::Parser::{Pieces, Whole};
use super::variable::Variable;
use super::words::one_of;

pub(super) static KAFKA_SERVER: Variable<Vec<String>> = Variable::new(
    "OMEGI_KAFKA_SERVER",
    Text("localhost:9092"),
    Pieces(|text, _| comma_list(text, parse_broker)),
    "Kafka's brokers, or some of them: a comma list of `host:port`",
)
.or(&["OMEGI_KAFKA_CONFIG"])
.private(Privacy::Url);

pub(super) static KAFKA_ENCODING: Variable<KafkaEncoding> = Variable::new(
    "OMEGI_KAFKA_ENCODING",
    Text("omegi"),
    Whole(parse_encoding),
    "content of Kafka messages: `omegi`: JSON for Omegi's collect server; `otlp_proto`: OTLP's `TracesData`, \
     for the OpenTelemetry Collector's Kafka receiver",
);

pub(super) static KAFKA_TOPIC_ERROR: Variable<String> = Variable::new(
    "OMEGI_KAFKA_TOPIC_ERROR",
    Text("error"),
    Whole(parse_topic),
    "with `omegi`: topic of flows with an error",
);

pub(super) static KAFKA_TOPIC_FLOW: Variable<String> = Variable::new(
    "OMEGI_KAFKA_TOPIC_FLOW",
    Text("flow"),
    Whole(parse_topic),
    "with `omegi`: topic of flows without an error",
);

pub(super) static KAFKA_TOPIC_SPANS: Variable<String> = Variable::new(
    "OMEGI_KAFKA_TOPIC_SPANS",
    Text("otlp_spans"),
    Whole(parse_topic),
    "with `otlp_proto`: topic of all flows",
);

pub(super) static KAFKA_MESSAGE_MAX_BYTES: Variable<usize> = Variable::new(
    "OMEGI_KAFKA_MESSAGE_MAX_BYTES",
    Text("1000000"),
    Whole(|text| count(text, LEAST_MESSAGE)),
    "size of the largest Kafka message; brokers accept 1048588 by default; larger flows are cut, or with \
     `otlp_proto` sent in pieces",
);

pub(super) static KAFKA_SECURITY_PROTOCOL: Variable<KafkaSecurity> = Variable::new(
    "OMEGI_KAFKA_SECURITY_PROTOCOL",
    Text("plaintext"),
    Whole(parse_security),
    "`plaintext`, `ssl`, `sasl_plaintext`, `sasl_ssl`",
);

// Paths are read whole, so as UTF-8: librdkafka takes its properties as such text.

pub(super) static KAFKA_SSL_CA_LOCATION: Variable<PathBuf> = Variable::new(
    "OMEGI_KAFKA_SSL_CA_LOCATION",
    Rule("the certificates that the system trusts"),
    Whole(path),
    "certificates that verify the brokers': a PEM file, or a folder of them",
);

pub(super) static KAFKA_SSL_CERTIFICATE_LOCATION: Variable<PathBuf> = Variable::new(
    "OMEGI_KAFKA_SSL_CERTIFICATE_LOCATION",
    Rule("none"),
    Whole(path),
    "the certificate that the program shows to brokers: a PEM file",
);

pub(super) static KAFKA_SSL_KEY_LOCATION: Variable<PathBuf> = Variable::new(
    "OMEGI_KAFKA_SSL_KEY_LOCATION",
    Rule("none"),
    Whole(path),
    "the private key of that certificate: a PEM file",
);

pub(super) static KAFKA_SASL_MECHANISM: Variable<SaslMechanism> = Variable::new(
    "OMEGI_KAFKA_SASL_MECHANISM",
    Text("PLAIN"),
    Whole(parse_mechanism),
    "login mechanism, with `sasl_plaintext` and `sasl_ssl`: `PLAIN`, `SCRAM-SHA-256`, `SCRAM-SHA-512`",
);

pub(super) static KAFKA_SASL_USERNAME: Variable<String> =
    Variable::new("OMEGI_KAFKA_SASL_USERNAME", Rule("none"), Whole(parse_username), "name for the login");

pub(super) static KAFKA_SASL_PASSWORD: Variable<SecretText> = Variable::new(
    "OMEGI_KAFKA_SASL_PASSWORD",
    Rule("none"),
    Whole(|text| check_for_c(text).map(|()| SecretText::new(text))),
    "password for the login",
)
.private(Privacy::Secret);

pub(super) static KAFKA_PROPERTIES: Variable<Vec<(String, String)>> = Variable::new(
    "OMEGI_KAFKA_PROPERTIES",
    Rule("none"),
    Pieces(|text, _| comma_list(text, parse_property)),
    "further properties of librdkafka: `name=value,name=value`, percent-encoded, such as \
     `compression.codec=lz4`",
)
.private(Privacy::Pairs);

/// The smallest message that holds a shortened flow with an error, a token and the name of a
/// service, in bytes.
const LEAST_MESSAGE: u64 = 16 << 10;

/// Returns the configuration of connections and messages to Kafka. `timeout` bounds one export.
pub(super) fn resolve_kafka(
    reader: &mut Reader<'_>,
    token: Option<&SecretText>,
    timeout: Duration,
) -> KafkaConfig {
    let security = reader.value(&KAFKA_SECURITY_PROTOCOL);
    let properties = reader.optional(&KAFKA_PROPERTIES, "the other properties").unwrap_or_default();
    let (certificate_location, key_location) = resolve_client(reader, security, &properties);
    KafkaConfig {
        encoding: reader.value(&KAFKA_ENCODING),
        error_topic: reader.value(&KAFKA_TOPIC_ERROR),
        flow_topic: reader.value(&KAFKA_TOPIC_FLOW),
        spans_topic: reader.value(&KAFKA_TOPIC_SPANS),
        token: token.map(|token| token.expose().to_owned()),
        timeout,
        max_message_bytes: reader.value(&KAFKA_MESSAGE_MAX_BYTES),
        security,
        ca_location: tls_file(reader, &KAFKA_SSL_CA_LOCATION, security),
        certificate_location,
        key_location,
        login: resolve_login(reader, security),
        properties,
        ..KafkaConfig::new(resolve_brokers(reader))
    }
}

/// Returns a client certificate and its key. Each is useless without the other, which may be a
/// property.
fn resolve_client(
    reader: &mut Reader<'_>,
    security: KafkaSecurity,
    properties: &[(String, String)],
) -> (Option<PathBuf>, Option<PathBuf>) {
    let (certificate, key) = (&KAFKA_SSL_CERTIFICATE_LOCATION, &KAFKA_SSL_KEY_LOCATION);
    let files = (tls_file(reader, certificate, security), tls_file(reader, key, security));
    let holds = |names: [&str; 2]| properties.iter().any(|(name, _)| names.contains(&&**name));
    let (half, other) = match files {
        (Some(_), None) if !holds(["ssl.key.location", "ssl.key.pem"]) => (certificate, key),
        (None, Some(_)) if !holds(["ssl.certificate.location", "ssl.certificate.pem"]) => (key, certificate),
        files => return files,
    };
    let reason = format!("has no effect without {}", other.entry.name);
    reader.mark_unused(&half.entry, reason, Some("no client certificate"));
    (None, None)
}

/// Returns a file that TLS needs. Without TLS it is reported to have no effect.
fn tls_file(
    reader: &mut Reader<'_>,
    variable: &Variable<PathBuf>,
    security: KafkaSecurity,
) -> Option<PathBuf> {
    if matches!(security, KafkaSecurity::Ssl | KafkaSecurity::SaslSsl) {
        return reader.path(variable);
    }
    let reason = "has no effect unless OMEGI_KAFKA_SECURITY_PROTOCOL is ssl or sasl_ssl";
    reader.mark_unused(&variable.entry, reason, Some("no TLS"));
    None
}

fn resolve_brokers(reader: &mut Reader<'_>) -> Vec<String> {
    let reading = reader.read(&KAFKA_SERVER);
    let brokers = reading.value().cloned().unwrap_or_else(|| KAFKA_SERVER.default(reader.program()));
    reader.finish(reading, &brokers.join(","));
    brokers
}

fn resolve_login(reader: &mut Reader<'_>, security: KafkaSecurity) -> Option<KafkaLogin> {
    let mechanism = reader.value(&KAFKA_SASL_MECHANISM);
    let username = reader.optional(&KAFKA_SASL_USERNAME, "no login");
    let password = reader.optional(&KAFKA_SASL_PASSWORD, "no login");
    if !matches!(security, KafkaSecurity::SaslPlaintext | KafkaSecurity::SaslSsl) {
        let reason = "has no effect unless OMEGI_KAFKA_SECURITY_PROTOCOL is sasl_plaintext or sasl_ssl";
        for entry in [&KAFKA_SASL_MECHANISM.entry, &KAFKA_SASL_USERNAME.entry, &KAFKA_SASL_PASSWORD.entry] {
            reader.mark_unused(entry, reason, Some("no login"));
        }
        return None;
    }
    let login = username.zip(password).map(|(username, password)| KafkaLogin {
        mechanism,
        username,
        password: password.expose().to_owned(),
    });
    if login.is_none() {
        let reason = "needs OMEGI_KAFKA_SASL_USERNAME and OMEGI_KAFKA_SASL_PASSWORD";
        reader.report(&KAFKA_SECURITY_PROTOCOL.entry, reason, "no login");
    }
    login
}

fn parse_broker(text: &str) -> Result<String, Reason> {
    let is_broker =
        is_host_and_port(text) && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/');
    let is_broker = is_broker && !text.contains('@');
    is_broker.then(|| text.to_owned()).ok_or("is not a broker such as localhost:9092".into())
}

fn parse_encoding(text: &str) -> Result<KafkaEncoding, Reason> {
    one_of(&[("omegi", Ok(KafkaEncoding::Omegi)), ("otlp_proto", Ok(KafkaEncoding::OtlpProto))], text)
}

/// Reads the name of a topic, by the rules of Kafka's own `Topic.validate`.
fn parse_topic(text: &str) -> Result<String, Reason> {
    let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let is_topic =
        text.bytes().all(is_legal) && (1..=249).contains(&text.len()) && !matches!(text, "." | "..");
    is_topic.then(|| text.to_owned()).ok_or("is not a topic: up to 249 letters, digits, `.`, `_`, `-`".into())
}

fn parse_security(text: &str) -> Result<KafkaSecurity, Reason> {
    let words = [
        ("plaintext", Ok(KafkaSecurity::Plaintext)),
        ("ssl", Ok(KafkaSecurity::Ssl)),
        ("sasl_plaintext", Ok(KafkaSecurity::SaslPlaintext)),
        ("sasl_ssl", Ok(KafkaSecurity::SaslSsl)),
    ];
    one_of(&words, text)
}

fn parse_mechanism(text: &str) -> Result<SaslMechanism, Reason> {
    const NOT_BUILT_IN: &str = "only mechanisms that take a name and a password are built in";
    let words = [
        ("PLAIN", Ok(SaslMechanism::Plain)),
        ("SCRAM-SHA-256", Ok(SaslMechanism::ScramSha256)),
        ("SCRAM-SHA-512", Ok(SaslMechanism::ScramSha512)),
        ("GSSAPI", Err(NOT_BUILT_IN)),
        ("OAUTHBEARER", Err(NOT_BUILT_IN)),
    ];
    one_of(&words, text)
}

fn parse_username(text: &str) -> Result<String, Reason> {
    check_for_c(text).map(|()| text.to_owned())
}

fn parse_property(piece: &str) -> Result<(String, String), Reason> {
    let (name, value) = pair(piece).ok_or("is not a percent-encoded name=value")?;
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._".contains(&byte)) {
        return Err("has no name of a property before its `=`".into());
    }
    if RESERVED_KAFKA_PROPERTIES.contains(&&*name) {
        return Err("cannot be chosen: it decides whether a flow counts as delivered".into());
    }
    check_for_c(&value)?;
    Ok((name, value))
}
