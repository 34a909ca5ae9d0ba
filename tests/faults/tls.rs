//! A backend with an untrusted certificate, until it has another one.

use std::net::{Shutdown, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use std::{fs, io, thread};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use rcgen::{BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tonic::transport::{Identity, Server, ServerTlsConfig};

use super::TROUBLE;
use super::backend::Backend;
use super::door::Door;
use super::over_grpc::{Deed as Call, GrpcReceiver};
use super::over_http::{Answer, Deed, HttpReceiver};
use super::program::Program;

/// An authority that certifies servers.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Returns a file with the authority's own certificate.
    fn file(&self, name: &str) -> PathBuf {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::write(&path, self.0.pem()).unwrap();
        path
    }

    /// Returns a certificate for `localhost`, and its key.
    fn issue(&self) -> (Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        (params.signed_by(&key, &self.0).unwrap(), key)
    }

    /// Returns the configuration of a server with a certificate of this authority.
    fn server(&self) -> Arc<ServerConfig> {
        let (certificate, key) = self.issue();
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        Arc::new(config)
    }

    /// Starts a receiver over gRPC with a certificate of this authority.
    fn grpc_receiver(&self) -> GrpcReceiver {
        let (certificate, key) = self.issue();
        let identity = Identity::from_pem(certificate.pem(), key.serialize_pem());
        let server = Server::builder().tls_config(ServerTlsConfig::new().identity(identity)).unwrap();
        GrpcReceiver::start_on(server, Door::Open, |_| Call::Take(ExportTraceServiceResponse::default()))
    }
}

/// Returns a program that trusts this file, with a backend at this port of `localhost`.
fn trusting(trusted: &Path, protocol: &str, port: u16) -> Program {
    let program = Program::new(protocol, format!("https://localhost:{port}"));
    program.with("OTEL_EXPORTER_OTLP_CERTIFICATE", trusted.to_str().unwrap())
}

/// A backend with the first TLS configuration during its trouble, and with the second one
/// afterwards.
fn over_http(trouble: Arc<ServerConfig>, then: Arc<ServerConfig>, trusted: &Path) -> Backend {
    let begun = Instant::now();
    let wrap = move |stream: TcpStream| {
        let config = if begun.elapsed() < TROUBLE { &trouble } else { &then };
        let connection = ServerConnection::new(Arc::clone(config)).map_err(std::io::Error::other)?;
        Ok(StreamOwned::new(connection, stream))
    };
    let receiver = HttpReceiver::start_behind(Door::Open, |_| Deed::Take(Answer::status(200)), wrap);
    let program = trusting(trusted, "http/protobuf", receiver.port);
    Backend { program, arrivals: receiver.arrivals }
}

/// Starts the first backend for its trouble, and then the second one at the same port.
fn over_grpc(trouble: &GrpcReceiver, then: GrpcReceiver, trusted: &Path) -> Backend {
    let (address, streams) = Door::Open.hang();
    let (trouble, well, begun) = (trouble.port, then.port, Instant::now());
    thread::spawn(move || {
        for stream in streams {
            let port = if begun.elapsed() < TROUBLE { trouble } else { well };
            relay(stream, TcpStream::connect(("127.0.0.1", port)).unwrap());
        }
    });
    Backend { program: trusting(trusted, "grpc", address.port()), arrivals: then.arrivals }
}

/// Carries bytes both ways until one side closes.
fn relay(one: TcpStream, other: TcpStream) {
    let carry = |mut from: TcpStream, mut to: TcpStream| {
        thread::spawn(move || {
            let _ = io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Both);
        })
    };
    carry(one.try_clone().unwrap(), other.try_clone().unwrap());
    carry(other, one);
}

fn assert_untrusted(name: &str, troubled: &Backend, well: &Backend) {
    let report = troubled.assert_harmless(name, well);
    let (backend, reason) = ("cannot send spans to https://localhost:", ": no TLS connection (");
    assert!(report.messages.contains(backend) && report.messages.contains(reason), "{report:?}");
}

#[test]
fn a_backend_with_a_certificate_of_an_unknown_authority() {
    let (known, unknown) = (Authority::new(), Authority::new());
    let trusted = known.file("faults-http.pem");
    let well = over_http(known.server(), known.server(), &trusted);
    assert_untrusted("TLS", &over_http(unknown.server(), known.server(), &trusted), &well);
}

#[test]
fn a_backend_with_a_certificate_of_an_unknown_authority_over_grpc() {
    let (known, unknown) = (Authority::new(), Authority::new());
    let trusted = known.file("faults-grpc.pem");
    let receiver = known.grpc_receiver();
    let well = Backend { program: trusting(&trusted, "grpc", receiver.port), arrivals: receiver.arrivals };
    let troubled = over_grpc(&unknown.grpc_receiver(), known.grpc_receiver(), &trusted);
    assert_untrusted("TLS, gRPC", &troubled, &well);
}
