//! Logins: that the name and the password reach the broker, and nobody else.

use std::time::Duration;

use omegi_runtime::{
    ExportError, Exporter, KafkaConfig, KafkaExporter, KafkaLogin, KafkaSecurity, SaslMechanism,
};

use super::broker::Brokers;
use super::proxy::{self, Request, SASL_AUTHENTICATE, SASL_HANDSHAKE};
use super::sample;

/// Kafka's error code of a login that is not known.
const SASL_AUTHENTICATION_FAILED: u16 = 58;

/// Knows one login by SASL's mechanism PLAIN, and repeats others in its answer, as nobody should.
fn porter(request: &Request) -> Option<Vec<u8>> {
    match request.kind() {
        SASL_HANDSHAKE => Some(request.response(b"\0\0\0\0\0\x01\0\x05PLAIN")),
        SASL_AUTHENTICATE if request.ends_with(b"\0me\0hunter2") => {
            Some(request.response(b"\0\0\xff\xff\0\0\0\0"))
        }
        SASL_AUTHENTICATE => {
            let why = b"nobody is called me with hunter3";
            let length = u16::try_from(why.len()).unwrap().to_be_bytes();
            let code = SASL_AUTHENTICATION_FAILED.to_be_bytes();
            Some(request.response(&[&code, &length, &why[..], b"\0\0\0\0"].concat()))
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
fn a_login_that_is_known_is_let_in() {
    let brokers = Brokers::start();
    export(config(proxy::start(&brokers, |client| client, porter), "hunter2")).unwrap();
    assert_eq!(brokers.read("error").len(), 1);
}

#[test]
fn a_login_that_is_not_known_is_told_without_its_password() {
    let brokers = Brokers::start();
    let error = export(config(proxy::start(&brokers, |client| client, porter), "hunter3")).unwrap_err();
    let told = error.to_string();
    assert!(told.contains("does not accept the login; correct OMEGI_KAFKA_SASL_USERNAME"), "{told}");
    assert!(error.retry().is_some() && !told.contains("hunter"), "{told}");
}

#[test]
fn a_broker_that_wants_no_login_is_told_without_the_password() {
    let exporter = KafkaExporter::new(config(Brokers::start().port(), "hunter2")).unwrap();
    assert!(!format!("{exporter:?}").contains("hunter2"), "{exporter:?}");
    let brokers = Brokers::start();
    let told = export(config(brokers.port(), "hunter2")).unwrap_err().to_string();
    assert!(told.contains("OMEGI_KAFKA_SASL_PASSWORD") && !told.contains("hunter2"), "{told}");
}
