//! How to reach Kafka, and what it is sent.

use std::path::PathBuf;

use super::choices::{KafkaEncoding, KafkaSecurity, SaslMechanism};
use super::pairs::pair;
use super::parsing::{comma_list, count, one_of};
use super::problem::Complaint;
use super::reader::Reader;
use super::secret::SecretText;
use super::url::is_host_and_port;
use super::variables::{self, Variable};

/// The least that a flow with an error can be cut to, with room for a token and the name of a service, in bytes.
const LEAST_MESSAGE: u64 = 16 << 10;

/// Properties that are not the deployer's to choose: whether a flow counts as delivered follows from them.
pub(crate) const OWN_PROPERTIES: [&str; 8] = [
    "acks",
    "delivery.report.only.error",
    "delivery.timeout.ms",
    "enable.idempotence",
    "message.max.bytes",
    "message.timeout.ms",
    "request.required.acks",
    "transactional.id",
];

/// How to reach Kafka, and what it is sent.
#[derive(Clone, Debug)]
pub(crate) struct KafkaSettings {
    /// The brokers that are asked for the others: `host:port`.
    pub(crate) brokers: Vec<String>,
    /// What messages hold.
    pub(crate) encoding: KafkaEncoding,
    /// Where flows with an error go.
    pub(crate) error_topic: String,
    /// Where flows without an error go.
    pub(crate) flow_topic: String,
    /// Where all flows go as OTLP.
    pub(crate) spans_topic: String,
    /// What stands as `token` in messages.
    pub(crate) token: Option<SecretText>,
    /// The size of the largest message, in bytes.
    pub(crate) max_message_bytes: usize,
    /// How connections are protected.
    pub(crate) security: KafkaSecurity,
    /// The certificates that brokers' certificates are checked by.
    pub(crate) ca_location: Option<PathBuf>,
    /// The certificate that is shown to brokers.
    pub(crate) certificate_location: Option<PathBuf>,
    /// Its private key.
    pub(crate) key_location: Option<PathBuf>,
    /// How and as whom to log in, where connections are protected by a login.
    pub(crate) login: Option<LoginSettings>,
    /// Further properties of librdkafka.
    pub(crate) properties: Vec<(String, SecretText)>,
}

/// How to log in to Kafka.
#[derive(Clone, Debug)]
pub(crate) struct LoginSettings {
    pub(crate) mechanism: SaslMechanism,
    pub(crate) username: String,
    pub(crate) password: SecretText,
}

impl KafkaSettings {
    pub(super) fn resolve(reader: &mut Reader<'_>, token: Option<SecretText>) -> Self {
        let security = reader.value(&variables::KAFKA_SECURITY_PROTOCOL, parse_security);
        let properties = resolve_properties(reader);
        let (certificate_location, key_location) = resolve_client(reader, security, &properties);
        Self {
            brokers: resolve_brokers(reader),
            encoding: reader.value(&variables::KAFKA_ENCODING, parse_encoding),
            error_topic: reader.value(&variables::KAFKA_TOPIC_ERROR, parse_topic),
            flow_topic: reader.value(&variables::KAFKA_TOPIC_FLOW, parse_topic),
            spans_topic: reader.value(&variables::KAFKA_TOPIC_SPANS, parse_topic),
            token,
            max_message_bytes: reader
                .value(&variables::KAFKA_MESSAGE_MAX_BYTES, |text| count(text, LEAST_MESSAGE)),
            security,
            ca_location: tls_file(reader, &variables::KAFKA_SSL_CA_LOCATION, security),
            certificate_location,
            key_location,
            login: resolve_login(reader, security),
            properties,
        }
    }
}

fn resolve_brokers(reader: &mut Reader<'_>) -> Vec<String> {
    let reading = reader.read_pieces(&variables::KAFKA_SERVER, |text| comma_list(text, parse_broker));
    let default = variables::KAFKA_SERVER.default_text();
    let instead = reading.value().map_or_else(|| default.to_owned(), |brokers| brokers.join(","));
    reader.settle(reading, &instead).unwrap_or_else(|| vec![default.to_owned()])
}

fn parse_broker(text: &str) -> Result<String, Complaint> {
    let is_broker =
        is_host_and_port(text) && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/');
    let is_broker = is_broker && !text.contains('@');
    is_broker.then(|| text.to_owned()).ok_or("is not a broker such as localhost:9092".into())
}

fn parse_encoding(text: &str) -> Result<KafkaEncoding, Complaint> {
    one_of(&[("omegi", Ok(KafkaEncoding::Omegi)), ("otlp_proto", Ok(KafkaEncoding::OtlpProto))], text)
}

