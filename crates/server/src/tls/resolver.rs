//! The certificate that new connections get, swapped in one step, and the TLS settings around it.

use std::{fmt, sync::Arc};

use arc_swap::ArcSwap;
use rustls::{
    ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::SignatureVerificationAlgorithm,
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
    version::{TLS12, TLS13},
};

use super::TlsError;

/// The certificate and key that are presented to whoever connects next.
pub(super) struct CurrentCertificate(ArcSwap<CertifiedKey>);

impl CurrentCertificate {
    pub(super) fn new(certified_key: CertifiedKey) -> Self {
        Self(ArcSwap::from_pointee(certified_key))
    }

    pub(super) fn swap(&self, certified_key: CertifiedKey) {
        self.0.store(Arc::new(certified_key));
    }
}

impl ResolvesServerCert for CurrentCertificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

impl fmt::Debug for CurrentCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CurrentCertificate")
    }
}

pub(super) fn provider() -> CryptoProvider {
    aws_lc_rs::default_provider()
}

pub(super) fn signature_algorithms() -> &'static [&'static dyn SignatureVerificationAlgorithm] {
    provider().signature_verification_algorithms.all
}

/// TLS 1.2 and 1.3, HTTP/2 before HTTP/1.1, and tickets so that returning clients skip the signature.
pub(super) fn server_config(current: Arc<CurrentCertificate>) -> Result<Arc<ServerConfig>, TlsError> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(provider()))
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(TlsError::engine)?
        .with_no_client_auth()
        .with_cert_resolver(current);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.ticketer = aws_lc_rs::Ticketer::new().map_err(TlsError::engine)?;
    Ok(Arc::new(config))
}
