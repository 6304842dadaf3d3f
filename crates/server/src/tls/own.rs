//! The certificate of the server's own authority while it is served: renamed, renewed, trusted.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use time::OffsetDateTime;

use super::{
    Change, TlsError, TrustPaths, WantedNames, authority::Authority, file, leaf,
    resolver::CurrentCertificate, trust,
};

pub(super) struct OwnCertificate {
    folder: PathBuf,
    trust_paths: TrustPaths,
    authority: Authority,
    current: Arc<CurrentCertificate>,
    /// Held while a certificate is issued, so that files and memory never tell of different ones.
    served: Mutex<Served>,
}

struct Served {
    names: WantedNames,
    not_after: OffsetDateTime,
    /// That the authority cannot sign any more has been said; it stays so, and once is enough.
    fault_reported: bool,
}

impl OwnCertificate {
    pub(super) fn open(
        folder: &Path,
        names: &WantedNames,
        now: OffsetDateTime,
    ) -> Result<(Self, Vec<String>), TlsError> {
        let folder = file::open_folder(folder)?;
        let authority = Authority::open(&folder, now)?;
        let leaf = match leaf::load(&folder, &authority, names, now) {
            Some(leaf) => leaf,
            None => leaf::issue(&folder, &authority, names, now)?,
        };
        let trust_paths = TrustPaths::within(&folder);
        let mut warnings = authority.warnings(now);
        warnings.extend(names.warning());
        warnings.extend(trust::write_bundle(
            &trust_paths.bundle,
            authority.certificate(),
            trust::system_roots(&folder),
        )?);
        let own = Self {
            folder,
            trust_paths,
            authority,
            current: Arc::new(CurrentCertificate::new(leaf.certified_key)),
            served: Mutex::new(Served {
                names: names.clone(),
                not_after: leaf.not_after,
                fault_reported: false,
            }),
        };
        Ok((own, warnings))
    }

    pub(super) fn rename(&self, names: &WantedNames, now: OffsetDateTime) -> Result<Change, TlsError> {
        let mut served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        let swapped = !served.names.iter().eq(names.iter());
        if swapped {
            self.issue(&mut served, names.clone(), now)?;
        }
        Ok(Change { swapped, warning: names.warning() })
    }

    pub(super) fn refresh(&self, now: OffsetDateTime) -> Result<Change, TlsError> {
        let mut served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = self.authority.check_dates(now) {
            let is_known = std::mem::replace(&mut served.fault_reported, true);
            return if is_known { Ok(Change::default()) } else { Err(error) };
        }
        served.fault_reported = false;
        let swapped = leaf::is_due(served.not_after, &self.authority, now);
        if swapped {
            let names = served.names.clone();
            self.issue(&mut served, names, now)?;
        }
        Ok(Change { swapped, warning: None })
    }

    fn issue(&self, served: &mut Served, names: WantedNames, now: OffsetDateTime) -> Result<(), TlsError> {
        self.authority.check_dates(now)?;
        let leaf = leaf::issue(&self.folder, &self.authority, &names, now)?;
        self.current.swap(leaf.certified_key);
        *served = Served { names, not_after: leaf.not_after, fault_reported: false };
        Ok(())
    }

    pub(super) fn current(&self) -> Arc<CurrentCertificate> {
        Arc::clone(&self.current)
    }

    pub(super) fn trust_paths(&self) -> &TrustPaths {
        &self.trust_paths
    }
}
