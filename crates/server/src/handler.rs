//! Handlers: unpack a call, ask the operation, pack its answer. No rule lives here.

mod create_identity;
mod delete_identities;
mod delete_identity;
mod get_identity;
mod get_revocation_snapshot;
mod introspect_access_token;
mod issue_access_token;
mod list_identities;
mod poll_revocations;
mod prune_identities;
mod revoke_access_tokens;
mod revoke_identities;
mod stream_revocations;

pub(crate) use create_identity::create_identity;
pub(crate) use delete_identities::delete_identities;
pub(crate) use delete_identity::delete_identity;
pub(crate) use get_identity::get_identity;
pub(crate) use get_revocation_snapshot::get_revocation_snapshot;
pub(crate) use introspect_access_token::introspect_access_token;
pub(crate) use issue_access_token::issue_access_token;
pub(crate) use list_identities::list_identities;
pub(crate) use poll_revocations::poll_revocations;
pub(crate) use prune_identities::prune_identities;
pub(crate) use revoke_access_tokens::revoke_access_tokens;
pub(crate) use revoke_identities::revoke_identities;
pub(crate) use stream_revocations::stream_revocations;