/// A topic's name, as Kafka's own `Topic.validate` has it.
fn parse_topic(text: &str) -> Result<String, Complaint> {
    let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let is_topic =
        text.bytes().all(is_legal) && (1..=249).contains(&text.len()) && !matches!(text, "." | "..");
    is_topic.then(|| text.to_owned()).ok_or("is not a topic: up to 249 letters, digits, `.`, `_`, `-`".into())
}

fn parse_security(text: &str) -> Result<KafkaSecurity, Complaint> {
    let words = [
        ("plaintext", Ok(KafkaSecurity::Plaintext)),
        ("ssl", Ok(KafkaSecurity::Ssl)),
        ("sasl_plaintext", Ok(KafkaSecurity::SaslPlaintext)),
        ("sasl_ssl", Ok(KafkaSecurity::SaslSsl)),
    ];
    one_of(&words, text)
}

/// A file that TLS needs; told to have no effect where there is no TLS.
fn tls_file(reader: &mut Reader<'_>, variable: &Variable, security: KafkaSecurity) -> Option<PathBuf> {
    if matches!(security, KafkaSecurity::Ssl | KafkaSecurity::SaslSsl) {
        return reader.raw(variable).map(PathBuf::from);
    }
    reader.disregard(
        variable,
        "has no effect unless OMEGI_KAFKA_SECURITY_PROTOCOL is ssl or sasl_ssl",
        "no TLS",
    );
    None
}

/// The certificate that is shown to brokers, and its key: neither is of use without the other, which may be among the properties.
fn resolve_client(
    reader: &mut Reader<'_>,
    security: KafkaSecurity,
    properties: &[(String, SecretText)],
) -> (Option<PathBuf>, Option<PathBuf>) {
    let (certificate, key) = (&variables::KAFKA_SSL_CERTIFICATE_LOCATION, &variables::KAFKA_SSL_KEY_LOCATION);
    let files = (tls_file(reader, certificate, security), tls_file(reader, key, security));
    let holds = |names: [&str; 2]| properties.iter().any(|(name, _)| names.contains(&&**name));
    let (half, other) = match files {
        (Some(_), None) if !holds(["ssl.key.location", "ssl.key.pem"]) => (certificate, key),
        (None, Some(_)) if !holds(["ssl.certificate.location", "ssl.certificate.pem"]) => (key, certificate),
        files => return files,
    };
    reader.disregard(half, format!("has no effect without {}", other.name), "no client certificate");
    (None, None)
}

fn resolve_login(reader: &mut Reader<'_>, security: KafkaSecurity) -> Option<LoginSettings> {
    let mechanism = reader.value(&variables::KAFKA_SASL_MECHANISM, parse_mechanism);
    let username = reader.optional(&variables::KAFKA_SASL_USERNAME, "no login", parse_username);
    let password =
        reader.optional(&variables::KAFKA_SASL_PASSWORD, "no login", |text| SecretText::for_c(text));
    if !matches!(security, KafkaSecurity::SaslPlaintext | KafkaSecurity::SaslSsl) {
        let complaint = "has no effect unless OMEGI_KAFKA_SECURITY_PROTOCOL is sasl_plaintext or sasl_ssl";
        for variable in [
            &variables::KAFKA_SASL_MECHANISM,
            &variables::KAFKA_SASL_USERNAME,
            &variables::KAFKA_SASL_PASSWORD,
        ] {
            reader.disregard(variable, complaint, "no login");
        }
        return None;
    }
    let login =
        username.zip(password).map(|(username, password)| LoginSettings { mechanism, username, password });
    if login.is_none() {
        let complaint = "wants OMEGI_KAFKA_SASL_USERNAME and OMEGI_KAFKA_SASL_PASSWORD";
        reader.complain(&variables::KAFKA_SECURITY_PROTOCOL, complaint, "no login");
    }
    login
}

fn parse_mechanism(text: &str) -> Result<SaslMechanism, Complaint> {
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

fn parse_username(text: &str) -> Result<String, Complaint> {
    if text.contains('\0') { Err("holds a NUL character".into()) } else { Ok(text.to_owned()) }
}

fn resolve_properties(reader: &mut Reader<'_>) -> Vec<(String, SecretText)> {
    let reading = reader.read_pieces(&variables::KAFKA_PROPERTIES, |text| comma_list(text, parse_property));
    reader.settle(reading, "the other properties").unwrap_or_default()
}

fn parse_property(piece: &str) -> Result<(String, SecretText), Complaint> {
    let (name, value) = pair(piece).ok_or("is not a percent-encoded name=value")?;
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._".contains(&byte)) {
        return Err("has no name of a property before its `=`".into());
    }
    if OWN_PROPERTIES.contains(&&*name) {
        return Err("is not to be chosen: whether a flow counts as delivered follows from it".into());
    }
    Ok((name, SecretText::for_c(value)?))
}
