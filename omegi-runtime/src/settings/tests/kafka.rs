//! Connections and messages to Kafka.

use super::*;

#[test]
fn kafka_brokers_and_topics() {
    let pick = |settings: Settings| {
        let kafka = settings.kafka;
        (kafka.brokers.join(" "), [kafka.error_topic, kafka.flow_topic, kafka.spans_topic].join(" "))
    };
    let topics = || "error flow otlp_spans".to_owned();
    check(
        pick,
        &[
            (&[], ("localhost:9092".to_owned(), topics()), &[]),
            (
                &[("OMEGI_KAFKA_SERVER", "a:1, b ,[::1]:9092,"), ("OMEGI_KAFKA_CONFIG", "c:3")],
                ("a:1 b [::1]:9092".to_owned(), topics()),
                &[],
            ),
            (&[("OMEGI_KAFKA_CONFIG", "c:3")], ("c:3".to_owned(), topics()), &[]),
            (
                &[("OMEGI_KAFKA_SERVER", "http://a:1,me:hunter2@b:2,c:x,d:4")],
                ("d:4".to_owned(), topics()),
                &[
                    "OMEGI_KAFKA_SERVER holds \"http://a:1\", which is not a broker such as \
                    localhost:9092; using d:4",
                    "OMEGI_KAFKA_SERVER holds \"****@b:2\", which is not a broker such as \
                    localhost:9092; using d:4",
                    "OMEGI_KAFKA_SERVER holds \"c:x\", which is not a broker such as localhost:9092; \
                    using d:4",
                ],
            ),
            (
                &[("OMEGI_KAFKA_TOPIC_ERROR", "shop.errors"), ("OMEGI_KAFKA_TOPIC_FLOW", "shop flows")],
                ("localhost:9092".to_owned(), "shop.errors flow otlp_spans".to_owned()),
                &["OMEGI_KAFKA_TOPIC_FLOW=\"shop flows\" is not a topic: up to 249 letters, digits, `.`, \
                   `_`, `-`; using flow"],
            ),
            (
                &[("OMEGI_KAFKA_TOPIC_SPANS", "..")],
                ("localhost:9092".to_owned(), topics()),
                &["OMEGI_KAFKA_TOPIC_SPANS=\"..\" is not a topic: up to 249 letters, digits, `.`, `_`, \
                   `-`; using otlp_spans"],
            ),
        ],
    );
}

#[test]
fn kafka_encoding_and_limits() {
    use KafkaEncoding::{Omegi, OtlpProto};
    check(
        |settings| (settings.kafka.encoding, settings.kafka.max_message_bytes),
        &[
            (&[], (Omegi, 1_000_000), &[]),
            (
                &[("OMEGI_KAFKA_ENCODING", "OTLP_PROTO"), ("OMEGI_KAFKA_MESSAGE_MAX_BYTES", "16384")],
                (OtlpProto, 16_384),
                &[],
            ),
            (
                &[("OMEGI_KAFKA_ENCODING", "otlp_json"), ("OMEGI_KAFKA_MESSAGE_MAX_BYTES", "16383")],
                (Omegi, 1_000_000),
                &[
                    "OMEGI_KAFKA_ENCODING=\"otlp_json\" is not one of omegi, otlp_proto (did you mean \
                     otlp_proto?); using omegi",
                    "OMEGI_KAFKA_MESSAGE_MAX_BYTES=\"16383\" is not between 16384 and 2147483647; using \
                    1000000",
                ],
            ),
        ],
    );
}

