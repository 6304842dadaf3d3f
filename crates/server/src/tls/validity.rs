//! When a certificate is valid, and by whom it was signed.

use std::time::Duration;

use rustls::{
    CertificateError, Error, RootCertStore,
    client::verify_server_cert_signed_by_trust_anchor,
    pki_types::{CertificateDer, UnixTime},
    server::ParsedCertificate,
};
use time::OffsetDateTime;

use super::resolver::signature_algorithms;

/// The first and the last moment of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Validity {
    pub(super) not_before: OffsetDateTime,
    pub(super) not_after: OffsetDateTime,
}

impl Validity {
    /// Reads the two dates out of the certificate.
    ///
    /// The verifier looks at the dates before anything else and names the one that is broken, so it is asked about a moment
    /// before and a moment after all certificates. That spares a second X.509 parser.
    pub(super) fn of(certificate: &CertificateDer<'_>) -> Result<Self, Error> {
        let parsed = ParsedCertificate::try_from(certificate)?;
        let nobody = RootCertStore::empty();
        let not_before = match check(&parsed, &nobody, 0) {
            Err(Error::InvalidCertificate(CertificateError::NotValidYetContext { not_before, .. })) => {
                from_unix_time(not_before)?
            }
            _ => OffsetDateTime::UNIX_EPOCH,
        };
        let not_after = match check(&parsed, &nobody, u64::MAX) {
            Err(Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. })) => {
                from_unix_time(not_after)?
            }
            _ => return Err(CertificateError::BadEncoding.into()),
        };
        Ok(Self { not_before, not_after })
    }
}

/// Whether `roots` vouch for the certificate as a server's at that moment.
pub(super) fn check_server_certificate(
    certificate: &ParsedCertificate<'_>,
    roots: &RootCertStore,
    now: OffsetDateTime,
) -> Result<(), Error> {
    check(certificate, roots, u64::try_from(now.unix_timestamp()).unwrap_or(0))
}

fn check(certificate: &ParsedCertificate<'_>, roots: &RootCertStore, unix_seconds: u64) -> Result<(), Error> {
    let moment = UnixTime::since_unix_epoch(Duration::from_secs(unix_seconds));
    verify_server_cert_signed_by_trust_anchor(certificate, roots, &[], moment, signature_algorithms())
}

fn from_unix_time(moment: UnixTime) -> Result<OffsetDateTime, Error> {
    i64::try_from(moment.as_secs())
        .ok()
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
        .ok_or_else(|| CertificateError::BadEncoding.into())
}
