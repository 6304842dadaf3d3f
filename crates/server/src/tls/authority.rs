//! The certificate authority that the server makes for itself at its first start.

use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PublicKeyData,
};
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
    server::ParsedCertificate,
};
use time::{Duration, OffsetDateTime};
use zeroize::Zeroizing;

use super::{TlsError, file, validity::Validity};

/// The authority's certificate, which clients trust.
pub(super) const CERTIFICATE_FILE: &str = "ca.pem";
/// The authority's private key.
const KEY_FILE: &str = "ca.key";

const LIFETIME: Duration = Duration::days(3650);
/// Certificates begin a little in the past, for clients whose clocks are slow.
pub(super) const CLOCK_SLACK: Duration = Duration::days(1);
const WARN_BEFORE_EXPIRY: Duration = Duration::days(90);

/// An authority that is able to sign.
pub(super) struct Authority {
    folder: PathBuf,
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
    roots: RootCertStore,
    validity: Validity,
}

impl Authority {
    /// Reads the authority in `folder`, or makes one if there is none.
    pub(super) fn open(folder: &Path, now: OffsetDateTime) -> Result<Self, TlsError> {
        let certificate_path = folder.join(CERTIFICATE_FILE);
        let certificate = file::read_if_present(&certificate_path)?;
        let key = match (file::read_if_present(&folder.join(KEY_FILE))?, &certificate) {
            (Some(key), _) => parse_key(&key).ok_or_else(|| {
                damaged(folder, format!("{KEY_FILE} is not a P-256 private key in PEM form"))
            })?,
            (None, None) => make_key(folder)?,
            (None, Some(_)) => {
                return Err(damaged(
                    folder,
                    format!("{CERTIFICATE_FILE} is there but its key {KEY_FILE} is missing"),
                ));
            }
        };
        let certificate = match certificate {
            Some(pem) => CertificateDer::from_pem_slice(&pem).map_err(|_| {
                damaged(folder, format!("{CERTIFICATE_FILE} is not a certificate in PEM form"))
            })?,
            // The first start may have ended between the two files. The name follows from the key, so that clients that
            // trust an earlier copy of the certificate go on doing so.
            None => make_certificate(&certificate_path, &key, now)?,
        };
        let authority = Self::assemble(folder, certificate, key)?;
        authority.check_dates(now)?;
        Ok(authority)
    }

    fn assemble(folder: &Path, certificate: CertificateDer<'static>, key: KeyPair) -> Result<Self, TlsError> {
        let unreadable =
            |cause| damaged(folder, format!("{CERTIFICATE_FILE} cannot be understood ({cause})"));
        let parsed = ParsedCertificate::try_from(&certificate).map_err(unreadable)?;
        if parsed.subject_public_key_info().as_ref() != key.subject_public_key_info() {
            return Err(damaged(folder, format!("{KEY_FILE} does not belong to {CERTIFICATE_FILE}")));
        }
        let validity = Validity::of(&certificate).map_err(unreadable)?;
        let mut roots = RootCertStore::empty();
        roots.add(certificate.clone()).map_err(unreadable)?;
        let params = parameters(&key, validity);
        Ok(Self { folder: folder.to_owned(), issuer: Issuer::new(params, key), certificate, roots, validity })
    }

    /// Signs what `params` describe for the holder of `key`.
    pub(super) fn sign(&self, params: &CertificateParams, key: &KeyPair) -> Result<Certificate, TlsError> {
        params.signed_by(key, &self.issuer).map_err(TlsError::engine)
    }

    /// That the authority's own certificate is valid now.
    pub(super) fn check_dates(&self, now: OffsetDateTime) -> Result<(), TlsError> {
        let folder = self.folder.clone();
        if now > self.validity.not_after {
            return Err(TlsError::AuthorityExpired { folder, expired_on: self.validity.not_after.date() });
        }
        if now < self.validity.not_before {
            let valid_from = self.validity.not_before.date();
            return Err(TlsError::AuthorityNotYetValid { folder, valid_from, today: now.date() });
        }
        Ok(())
    }

    /// The fault of an authority whose signatures do not verify under its own certificate.
    pub(super) fn foreign(&self) -> TlsError {
        damaged(&self.folder, format!("{CERTIFICATE_FILE} was not made by this server"))
    }

    pub(super) fn warnings(&self, now: OffsetDateTime) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.validity.not_after - now < WARN_BEFORE_EXPIRY {
            warnings.push(format!(
                "The certificate authority in {} expires on {}. Remove that folder and start again before that day; clients \
                 must then trust the new authority.",
                self.folder.display(),
                self.validity.not_after.date()
            ));
        }
        let key_path = self.folder.join(KEY_FILE);
        if file::is_open_to_others(&key_path) {
            warnings.push(format!(
                "Other users of this machine can get at the private key {path}. Close it with `chmod 600 {path}`.",
                path = key_path.display()
            ));
        }
        warnings
    }

    pub(super) fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    pub(super) fn roots(&self) -> &RootCertStore {
        &self.roots
    }

    pub(super) fn not_after(&self) -> OffsetDateTime {
        self.validity.not_after
    }
}

fn damaged(folder: &Path, fault: String) -> TlsError {
    TlsError::AuthorityDamaged { folder: folder.to_owned(), fault }
}

fn parse_key(pem: &[u8]) -> Option<KeyPair> {
    let text = std::str::from_utf8(pem).ok()?;
    KeyPair::from_pem_and_sign_algo(text, &PKCS_ECDSA_P256_SHA256).ok()
}

fn make_key(folder: &Path) -> Result<KeyPair, TlsError> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(TlsError::engine)?;
    let pem = Zeroizing::new(key.serialize_pem());
    file::replace(&folder.join(KEY_FILE), pem.as_bytes(), file::PRIVATE_MODE)?;
    Ok(key)
}

fn make_certificate(
    path: &Path,
    key: &KeyPair,
    now: OffsetDateTime,
) -> Result<CertificateDer<'static>, TlsError> {
    let not_before = now - CLOCK_SLACK;
    let validity = Validity { not_before, not_after: not_before + LIFETIME };
    let certificate = parameters(key, validity).self_signed(key).map_err(TlsError::engine)?;
    file::replace(path, certificate.pem().as_bytes(), file::PUBLIC_MODE)?;
    Ok(certificate.into())
}

/// What the authority's certificate says, all of it a function of the key and the dates. Python 3.13 insists on the critical
/// constraints, the key usage and the key identifier.
fn parameters(key: &KeyPair, validity: Validity) -> CertificateParams {
    let mut params = CertificateParams::default();
    let digest = params.key_identifier(key);
    let id: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, format!("Callsign local CA {id}"));
    params.not_before = validity.not_before;
    params.not_after = validity.not_after;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}
