//! The configuration of TLS.

use std::path::Path;
use std::sync::Arc;

use omegi_config::OtlpConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use crate::config_error::{ConfigError, TlsFile};
use crate::endpoint::wants_tls;

/// Returns rustls's configuration. The connection may be without TLS: then no certificate is read.
///
/// Names the cryptography instead of installing it for the process: that choice is the program's.
pub(crate) fn client_config(config: &OtlpConfig) -> Result<ClientConfig, ConfigError> {
    let roots = if wants_tls(config) { roots(config)? } else { RootCertStore::empty() };
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| ConfigError::Tls(error.to_string()))?
        .with_root_certificates(roots);
    match (&config.client_certificate, &config.client_key) {
        (Some(certificate), Some(key)) if wants_tls(config) => {
            let chain = certificates(certificate, TlsFile::ClientCertificate)?;
            let private_key = PrivateKeyDer::from_pem_file(key)
                .map_err(|error| unusable(key, &error, TlsFile::ClientKey))?;
            builder
                .with_client_auth_cert(chain, private_key)
                .map_err(|error| unusable(certificate, &error, TlsFile::ClientCertificate))
        }
        _ => Ok(builder.with_no_client_auth()),
    }
}

/// Returns the configured authorities, else the system's. A container may have none: then
/// Mozilla's.
fn roots(config: &OtlpConfig) -> Result<RootCertStore, ConfigError> {
    let mut roots = RootCertStore::empty();
    if let Some(path) = &config.certificate {
        for certificate in certificates(path, TlsFile::Certificate)? {
            roots.add(certificate).map_err(|error| unusable(path, &error, TlsFile::Certificate))?;
        }
        return Ok(roots);
    }
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    Ok(roots)
}

/// Returns the certificates of a PEM file; at least one.
fn certificates(path: &Path, file: TlsFile) -> Result<Vec<CertificateDer<'static>>, ConfigError> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let certificates = read.map_err(|error| unusable(path, &error, file))?;
    if certificates.is_empty() {
        return Err(unusable(path, &"holds no certificate", file));
    }
    Ok(certificates)
}

fn unusable(path: &Path, reason: &dyn std::fmt::Display, file: TlsFile) -> ConfigError {
    ConfigError::File { file, path: path.to_owned(), reason: reason.to_string() }
}
