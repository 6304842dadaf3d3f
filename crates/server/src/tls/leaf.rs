//! The server's own certificate: issued for a set of names, kept in the folder, read back while it is good.

use std::path::Path;

use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256,
};
use rustls::{
    client::verify_server_name,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::ParsedCertificate,
    sign::CertifiedKey,
};
use time::{Duration, OffsetDateTime};
use zeroize::Zeroizing;

use super::{
    TlsError, WantedNames,
    authority::{Authority, CLOCK_SLACK},
    file, resolver,
    validity::{Validity, check_server_certificate},
};

const CERTIFICATE_FILE: &str = "leaf.pem";
const KEY_FILE: &str = "leaf.key";

/// Browsers and Apple's libraries distrust server certificates that are valid for longer than 398 days.
const LIFETIME: Duration = Duration::days(397);
const RENEW_BEFORE_EXPIRY: Duration = Duration::days(30);

/// A certificate that can be served, and its last moment.
pub(super) struct Leaf {
    pub(super) certified_key: CertifiedKey,
    pub(super) not_after: OffsetDateTime,
}

/// Whether a certificate that ends at `not_after` should be replaced by a longer one. One that already lasts as long as its
/// authority cannot be outdone.
pub(super) fn is_due(not_after: OffsetDateTime, authority: &Authority, now: OffsetDateTime) -> bool {
    not_after - now < RENEW_BEFORE_EXPIRY && not_after < authority.not_after()
}

/// The stored certificate, if it is exactly what would be issued now.
pub(super) fn load(
    folder: &Path,
    authority: &Authority,
    names: &WantedNames,
    now: OffsetDateTime,
) -> Option<Leaf> {
    let pem = file::read_if_present(&folder.join(CERTIFICATE_FILE)).ok()??;
    // What cannot be read from the certificate itself, names it has too many, is read from the line above it.
    if !pem.starts_with(names_line(names).as_bytes()) {
        return None;
    }
    let key = file::read_if_present(&folder.join(KEY_FILE)).ok()??;
    let certificate = CertificateDer::from_pem_slice(&pem).ok()?;
    let leaf = assemble(certificate, &key).ok()?;
    let is_good = is_accepted(&leaf, authority, names, now) && !is_due(leaf.not_after, authority, now);
    is_good.then_some(leaf)
}

/// Issues a certificate with a new key and stores both.
pub(super) fn issue(
    folder: &Path,
    authority: &Authority,
    names: &WantedNames,
    now: OffsetDateTime,
) -> Result<Leaf, TlsError> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(TlsError::engine)?;
    let certificate = authority.sign(&parameters(authority, names, now)?, &key)?;
    let key_pem = Zeroizing::new(key.serialize_pem());
    let leaf = assemble(certificate.der().clone(), key_pem.as_bytes())?;
    if !is_accepted(&leaf, authority, names, now) {
        return Err(authority.foreign());
    }
    // After a crash between the two, the key does not match and the next start issues anew.
    file::replace(&folder.join(KEY_FILE), key_pem.as_bytes(), file::PRIVATE_MODE)?;
    let pem = names_line(names) + &certificate.pem();
    file::replace(&folder.join(CERTIFICATE_FILE), pem.as_bytes(), file::PUBLIC_MODE)?;
    Ok(leaf)
}

/// PEM readers skip what stands before the first section.
fn names_line(names: &WantedNames) -> String {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    format!("Names: {}\n", names.join(" "))
}

fn assemble(certificate: CertificateDer<'static>, key_pem: &[u8]) -> Result<Leaf, TlsError> {
    let not_after = Validity::of(&certificate).map_err(TlsError::engine)?.not_after;
    let key = PrivateKeyDer::from_pem_slice(key_pem).map_err(TlsError::engine)?;
    let certified_key =
        CertifiedKey::from_der(vec![certificate], key, &resolver::provider()).map_err(TlsError::engine)?;
    Ok(Leaf { certified_key, not_after })
}

/// Whether a client that trusts the authority would accept the certificate under each of the names.
fn is_accepted(leaf: &Leaf, authority: &Authority, names: &WantedNames, now: OffsetDateTime) -> bool {
    let Ok(certificate) = leaf.certified_key.end_entity_cert() else {
        return false;
    };
    let Ok(parsed) = ParsedCertificate::try_from(certificate) else {
        return false;
    };
    let has_name =
        |name: Result<_, TlsError>| name.is_ok_and(|name| verify_server_name(&parsed, &name).is_ok());
    check_server_certificate(&parsed, authority.roots(), now).is_ok()
        && names.iter().all(|name| has_name(name.to_sample()))
}

/// What the server's certificate says. Python 3.13 insists on the authority's key identifier and the purpose.
fn parameters(
    authority: &Authority,
    names: &WantedNames,
    now: OffsetDateTime,
) -> Result<CertificateParams, TlsError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Callsign server");
    params.subject_alt_names = names.iter().map(super::CertificateName::to_san).collect::<Result<_, _>>()?;
    params.not_before = now - CLOCK_SLACK;
    params.not_after = authority.not_after().min(params.not_before + LIFETIME);
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}
