//! Logins: the name and the password reach the broker, and no message.

use std::time::Duration;

use omegi_runtime::{
    ExportError, Exporter, KafkaConfig, KafkaExporter, KafkaLogin, KafkaSecurity, SaslMechanism,
};

use super::broker::Brokers;
use super::proxy::{self, Request, SASL_AUTHENTICATE, SASL_HANDSHAKE};
use super::sample;

/// Kafka's error code of an unknown login.
const SASL_AUTHENTICATION_FAILED: u16 = 58;

/// Accepts one login of SASL's mechanism PLAIN. Repeats other logins in its answer, as no broker
/// should.
fn check_login(request: &Request) -> Option<Vec<u8>> {
    match request.kind() {
        SASL_HANDSHAKE => Some(request.response(b"\0\0\0\0\0\x01\0\x05PLAIN")),
        SASL_AUTHENTICATE if request.ends_with(b"\0me\0hunter2") => {
            Some(request.response(b"\0\0\xff\xff\0\0\0\0"))
        }
        SASL_AUTHENTICATE => {
            let reason = b"nobody is called me with hunter3";
            let length = u16::try_from(reason.len()).unwrap().to_be_bytes();
            let code = SASL_AUTHENTICATION_FAILED.to_be_bytes();
            Some(request.response(&[&code, &length, &reason[..], b"\0\0\0\0"].concat()))
        }
        _ => None,
    }
}

fn config(port: u16, password: &str) -> KafkaConfig {
    let login = KafkaLogin {
        mechanism: SaslMechanism::Plain,
        username: "me".to_owned(),
        password: password.to_owned(),
    };
    KafkaConfig {
        security: KafkaSecurity::SaslPlaintext,
        login: Some(login),
        timeout: Duration::from_secs(5),
        ..KafkaConfig::new([format!("127.0.0.1:{port}")])
    }
}

fn export(config: KafkaConfig) -> Result<(), ExportError> {
    KafkaExporter::new(config)?.export(&[sample::failed(1)])
}

#[test]
fn a_known_login_is_accepted() {
    let brokers = Brokers::start();
    export(config(proxy::start(&brokers, |client| client, check_login), "hunter2")).unwrap();
    assert_eq!(brokers.read("error").len(), 1);
}

#[test]
fn an_unknown_login_is_reported_without_its_password() {
    let brokers = Brokers::start();
    let error = export(config(proxy::start(&brokers, |client| client, check_login), "hunter3")).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("does not accept the login; correct OMEGI_KAFKA_SASL_USERNAME"), "{text}");
    assert!(error.retry().is_some() && !text.contains("hunter"), "{text}");
}

#[test]
fn a_broker_without_logins_is_reported_without_the_password() {
    let exporter = KafkaExporter::new(config(Brokers::start().port(), "hunter2")).unwrap();
    assert!(!format!("{exporter:?}").contains("hunter2"), "{exporter:?}");
    let brokers = Brokers::start();
    let text = export(config(brokers.port(), "hunter2")).unwrap_err().to_string();
    assert!(text.contains("OMEGI_KAFKA_SASL_PASSWORD") && !text.contains("hunter2"), "{text}");
}
