//! A backend whose certificate is not to be trusted, until it has another one.

use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::TROUBLE;
use super::backend::Backend;
use super::door::Door;
use super::over_http::{Answer, Deed, HttpReceiver};

/// Who certifies servers.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// A file with its own certificate.
    fn file(&self, name: &str) -> PathBuf {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::write(&path, self.0.pem()).unwrap();
        path
    }

    /// How a server encrypts that it has certified.
    fn server(&self) -> Arc<ServerConfig> {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let certificate = certificate.signed_by(&key, &self.0).unwrap();
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        Arc::new(config)
    }
}

/// A backend that encrypts by the first of these while there is trouble, and then by the second.
fn backend(trouble: Arc<ServerConfig>, then: Arc<ServerConfig>, trusted: &Path) -> Backend {
    let begun = Instant::now();
    let wrap = move |stream: TcpStream| {
        let config = if begun.elapsed() < TROUBLE { &trouble } else { &then };
        let connection = ServerConnection::new(Arc::clone(config)).map_err(std::io::Error::other)?;
        Ok(StreamOwned::new(connection, stream))
    };
    let receiver = HttpReceiver::start_behind(Door::Open, |_| Deed::Take(Answer::status(200)), wrap);
    let Backend { program, arrivals } = Backend::of_http(&receiver);
    let program = program
        .with("OTEL_EXPORTER_OTLP_ENDPOINT", format!("https://localhost:{}", receiver.port))
        .with("OTEL_EXPORTER_OTLP_CERTIFICATE", trusted.to_str().unwrap());
    Backend { program, arrivals }
}

#[test]
fn a_backend_that_is_certified_by_somebody_unknown() {
    let (known, unknown) = (Authority::new(), Authority::new());
    let trusted = known.file("faults-known.pem");
    let well = backend(known.server(), known.server(), &trusted);
    let troubled = backend(unknown.server(), known.server(), &trusted);
    let report = troubled.assert_harmless("TLS", &well);
    assert!(report.said.contains("no TLS connection to https://localhost:"), "{report:?}");
}
