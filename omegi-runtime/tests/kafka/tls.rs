//! TLS: the certificates that the exporter trusts, and those that it shows.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use omegi_runtime::{ExportError, Exporter, KafkaConfig, KafkaExporter, KafkaSecurity};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use super::broker::Brokers;
use super::proxy;
use super::sample;

/// An authority and its certificates, in files as a deployer names them.
struct Certified {
    authority: CertifiedIssuer<'static, KeyPair>,
    folder: PathBuf,
}

impl Certified {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // OpenSSL takes a certificate with its issuer's name for self-signed.
        params.distinguished_name.push(DnType::CommonName, "an authority");
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("kafka-tls-{name}"));
        fs::create_dir_all(&folder).unwrap();
        Self { authority, folder }
    }

    /// Returns a new certificate for this machine and its key as PEM.
    fn issue(&self) -> (String, String) {
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.authority).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    fn file(&self, name: &str, text: &str) -> Option<PathBuf> {
        let path = self.folder.join(name);
        fs::write(&path, text).unwrap();
        Some(path)
    }

    /// Returns a configuration that trusts this authority.
    fn trusting(&self, port: u16) -> KafkaConfig {
        KafkaConfig {
            security: KafkaSecurity::Ssl,
            ca_location: self.file("ca.pem", &self.authority.pem()),
            ..KafkaConfig::new([format!("127.0.0.1:{port}")])
        }
    }

    /// Returns the same with a client certificate.
    fn known(&self, config: KafkaConfig) -> KafkaConfig {
        let (certificate, key) = self.issue();
        KafkaConfig {
            certificate_location: self.file("client.pem", &certificate),
            key_location: self.file("client.key", &key),
            ..config
        }
    }

    /// Starts a proxy with TLS before these brokers that demands client certificates. Returns the
    /// port.
    fn proxy(&self, brokers: &Brokers) -> u16 {
        let config = Arc::new(self.server_config());
        let accept = move |client| {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            StreamOwned::new(connection, client)
        };
        proxy::start(brokers, accept, |_| None)
    }

    fn server_config(&self) -> ServerConfig {
        let provider = Arc::new(ring::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.der().clone()).unwrap();
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .build()
            .unwrap();
        let (certificate, key) = self.issue();
        ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(verifier)
            .with_single_cert(
                vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()],
                PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap(),
            )
            .unwrap()
    }
}

fn export(config: KafkaConfig) -> Result<(), ExportError> {
    KafkaExporter::new(config)?.export(&[sample::failed(1)])
}

#[test]
fn an_authority_of_ones_own_and_a_client_certificate_are_used() {
    let (certified, brokers) = (Certified::new("own"), Brokers::start());
    let port = certified.proxy(&brokers);
    export(certified.known(certified.trusting(port))).unwrap();
    assert_eq!(brokers.read("error").len(), 1);
}

#[test]
fn a_certificate_of_another_authority_is_not_trusted() {
    let (certified, other, brokers) = (Certified::new("one"), Certified::new("other"), Brokers::start());
    let port = certified.proxy(&brokers);
    let stranger = || KafkaConfig { ca_location: None, ..certified.trusting(port) };
    for config in [other.known(other.trusting(port)), certified.known(stranger())] {
        let error = export(config).unwrap_err();
        let text = error.to_string();
        assert!(text.contains(&format!("to 127.0.0.1:{port}: no encrypted connection (")), "{text}");
        assert!(text.contains("certificate verify failed"), "{text}");
        assert!(text.contains("OMEGI_KAFKA_SSL_CA_LOCATION") && error.retry().is_some(), "{text}");
    }
}

#[test]
fn a_client_without_a_certificate_may_be_refused() {
    let (certified, brokers) = (Certified::new("unknown"), Brokers::start());
    let error = export(certified.trusting(certified.proxy(&brokers))).unwrap_err();
    assert!(error.retry().is_some() && error.to_string().contains("certificate"), "{error}");
}

#[test]
fn a_broker_without_tls_is_reported() {
    let (certified, brokers) = (Certified::new("plain"), Brokers::start());
    let error = export(certified.trusting(brokers.port())).unwrap_err();
    assert!(error.to_string().contains("OMEGI_KAFKA_SECURITY_PROTOCOL"), "{error}");
}

#[test]
fn a_key_of_another_certificate_is_reported_at_the_start() {
    let certified = Certified::new("keys");
    let known = certified.known(certified.trusting(1));
    let others = KafkaConfig { key_location: certified.file("others.key", &certified.issue().1), ..known };
    let text = KafkaExporter::new(others).unwrap_err().to_string();
    assert!(text.starts_with("cannot start librdkafka: ") && text.contains("key"), "{text}");
}

#[test]
fn a_broker_that_does_not_answer_in_tls_costs_no_more_than_the_timeout() {
    let certified = Certified::new("timeout");
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let begun = std::time::Instant::now();
    export(KafkaConfig { timeout: Duration::from_millis(500), ..certified.trusting(port) }).unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}
