//! What clients have to trust: the own authority, and a bundle of it with the system's roots.

use std::{
    env,
    ffi::OsStr,
    path::{Path, PathBuf},
};

use pem::{EncodeConfig, LineEnding, Pem};
use rustls::pki_types::CertificateDer;
use rustls_native_certs::{CertificateResult, load_certs_from_paths, load_native_certs};

use super::{TlsError, authority, file};

const BUNDLE_FILE: &str = "trust-bundle.pem";

/// Where Linux distributions, the BSDs and macOS keep their roots, as Go's `crypto/x509` lists them.
const USUAL_ROOT_FILES: [&str; 6] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/etc/ssl/cert.pem",
];

/// The files that clients are pointed at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustPaths {
    /// The authority alone, for clients that add it to their roots (`NODE_EXTRA_CA_CERTS`).
    pub authority: PathBuf,
    /// The system's roots and the authority, for clients that replace their roots (`SSL_CERT_FILE`, `REQUESTS_CA_BUNDLE`).
    pub bundle: PathBuf,
}

impl TrustPaths {
    /// Where the files are, given the folder that [`ServerTls::own`](super::ServerTls::own) was given.
    #[must_use]
    pub fn within(folder: &Path) -> Self {
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        Self { authority: folder.join(authority::CERTIFICATE_FILE), bundle: folder.join(BUNDLE_FILE) }
    }
}

/// The roots the system trusts. A variable that points into our own folder says nothing about the system.
pub(super) fn system_roots(own_folder: &Path) -> CertificateResult {
    match env::var_os("SSL_CERT_FILE") {
        Some(named) if is_within(Path::new(&named), own_folder) => {
            roots_besides_ours(env::var_os("SSL_CERT_DIR").as_deref())
        }
        _ => load_native_certs(),
    }
}

fn is_within(path: &Path, folder: &Path) -> bool {
    match (path.canonicalize(), folder.canonicalize()) {
        (Ok(path), Ok(folder)) => path.starts_with(folder),
        _ => path.starts_with(folder),
    }
}

fn roots_besides_ours(folders: Option<&OsStr>) -> CertificateResult {
    let usual = USUAL_ROOT_FILES.iter().map(Path::new).find(|path| path.exists());
    let mut found = load_certs_from_paths(usual, None);
    for folder in folders.iter().flat_map(env::split_paths).filter(|folder| folder.is_dir()) {
        found.certs.extend(load_certs_from_paths(None, Some(&folder)).certs);
    }
    found
}

/// Writes the system's roots and ours, each once. The sentence is for when there are none but ours.
pub(super) fn write_bundle(
    path: &Path,
    ours: &CertificateDer<'static>,
    system: CertificateResult,
) -> Result<Option<String>, TlsError> {
    let mut roots = system.certs;
    roots.retain(|root| root != ours);
    roots.sort_by(|one, other| one.as_ref().cmp(other.as_ref()));
    roots.dedup();
    let warning = roots.is_empty().then(|| {
        let cause = system.errors.first().map_or_else(String::new, |error| format!(" ({error})"));
        format!(
            "No root certificates of this system were found{cause}, so a program that takes {} for its roots trusts this \
             server alone. Install the package ca-certificates, or name the roots in SSL_CERT_FILE, and start again.",
            path.display()
        )
    });
    let sections: Vec<Pem> =
        std::iter::once(ours).chain(&roots).map(|root| Pem::new("CERTIFICATE", root.as_ref())).collect();
    let text = pem::encode_many_config(&sections, EncodeConfig::new().set_line_ending(LineEnding::LF));
    let is_current = file::read_if_present(path)?.is_some_and(|present| *present == text.as_bytes());
    if !is_current {
        file::replace(path, text.as_bytes(), file::PUBLIC_MODE)?;
    }
    Ok(warning)
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::{CertificateDer, pem::PemObject};
    use rustls_native_certs::CertificateResult;

    use super::{TrustPaths, is_within, write_bundle};

    fn root(name: &str) -> CertificateDer<'static> {
        rcgen::generate_simple_self_signed([name.to_owned()]).unwrap().cert.into()
    }

    fn system(certs: &[&CertificateDer<'static>]) -> CertificateResult {
        let mut found = CertificateResult::default();
        found.certs = certs.iter().map(|&cert| cert.clone()).collect();
        found
    }

    fn read(paths: &TrustPaths) -> Vec<CertificateDer<'static>> {
        CertificateDer::pem_file_iter(&paths.bundle).unwrap().map(Result::unwrap).collect()
    }

    #[test]
    fn the_bundle_holds_every_root_once_and_ours_first() {
        let folder = tempfile::tempdir().unwrap();
        let paths = TrustPaths::within(folder.path());
        let (ours, one, two) = (root("ours"), root("one"), root("two"));
        for _ in 0..2 {
            let found = system(&[&one, &ours, &two, &one]);
            assert_eq!(write_bundle(&paths.bundle, &ours, found).unwrap(), None);
            let written = read(&paths);
            assert_eq!(written.len(), 3);
            assert_eq!(written[0], ours);
        }
    }

    #[test]
    fn a_system_without_roots_is_reported_and_ours_is_bundled_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let paths = TrustPaths::within(folder.path());
        let ours = root("ours");
        let warning = write_bundle(&paths.bundle, &ours, system(&[&ours])).unwrap().unwrap();
        assert!(warning.contains("ca-certificates"), "{warning}");
        assert_eq!(read(&paths), [ours]);
    }

    #[test]
    fn a_root_file_in_our_own_folder_is_recognised_through_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("tls");
        std::fs::create_dir(&own).unwrap();
        std::fs::write(own.join("trust-bundle.pem"), "").unwrap();
        let link = folder.path().join("link.pem");
        std::os::unix::fs::symlink(own.join("trust-bundle.pem"), &link).unwrap();
        assert!(is_within(&link, &own));
        assert!(is_within(&own.join("not-there-yet.pem"), &own));
        assert!(!is_within(folder.path(), &own));
    }
}
