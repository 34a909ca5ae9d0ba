//! Whom to trust, and who to be.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use crate::exporting::ExportError;

use super::OtlpConfig;

/// TLS as the configuration wants it; what it is used for may also be a connection without.
///
/// The cryptography is named here, not installed for the process: that is the program's to choose.
pub(super) fn client_config(config: &OtlpConfig) -> Result<ClientConfig, ExportError> {
    let roots = if config.wants_tls() { roots(config)? } else { RootCertStore::empty() };
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| ExportError::new(format!("TLS cannot be set up: {error}")))?
        .with_root_certificates(roots);
    match (&config.client_certificate, &config.client_key) {
        (Some(certificate), Some(key)) if config.wants_tls() => {
            let chain = certificates(certificate, CLIENT_CERTIFICATE)?;
            let found =
                PrivateKeyDer::from_pem_file(key).map_err(|error| unusable(key, &error, CLIENT_KEY))?;
            builder
                .with_client_auth_cert(chain, found)
                .map_err(|error| unusable(certificate, &error, CLIENT_CERTIFICATE))
        }
        _ => Ok(builder.with_no_client_auth()),
    }
}

const CERTIFICATE: &str = "OTEL_EXPORTER_OTLP_CERTIFICATE";
const CLIENT_CERTIFICATE: &str = "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE";
const CLIENT_KEY: &str = "OTEL_EXPORTER_OTLP_CLIENT_KEY";

/// The authorities that are named, else the system's, else those that browsers trust: a container may have none.
fn roots(config: &OtlpConfig) -> Result<RootCertStore, ExportError> {
    let mut roots = RootCertStore::empty();
    if let Some(path) = &config.certificate {
        for certificate in certificates(path, CERTIFICATE)? {
            roots.add(certificate).map_err(|error| unusable(path, &error, CERTIFICATE))?;
        }
        return Ok(roots);
    }
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    Ok(roots)
}

/// The certificates of a PEM file; at least one.
fn certificates(path: &Path, variable: &str) -> Result<Vec<CertificateDer<'static>>, ExportError> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let found = read.map_err(|error| unusable(path, &error, variable))?;
    if found.is_empty() { Err(unusable(path, &"holds no certificate", variable)) } else { Ok(found) }
}

fn unusable(path: &Path, why: &dyn std::fmt::Display, variable: &str) -> ExportError {
    ExportError::new(format!("{} cannot be used ({why}): set {variable} to a PEM file", path.display()))
}
