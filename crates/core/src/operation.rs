//! What a caller can ask for: one verb, one file.

pub mod create_identity;
pub mod delete_assignment;
pub mod delete_identities;
pub mod delete_identity;
pub mod exchange_entra_user_access_token;
pub mod exchange_teams_extension_access_token;
pub mod exchange_teams_user_access_token;
pub mod get_assignment;
pub mod get_identity;
pub mod introspect_access_token;
pub mod issue_access_token;
pub mod list_assignments;
pub mod list_identities;
pub mod prune_identities;
pub mod put_assignment;
pub mod revoke_access_tokens;
pub mod revoke_identities;
pub mod update_assignments;
