//! TLS: the certificates that the exporter trusts, and those that it shows.

use std::fs;
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use omegi_runtime::{ExportError, Exporter, OtlpConfig, OtlpExporter, OtlpProtocol};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{WantsServerCert, WebPkiClientVerifier};
use rustls::{ConfigBuilder, RootCertStore, ServerConfig, ServerConnection, StreamOwned, WantsVerifier};
use tonic::transport::{Certificate, Identity, Server, ServerTlsConfig};

use super::grpc_receiver::GrpcReceiver;
use super::http_receiver::{Answer, HttpReceiver};
use super::sample;

/// An authority and its certificates, in files as a deployer names them.
pub(crate) struct Certified {
    authority: CertifiedIssuer<'static, KeyPair>,
    folder: PathBuf,
}

impl Certified {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("tls-{name}"));
        fs::create_dir_all(&folder).unwrap();
        Self { authority, folder }
    }

    /// Returns a new certificate for `localhost` and its key as PEM.
    fn issue(&self) -> (String, String) {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
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
    pub(crate) fn trusting(&self, protocol: OtlpProtocol, port: u16) -> OtlpConfig {
        OtlpConfig {
            certificate: self.file("ca.pem", &self.authority.pem()),
            timeout: Duration::from_secs(2),
            ..OtlpConfig::new(protocol, format!("https://localhost:{port}/v1/traces"))
        }
    }

    /// Returns the same with a client certificate.
    pub(crate) fn known(&self, config: OtlpConfig) -> OtlpConfig {
        let (certificate, key) = self.issue();
        OtlpConfig {
            client_certificate: self.file("client.pem", &certificate),
            client_key: self.file("client.key", &key),
            ..config
        }
    }

    /// Starts a receiver over HTTPS that demands client certificates.
    pub(crate) fn http_receiver(&self) -> HttpReceiver {
        Self::receiver(self.server_config(|builder, verifier| builder.with_client_cert_verifier(verifier)))
    }

    /// Starts a receiver over HTTPS that demands none.
    pub(crate) fn http_receiver_for_anyone(&self) -> HttpReceiver {
        Self::receiver(self.server_config(|builder, _| builder.with_no_client_auth()))
    }

    fn receiver(config: ServerConfig) -> HttpReceiver {
        let config = Arc::new(config);
        HttpReceiver::start_behind(Answer::taken(), move |stream: TcpStream| {
            let connection = ServerConnection::new(Arc::clone(&config)).map_err(std::io::Error::other)?;
            Ok(StreamOwned::new(connection, stream))
        })
    }

    fn server_config(
        &self,
        clients: impl FnOnce(
            ConfigBuilder<ServerConfig, WantsVerifier>,
            Arc<dyn ClientCertVerifier>,
        ) -> ConfigBuilder<ServerConfig, WantsServerCert>,
    ) -> ServerConfig {
        let provider = Arc::new(ring::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.der().clone()).unwrap();
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .build()
            .unwrap();
        let (certificate, key) = self.issue();
        let builder =
            ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        clients(builder, verifier).with_single_cert(vec![certificate_of(&certificate)], key_of(&key)).unwrap()
    }

    /// Starts a receiver over gRPC that demands client certificates.
    pub(crate) fn grpc_receiver(&self) -> GrpcReceiver {
        let (certificate, key) = self.issue();
        let tls = ServerTlsConfig::new()
            .identity(Identity::from_pem(certificate, key))
            .client_ca_root(Certificate::from_pem(self.authority.pem()));
        let server = Server::builder().tls_config(tls).unwrap();
        GrpcReceiver::start_on(server, Ok(ExportTraceServiceResponse::default()))
    }
}

fn certificate_of(pem: &str) -> CertificateDer<'static> {
    use rustls::pki_types::pem::PemObject as _;
    CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()
}

fn key_of(pem: &str) -> PrivateKeyDer<'static> {
    use rustls::pki_types::pem::PemObject as _;
    PrivateKeyDer::from_pem_slice(pem.as_bytes()).unwrap()
}

fn export(config: OtlpConfig) -> Result<(), ExportError> {
    OtlpExporter::new(config)?.export(&[sample::flow()])
}

#[test]
fn an_authority_of_ones_own_and_a_client_certificate_are_used_over_http() {
    let certified = Certified::new("http");
    let receiver = certified.http_receiver();
    export(certified.known(certified.trusting(OtlpProtocol::HttpProtobuf, receiver.address.port()))).unwrap();
    sample::assert_arrived(&receiver.received()[0].request);
}

#[test]
fn an_authority_of_ones_own_and_a_client_certificate_are_used_over_grpc() {
    let certified = Certified::new("grpc");
    let receiver = certified.grpc_receiver();
    export(certified.known(certified.trusting(OtlpProtocol::Grpc, receiver.address.port()))).unwrap();
    sample::assert_arrived(&receiver.received()[0].1);
}

#[test]
fn a_certificate_of_another_authority_is_not_trusted() {
    let (certified, other) = (Certified::new("one"), Certified::new("other"));
    for (protocol, port) in [
        (OtlpProtocol::HttpProtobuf, certified.http_receiver().address.port()),
        (OtlpProtocol::Grpc, certified.grpc_receiver().address.port()),
    ] {
        let error = export(other.trusting(protocol, port)).unwrap_err();
        let expected = "/v1/traces: no TLS connection (";
        assert!(error.to_string().contains(expected) && error.to_string().contains("certificate"), "{error}");
        assert!(error.retry().is_some());
        // The client does not trust an authority that the system does not know.
        let error = export(OtlpConfig { certificate: None, ..other.trusting(protocol, port) }).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn a_client_without_a_certificate_may_be_refused() {
    let certified = Certified::new("unknown");
    let receiver = certified.http_receiver();
    let error = export(certified.trusting(OtlpProtocol::HttpJson, receiver.address.port())).unwrap_err();
    assert!(error.retry().is_some(), "{error}");
    assert!(receiver.received().is_empty());
}

#[test]
fn a_receiver_without_tls_is_reported() {
    let receiver = HttpReceiver::start(Answer::taken());
    let endpoint = format!("https://{}/v1/traces", receiver.address);
    let config = OtlpConfig::new(OtlpProtocol::HttpProtobuf, endpoint);
    let error = export(OtlpConfig { timeout: Duration::from_secs(1), ..config }).unwrap_err();
    assert!(error.retry().is_some(), "{error}");
}

#[test]
fn files_without_certificates_are_reported_at_the_start() {
    let certified = Certified::new("files");
    let config = || certified.trusting(OtlpProtocol::Grpc, 1);
    for (config, expected) in [
        (
            OtlpConfig { certificate: Some("no-such.pem".into()), ..config() },
            "set OTEL_EXPORTER_OTLP_CERTIFICATE",
        ),
        (
            OtlpConfig { certificate: certified.file("empty.pem", ""), ..config() },
            "empty.pem: holds no certificate; set OTEL_EXPORTER_OTLP_CERTIFICATE to a PEM file",
        ),
        (
            OtlpConfig { client_key: certified.file("bad.key", "nonsense"), ..certified.known(config()) },
            "set OTEL_EXPORTER_OTLP_CLIENT_KEY",
        ),
        (
            OtlpConfig {
                client_key: certified.file("others.key", &certified.issue().1),
                ..certified.known(config())
            },
            "set OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
        ),
    ] {
        let error = OtlpExporter::new(config).unwrap_err().to_string();
        assert!(error.contains(expected) && !error.contains("nonsense"), "{error}");
    }
}
