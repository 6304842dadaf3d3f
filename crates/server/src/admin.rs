//! Administration of a data folder: what may be asked of it, and how it is asked, through the socket of a running
//! server or on the folder of a stopped one. It must never know HTTP.

mod audit;
mod client;
mod copies;
mod development;
mod endpoints;
mod folder;
mod keys;
mod message;
mod office;
mod refusal;
mod restore;
mod revealed;
mod socket;

pub use audit::{
    AUDIT_RECORDS_MAX, AuditCheck, AuditEntry, AuditHash, AuditMark, AuditQuery, BrokenAudit, InvalidMark,
};
pub use client::{AdminError, ask};
pub use copies::Copies;
pub use development::Development;
pub use endpoints::Endpoints;
pub use folder::{DataFolder, FolderError, KeyPlace};
pub use keys::{Rekeying, SigningKeyEntry, SigningKeyRotation};
pub use message::{
    Answer, KeyEntry, PortalLink, Reply, Request, ResourceEntry, ResourceKeys, SigningStanding, Standing,
    Variable,
};
#[cfg(test)]
pub(crate) use office::tests::office as office_of_the_model;
pub use office::{Office, Refused};
pub use refusal::{Refusals, RefusedParts, RefusedRequest};
pub use restore::{RestoreError, RestoreWanted, Restored, restore};
pub use revealed::Revealed;
pub use socket::{AdminSocket, SocketError};
