//! The configuration of TLS.

use std::path::Path;
use std::sync::Arc;

use http::uri::Scheme;
use omegi_config::OtlpConfig;
use rustls::client::WantsClientCert;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore};

use crate::config_error::{ConfigError, TlsFile};
use crate::endpoint::wants_tls;
use crate::proxy::Proxy;

/// Returns rustls's configuration for the backend. The connection may be without TLS: then no
/// certificate is read.
pub(crate) fn client_config(config: &OtlpConfig) -> Result<ClientConfig, ConfigError> {
    let roots = if wants_tls(config) { roots(config)? } else { RootCertStore::empty() };
    let builder = trusting(roots)?;
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

/// Returns the configuration for the proxy: it trusts the authorities that the system trusts, and
/// the configured ones. The client's certificate is not for the proxy.
pub(crate) fn proxy_config(config: &OtlpConfig, proxy: Option<&Proxy>) -> Result<ClientConfig, ConfigError> {
    let mut roots = RootCertStore::empty();
    if proxy.is_some_and(|proxy| proxy.uri.scheme() == Some(&Scheme::HTTPS)) {
        roots = known_roots();
        if config.certificate.is_some() {
            roots.roots.extend(self::roots(config)?.roots);
        }
    }
    Ok(trusting(roots)?.with_no_client_auth())
}

/// Names the cryptography instead of installing it for the process: that choice is the program's.
fn trusting(roots: RootCertStore) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, ConfigError> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| ConfigError::Tls(error.to_string()))?;
    Ok(builder.with_root_certificates(roots))
}

/// Returns the configured authorities, else those that are known.
fn roots(config: &OtlpConfig) -> Result<RootCertStore, ConfigError> {
    let Some(path) = &config.certificate else { return Ok(known_roots()) };
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path, TlsFile::Certificate)? {
        roots.add(certificate).map_err(|error| unusable(path, &error, TlsFile::Certificate))?;
    }
    Ok(roots)
}

/// Returns the system's authorities. A container may have none: then Mozilla's.
fn known_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    roots
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