#[test]
fn kafka_security() {
    use KafkaSecurity::{Plaintext, SaslPlaintext, SaslSsl, Ssl};
    let protocol = "OMEGI_KAFKA_SECURITY_PROTOCOL";
    let ca = ("OMEGI_KAFKA_SSL_CA_LOCATION", "/ca.pem");
    let (user, password) = (("OMEGI_KAFKA_SASL_USERNAME", "me"), ("OMEGI_KAFKA_SASL_PASSWORD", "hunter2"));
    let pick = |settings: Settings| {
        let login = settings.kafka.login.map(|login| (login.mechanism, login.password));
        (settings.kafka.security, settings.kafka.ca_location.is_some(), login)
    };
    let plain = || Some((SaslMechanism::Plain, "hunter2".to_owned()));
    check(
        pick,
        &[
            (&[], (Plaintext, false, None), &[]),
            (&[(protocol, "SSL"), ca], (Ssl, true, None), &[]),
            (&[(protocol, "sasl_plaintext"), user, password], (SaslPlaintext, false, plain()), &[]),
            (
                &[
                    (protocol, "sasl_ssl"),
                    ca,
                    user,
                    password,
                    ("OMEGI_KAFKA_SASL_MECHANISM", "scram-sha-512"),
                ],
                (SaslSsl, true, Some((SaslMechanism::ScramSha512, "hunter2".to_owned()))),
                &[],
            ),
            (
                &[ca, user, password],
                (Plaintext, false, None),
                &[
                    "OMEGI_KAFKA_SSL_CA_LOCATION=\"/ca.pem\" has no effect unless \
                     OMEGI_KAFKA_SECURITY_PROTOCOL is ssl or sasl_ssl; using no TLS",
                    "OMEGI_KAFKA_SASL_USERNAME=\"me\" has no effect unless OMEGI_KAFKA_SECURITY_PROTOCOL is \
                     sasl_plaintext or sasl_ssl; using no login",
                    "OMEGI_KAFKA_SASL_PASSWORD=**** has no effect unless OMEGI_KAFKA_SECURITY_PROTOCOL is \
                     sasl_plaintext or sasl_ssl; using no login",
                ],
            ),
            (
                &[(protocol, "ssl"), ("OMEGI_KAFKA_SASL_MECHANISM", "SCRAM-SHA-256")],
                (Ssl, false, None),
                &["OMEGI_KAFKA_SASL_MECHANISM=\"SCRAM-SHA-256\" has no effect unless \
                   OMEGI_KAFKA_SECURITY_PROTOCOL is sasl_plaintext or sasl_ssl; using no login"],
            ),
            (
                &[(protocol, "sasl_plaintext"), user, ("OMEGI_KAFKA_SASL_MECHANISM", "GSSAPI")],
                (SaslPlaintext, false, None),
                &[
                    "OMEGI_KAFKA_SASL_MECHANISM=\"GSSAPI\" cannot be used: only mechanisms that take a name \
                     and a password are built in; using PLAIN",
                    "OMEGI_KAFKA_SECURITY_PROTOCOL=\"sasl_plaintext\" needs OMEGI_KAFKA_SASL_USERNAME and \
                     OMEGI_KAFKA_SASL_PASSWORD; using no login",
                ],
            ),
            (
                &[(protocol, "tls"), ("OMEGI_KAFKA_SASL_PASSWORD", "hunter2\0")],
                (Plaintext, false, None),
                &[
                    "OMEGI_KAFKA_SECURITY_PROTOCOL=\"tls\" is not one of plaintext, ssl, sasl_plaintext, \
                     sasl_ssl; using plaintext",
                    "OMEGI_KAFKA_SASL_PASSWORD=**** holds a NUL character; using no login",
                ],
            ),
        ],
    );
}

#[test]
fn a_certificate_for_kafka_needs_its_key_and_a_key_its_certificate() {
    let tls = ("OMEGI_KAFKA_SECURITY_PROTOCOL", "ssl");
    let certificate = ("OMEGI_KAFKA_SSL_CERTIFICATE_LOCATION", "/client.pem");
    let key = ("OMEGI_KAFKA_SSL_KEY_LOCATION", "/client.key");
    let path = |path: &str| Some(PathBuf::from(path));
    check(
        |settings| (settings.kafka.certificate_location, settings.kafka.key_location),
        &[
            (&[tls, certificate, key], (path("/client.pem"), path("/client.key")), &[]),
            (
                &[tls, certificate, ("OMEGI_KAFKA_PROPERTIES", "ssl.key.pem=k")],
                (path("/client.pem"), None),
                &[],
            ),
            (
                &[tls, key, ("OMEGI_KAFKA_PROPERTIES", "ssl.certificate.pem=c")],
                (None, path("/client.key")),
                &[],
            ),
            (
                &[tls, certificate],
                (None, None),
                &["OMEGI_KAFKA_SSL_CERTIFICATE_LOCATION=\"/client.pem\" has no effect without \
                   OMEGI_KAFKA_SSL_KEY_LOCATION; using no client certificate"],
            ),
            (
                &[tls, key],
                (None, None),
                &["OMEGI_KAFKA_SSL_KEY_LOCATION=\"/client.key\" has no effect without \
                   OMEGI_KAFKA_SSL_CERTIFICATE_LOCATION; using no client certificate"],
            ),
        ],
    );
}

#[test]
fn kafka_properties() {
    let name = "OMEGI_KAFKA_PROPERTIES";
    let pick = |settings: Settings| {
        let properties = settings.kafka.properties.into_iter();
        properties.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>()
    };
    check(
        pick,
        &[
            (&[], vec![], &[]),
            (
                &[(name, "client.id=a%2Cb, compression.codec = lz4")],
                vec!["client.id=a,b".to_owned(), "compression.codec=lz4".to_owned()],
                &[],
            ),
            (
                &[(name, "hunter2,a b=hunter2,linger.ms=1")],
                vec!["linger.ms=1".to_owned()],
                &[
                    "OMEGI_KAFKA_PROPERTIES holds **** in place 1, which is not a percent-encoded \
                     name=value; using the other properties",
                    "OMEGI_KAFKA_PROPERTIES holds **** in place 2, which has no name of a property before \
                     its `=`; using the other properties",
                ],
            ),
            (
                &[(name, "acks=0,linger.ms=1")],
                vec!["linger.ms=1".to_owned()],
                &["OMEGI_KAFKA_PROPERTIES holds \"acks=****\", which cannot be chosen: it decides whether \
                   a flow counts as delivered; using the other properties"],
            ),
        ],
    );
}
