//! Our own surface, below `/callsign/v1`: what its requests say, what it answers, and its description.

mod call;
mod description;
mod fields;
mod identities;
mod input;
mod introspection;
mod logs;
mod openapi;
pub(crate) mod operations;
mod problem;
mod revocations;
mod value;

pub(crate) use call::{OwnCall, OwnMessage};
pub(crate) use description::Description;
pub(crate) use identities::{
    DeletedIdentities, IdentityIds, IdentityList, ListIdentities, PruneIdentities, PrunedIdentities,
    RevokedIdentities,
};
pub(crate) use input::Input;
pub(crate) use introspection::{IntrospectToken, Introspection};
pub(crate) use logs::{ListLogs, Logs};
pub(crate) use openapi::OPEN_API_PATH;
pub use openapi::openapi;
pub(crate) use problem::{PROBLEM_TYPE, Problem};
pub(crate) use revocations::{
    NewRevocations, PollRevocations, SNAPSHOT_TYPE, SnapshotRequest, StreamRevocations,
};
