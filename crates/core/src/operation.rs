//! What a caller can ask for: one verb, one file.

pub mod create_identity;
pub mod delete_identities;
pub mod delete_identity;
pub mod get_identity;
pub mod introspect_access_token;
pub mod issue_access_token;
pub mod list_identities;
pub mod prune_identities;
pub mod revoke_access_tokens;
pub mod revoke_identities;
