//! What can go wrong with certificates, each said in a sentence with its remedy.

use std::{error::Error, io, path::PathBuf};

use time::Date;

/// A fault of the server's certificate, its authority or their files.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file or folder could not be read or written.
    #[error("{} cannot be {action}: {source}. {}.", path.display(), remedy(source.kind()))]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What was tried, as a participle: `read`, `written`.
        action: &'static str,
        /// What the system said.
        source: io::Error,
    },

    /// The authority's files do not fit together or are not what the server wrote.
    #[error(
        "The certificate authority in {} is damaged: {fault}. Restore its files from a backup, or remove that folder and \
         start again; clients must then trust the new authority (`callsign env` shows where it is).",
        folder.display()
    )]
    AuthorityDamaged {
        /// The folder that holds the authority.
        folder: PathBuf,
        /// What is wrong, as the rest of a sentence.
        fault: String,
    },

    /// The authority's certificate is past its end.
    #[error(
        "The certificate authority in {} expired on {expired_on}. Remove that folder and start again; clients must then \
         trust the new authority (`callsign env` shows where it is).",
        folder.display()
    )]
    AuthorityExpired {
        /// The folder that holds the authority.
        folder: PathBuf,
        /// Its last day.
        expired_on: Date,
    },

    /// The authority's certificate begins in the future, by the machine's clock.
    #[error(
        "The certificate authority in {} is valid from {valid_from} on, but this machine's clock says {today}. Set the clock \
         right.",
        folder.display()
    )]
    AuthorityNotYetValid {
        /// The folder that holds the authority.
        folder: PathBuf,
        /// Its first day.
        valid_from: Date,
        /// The day it is by the clock.
        today: Date,
    },

    /// A configured name cannot stand in a certificate.
    #[error("'{name}' cannot stand in the server's certificate: {fault}.")]
    Name {
        /// The name as it was configured.
        name: String,
        /// What is wrong with it and what to write instead, as the rest of a sentence.
        fault: &'static str,
    },

    /// A given certificate or key file has contents that cannot be used.
    #[error("{} cannot be used: {fault}.", path.display())]
    Given {
        /// The file.
        path: PathBuf,
        /// What is wrong with it and how to mend it, as the rest of a sentence.
        fault: String,
    },

    /// The cryptographic library refused to make a certificate or a configuration.
    #[error(
        "The server's certificate could not be made: {0}. Please report this together with the version of the server."
    )]
    Engine(Box<dyn Error + Send + Sync>),
}

impl TlsError {
    /// For `map_err` on whatever the certificate libraries return.
    pub(super) fn engine(cause: impl Error + Send + Sync + 'static) -> Self {
        Self::Engine(Box::new(cause))
    }
}

fn remedy(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::NotFound => "Check the path",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "Make room on that disk",
        io::ErrorKind::FileTooLarge | io::ErrorKind::IsADirectory | io::ErrorKind::NotADirectory => {
            "Check that the path is the right one"
        }
        _ => "Give the user that runs the server access to it",
    }
}
