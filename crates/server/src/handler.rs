//! Handlers: unpack a call, ask the operation, pack its answer. No rule lives here.

mod create_identity;
mod delete_identity;
mod get_identity;
mod issue_access_token;
mod revoke_access_tokens;

pub(crate) use create_identity::create_identity;
pub(crate) use delete_identity::delete_identity;
pub(crate) use get_identity::get_identity;
pub(crate) use issue_access_token::issue_access_token;
pub(crate) use revoke_access_tokens::revoke_access_tokens;
