//! The server's certificate: its own authority or given files, swapped while serving, and what clients have to trust.
//! It must never know HTTP, the store or identities.

mod authority;
mod error;
mod file;
mod given;
mod leaf;
mod names;
mod own;
mod resolver;
#[cfg(test)]
mod tests;
mod trust;
mod validity;

use std::{fmt, path::Path, sync::Arc};

use rustls::ServerConfig;
use time::OffsetDateTime;

pub use self::{
    error::TlsError,
    names::{CertificateName, WantedNames},
    trust::TrustPaths,
};
use self::{given::GivenCertificate, own::OwnCertificate};

/// The certificate the server presents, and the configuration its listeners use.
///
/// All methods that issue or reload touch the disk and wait for it; an async caller runs them on a blocking thread.
pub struct ServerTls {
    config: Arc<ServerConfig>,
    source: Source,
    warnings: Vec<String>,
}

enum Source {
    Own(Box<OwnCertificate>),
    Given(GivenCertificate),
}

/// What [`ServerTls::rename`] or [`ServerTls::refresh`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// New connections are answered with another certificate than before.
    pub swapped: bool,
    /// A sentence for the operator, when something about the certificate deserves one.
    pub warning: Option<String>,
}

impl ServerTls {
    /// Serves a certificate of the server's own authority, which is made in `folder` if it is not there yet.
    ///
    /// The trust bundle in `folder` is written anew each time. The caller holds the lock of the data directory.
    ///
    /// # Errors
    ///
    /// When the folder cannot be used, or the authority in it is damaged or expired.
    pub fn own(folder: &Path, names: &WantedNames, now: OffsetDateTime) -> Result<Self, TlsError> {
        let (own, warnings) = OwnCertificate::open(folder, names, now)?;
        let config = resolver::server_config(own.current())?;
        Ok(Self { config, source: Source::Own(Box::new(own)), warnings })
    }

    /// Serves the certificate chain and private key of two PEM files.
    ///
    /// # Errors
    ///
    /// When a file cannot be read, holds no certificate or key, or the two do not belong together.
    pub fn given(certificate: &Path, private_key: &Path, now: OffsetDateTime) -> Result<Self, TlsError> {
        let (given, warnings) = GivenCertificate::open(certificate, private_key, now)?;
        let config = resolver::server_config(given.current())?;
        Ok(Self { config, source: Source::Given(given), warnings })
    }

    /// Issues a certificate for `names` if the present one is for others. Given certificates are left alone.
    ///
    /// # Errors
    ///
    /// When the new certificate cannot be stored, or the authority has expired; the present one is then kept.
    pub fn rename(&self, names: &WantedNames, now: OffsetDateTime) -> Result<Change, TlsError> {
        match &self.source {
            Source::Own(own) => own.rename(names, now),
            Source::Given(_) => Ok(Change::default()),
        }
    }

    /// Takes up given files that have changed, or renews an own certificate that is about to expire.
    ///
    /// Meant to be called every few seconds: it does no more than look at two files' sizes and dates when nothing changed,
    /// and it reports a fault of the same files only once.
    ///
    /// # Errors
    ///
    /// When the new certificate cannot be used or stored; the present one is then kept.
    pub fn refresh(&self, now: OffsetDateTime) -> Result<Change, TlsError> {
        match &self.source {
            Source::Own(own) => own.refresh(now),
            Source::Given(given) => given.refresh(now),
        }
    }

    /// The configuration for every TLS listener. It follows each change of the certificate.
    #[must_use]
    pub fn server_config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config)
    }

    /// Whether the certificate comes from files that the operator gave.
    #[must_use]
    pub fn is_given(&self) -> bool {
        matches!(self.source, Source::Given(_))
    }

    /// The files that clients are pointed at so that they trust an own certificate; `None` for a given one.
    #[must_use]
    pub fn trust_paths(&self) -> Option<&TrustPaths> {
        match &self.source {
            Source::Own(own) => Some(own.trust_paths()),
            Source::Given(_) => None,
        }
    }

    /// Sentences about the start that the operator should see.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}

impl fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerTls").field("is_given", &self.is_given()).finish_non_exhaustive()
    }
}
