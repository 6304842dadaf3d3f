//! A certificate and key from files that the operator gave, taken up again when the files change.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use rustls::{
    Error, InconsistentKeys,
    pki_types::{CertificateDer, PrivateKeyDer, pem, pem::PemObject},
    sign::CertifiedKey,
};
use time::OffsetDateTime;

use super::{
    Change, TlsError, file,
    resolver::{self, CurrentCertificate},
    validity::Validity,
};

pub(super) struct GivenCertificate {
    files: Files,
    current: Arc<CurrentCertificate>,
    /// How the files looked when they were last read, whether they could be used or not.
    seen: Mutex<[Option<Footprint>; 2]>,
}

struct Files {
    certificate: PathBuf,
    private_key: PathBuf,
}

/// What of a file changes when its contents do.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Footprint {
    inode: u64,
    bytes: u64,
    modified: (i64, i64),
}

/// What the two files hold, and a sentence about their dates.
struct Pair {
    certified_key: CertifiedKey,
    warning: Option<String>,
}

impl GivenCertificate {
    pub(super) fn open(
        certificate: &Path,
        private_key: &Path,
        now: OffsetDateTime,
    ) -> Result<(Self, Vec<String>), TlsError> {
        let files = Files { certificate: certificate.to_owned(), private_key: private_key.to_owned() };
        // Looked at before they are read: a change in between shows at the next refresh.
        let seen = files.footprints();
        let pair = files.read(now)?;
        let current = Arc::new(CurrentCertificate::new(pair.certified_key));
        Ok((Self { files, current, seen: Mutex::new(seen) }, pair.warning.into_iter().collect()))
    }

    pub(super) fn refresh(&self, now: OffsetDateTime) -> Result<Change, TlsError> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let footprints = self.files.footprints();
        if *seen == footprints {
            return Ok(Change::default());
        }
        *seen = footprints;
        let pair = self.files.read(now)?;
        self.current.swap(pair.certified_key);
        Ok(Change { swapped: true, warning: pair.warning })
    }

    pub(super) fn current(&self) -> Arc<CurrentCertificate> {
        Arc::clone(&self.current)
    }
}

impl Files {
    fn footprints(&self) -> [Option<Footprint>; 2] {
        [&self.certificate, &self.private_key].map(|path| {
            let metadata = fs::metadata(path).ok()?;
            let modified = (metadata.mtime(), metadata.mtime_nsec());
            Some(Footprint { inode: metadata.ino(), bytes: metadata.len(), modified })
        })
    }

    fn read(&self, now: OffsetDateTime) -> Result<Pair, TlsError> {
        let chain = self.read_chain()?;
        let validity = match chain.first() {
            Some(first) => Validity::of(first).map_err(|cause| self.bad_certificate(&cause))?,
            None => return Err(fault(&self.certificate, "it holds no certificate in PEM form")),
        };
        let key = self.read_key()?;
        let certified_key =
            CertifiedKey::from_der(chain, key, &resolver::provider()).map_err(|cause| match cause {
                Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => fault(
                    &self.private_key,
                    format!(
                        "it is not the key of the first certificate in {}. Give the key that belongs to it, and put the \
                         server's certificate before its issuers'",
                        self.certificate.display()
                    ),
                ),
                Error::InvalidCertificate(_) => self.bad_certificate(&cause),
                _ => fault(&self.private_key, format!("its private key is of no kind that the server knows ({cause})")),
            })?;
        Ok(Pair { certified_key, warning: self.date_warning(validity, now) })
    }

    fn read_chain(&self) -> Result<Vec<CertificateDer<'static>>, TlsError> {
        let pem = file::read(&self.certificate)?;
        CertificateDer::pem_slice_iter(&pem)
            .collect::<Result<_, _>>()
            .map_err(|cause| fault(&self.certificate, format!("it is damaged ({cause})")))
    }

    fn read_key(&self) -> Result<PrivateKeyDer<'static>, TlsError> {
        let pem = file::read(&self.private_key)?;
        PrivateKeyDer::from_pem_slice(&pem).map_err(|cause| {
            let is_encrypted = pem.windows(ENCRYPTED.len()).any(|part| part == ENCRYPTED);
            match cause {
                _ if is_encrypted => fault(
                    &self.private_key,
                    "its private key is encrypted; write it without a passphrase (`openssl pkey -in … -out …`) to a file \
                     that only the server's user can read",
                ),
                pem::Error::NoItemsFound => fault(&self.private_key, "it holds no private key in PEM form"),
                // The parser's text would quote a line of the key.
                _ => fault(&self.private_key, "its private key is damaged"),
            }
        })
    }

    fn bad_certificate(&self, cause: &Error) -> TlsError {
        fault(&self.certificate, format!("its first certificate cannot be understood ({cause})"))
    }

    fn date_warning(&self, validity: Validity, now: OffsetDateTime) -> Option<String> {
        let path = self.certificate.display();
        if now > validity.not_after {
            let day = validity.not_after.date();
            Some(format!(
                "The certificate in {path} expired on {day}; clients refuse it. Replace the file by a new one."
            ))
        } else if now < validity.not_before {
            let day = validity.not_before.date();
            Some(format!(
                "The certificate in {path} is valid from {day} on; until then clients refuse it. Check this machine's clock."
            ))
        } else {
            None
        }
    }
}

/// Both kinds of encrypted PEM keys have the word in their first two lines.
const ENCRYPTED: &[u8] = b"ENCRYPTED";

fn fault(path: &Path, fault: impl Into<String>) -> TlsError {
    TlsError::Given { path: path.to_owned(), fault: fault.into() }
}
