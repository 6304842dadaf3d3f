//! Administration of a data folder: what may be asked of it, and how it is asked, through the socket of a running
//! server or on the folder of a stopped one. It must never know HTTP.

mod client;
mod endpoints;
mod folder;
mod message;
mod office;
mod refusal;
mod revealed;
mod socket;

pub use client::{AdminError, ask};
pub use endpoints::Endpoints;
pub use folder::{DataFolder, FolderError};
pub use message::{Answer, KeyEntry, Reply, Request, ResourceEntry, ResourceKeys, Standing, Variable};
pub use office::{Office, Refused};
pub use refusal::{Refusals, RefusedParts, RefusedRequest};
pub use revealed::Revealed;
pub use socket::{AdminSocket, SocketError};
